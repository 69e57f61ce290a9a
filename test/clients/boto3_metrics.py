"""CloudWatch's own metrics and alarms, by each protocol that its clients speak."""

import datetime

from botocore.exceptions import ClientError

from checks import refused, same, until


def speaks_json(account):
    reads_and_writes(account, account.client_speaking("json", "cloudwatch"), "Json")


def speaks_cbor(account):
    reads_and_writes(account, account.client_speaking("smithy-rpc-v2-cbor", "cloudwatch"), "Cbor")


def speaks_query(account):
    reads_and_writes(account, account.client_speaking("query", "cloudwatch"), "Query")


def reads_and_writes(account, cloudwatch, metric):
    name = {"Namespace": "Shop", "MetricName": metric}
    dimensions = [{"Name": "Till", "Value": "1 & 2"}]
    sample = {"MetricName": metric, "Dimensions": dimensions, "Unit": "Count"}
    cloudwatch.put_metric_data(
        Namespace="Shop", MetricData=[{**sample, "Value": 1.5}, {**sample, "Values": [2.0, 3.0], "Counts": [1, 2]}]
    )
    listed = {**name, "Dimensions": dimensions}
    until("the metric is listed", lambda: cloudwatch.list_metrics(**name)["Metrics"] == [listed], seconds=10)
    reads_data(cloudwatch, listed)
    reads_statistics(cloudwatch, listed)
    keeps_an_alarm(cloudwatch, listed)
    refused(
        ClientError,
        lambda: cloudwatch.get_metric_statistics(**listed, **window(), Period=7, Statistics=["Sum"]),
        code="InvalidParameterValue",
        words="Period",
    )


def reads_data(cloudwatch, metric):
    queries = [
        {"Id": statistic.lower(), "MetricStat": {"Metric": metric, "Period": 60, "Stat": statistic}}
        for statistic in ("Sum", "Maximum", "SampleCount")
    ]
    results = cloudwatch.get_metric_data(**window(), MetricDataQueries=queries)["MetricDataResults"]
    same({one["Id"]: one["Values"] for one in results}, {"sum": [9.5], "maximum": [3.0], "samplecount": [4.0]})
    same({one["StatusCode"] for one in results}, {"Complete"})
    age = datetime.datetime.now(datetime.timezone.utc) - results[0]["Timestamps"][0]
    assert datetime.timedelta() <= age < datetime.timedelta(minutes=2), results[0]["Timestamps"]


def reads_statistics(cloudwatch, metric):
    answer = cloudwatch.get_metric_statistics(
        **metric, **window(), Period=60, Statistics=["Minimum", "Average"], Unit="Count"
    )
    (point,) = answer["Datapoints"]
    same((point["Minimum"], point["Average"], point["Unit"]), (1.5, 2.375, "Count"))
    percentiles = cloudwatch.get_metric_statistics(**metric, **window(), Period=60, ExtendedStatistics=["p100"])
    same(list(percentiles["Datapoints"][0]["ExtendedStatistics"]), ["p100"])


def keeps_an_alarm(cloudwatch, metric):
    alarm = f"few-{metric['MetricName']}"
    cloudwatch.put_metric_alarm(
        **metric,
        AlarmName=alarm,
        Period=10,
        EvaluationPeriods=1,
        Threshold=0.5,
        Statistic="Sum",
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="notBreaching",
    )
    cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=[alarm], WaiterConfig={"Delay": 1, "MaxAttempts": 3})
    (seen,) = cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    same((seen["Threshold"], seen["EvaluationPeriods"], seen["Dimensions"]), (0.5, 1, metric["Dimensions"]))
    cloudwatch.set_alarm_state(AlarmName=alarm, StateValue="ALARM", StateReason="a drill")
    pages = cloudwatch.get_paginator("describe_alarms").paginate(StateValue="ALARM")
    assert alarm in [one["AlarmName"] for page in pages for one in page["MetricAlarms"]]
    cloudwatch.delete_alarms(AlarmNames=[alarm])
    same(cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"], [])


def window():
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"StartTime": now - datetime.timedelta(minutes=5), "EndTime": now + datetime.timedelta(minutes=1)}


CHECKS = (speaks_json, speaks_cbor, speaks_query)
