"""Reads and writes the sandbox as other people's tools do: boto3, and the `aws` command.

Usage: clients.py ANNOUNCEMENT, the JSON line that `sluice sandbox` prints. Ends with "N passed, N failed".
"""

import datetime
import json
import os
import subprocess
import sys
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

announcement = json.load(open(sys.argv[1]))
endpoint = announcement["endpoint"]
users = announcement["loadBalancers"][0]["url"]
environment = {
    **os.environ,
    "AWS_ENDPOINT_URL": endpoint,
    "AWS_DEFAULT_REGION": announcement["region"],
    "AWS_ACCESS_KEY_ID": "AKIASANDBOX000000001",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_PAGER": "",
}
os.environ.update(environment)

ecs, elb, cloudwatch, sts = (boto3.client(name) for name in ("ecs", "elbv2", "cloudwatch", "sts"))
SERVICE = {"cluster": "demo", "service": "orders"}


def service():
    return ecs.describe_services(cluster="demo", services=["orders"], include=["TAGS"])["services"][0]


def group(name):
    return elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]


def production_rule():
    listener = elb.describe_listeners(LoadBalancerArn=balancer())["Listeners"][0]["ListenerArn"]
    rules = elb.describe_rules(ListenerArn=listener)["Rules"]
    return next(rule for rule in rules if rule["Priority"] == "100")


def balancer():
    return elb.describe_load_balancers(Names=["orders"])["LoadBalancers"][0]["LoadBalancerArn"]


def weights():
    groups = production_rule()["Actions"][0]["ForwardConfig"]["TargetGroups"]
    return {entry["TargetGroupArn"].split("/")[1]: entry["Weight"] for entry in groups}


def healthy(name):
    targets = elb.describe_target_health(TargetGroupArn=group(name))["TargetHealthDescriptions"]
    return sum(target["TargetHealth"]["State"] == "healthy" for target in targets)


def version():
    with urllib.request.urlopen(f"{users}/version", timeout=10) as answer:
        return json.load(answer)["version"]


def until(what, predicate, seconds=60):
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.2)


def refuses(code, call):
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return error
    raise AssertionError(f"not refused with {code}")


def aws(*words):
    done = subprocess.run(["aws", *words], env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def sts_knows_the_caller():
    assert sts.get_caller_identity()["Account"] == "123456789012"


def boto3_describes_the_service():
    seen = service()
    assert seen["deploymentController"]["type"] == "EXTERNAL" and seen["desiredCount"] == 4

    def sets():
        described = ecs.describe_task_sets(**SERVICE, include=["TAGS"])["taskSets"]
        return [(one["status"], one["runningCount"], one["stabilityStatus"]) for one in described]

    # The scheduler says so at its next look, after the load balancer has called the targets healthy.
    until("the set is steady", lambda: sets() == [("PRIMARY", 4, "STEADY_STATE")], seconds=10)


def boto3_paginates():
    pages = ecs.get_paginator("list_tasks").paginate(
        cluster="demo", serviceName="orders", PaginationConfig={"PageSize": 1}
    )
    arns = [arn for page in pages for arn in page["taskArns"]]
    assert len(arns) == 4 == len(set(arns)), arns
    tasks = ecs.describe_tasks(cluster="demo", tasks=arns)["tasks"]
    assert all(task["lastStatus"] == "RUNNING" and task["startedAt"].tzinfo for task in tasks)


def boto3_gets_errors_by_their_names():
    refuses("ClusterNotFoundException", lambda: ecs.describe_services(cluster="no", services=["orders"]))
    refuses("TaskSetNotFoundException", lambda: ecs.delete_task_set(**SERVICE, taskSet="ecs-svc/1234567890123456789"))
    refuses("TargetGroupNotFound", lambda: elb.describe_target_groups(Names=["no"]))
    arn = production_rule()["RuleArn"]
    refuses("RuleNotFound", lambda: elb.describe_rules(RuleArns=[arn[:-4] + "0000"]))
    too_heavy = [{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": group("orders-blue"), "Weight": 1000}]}}]
    refuses("ValidationError", lambda: elb.modify_rule(RuleArn=arn, Actions=too_heavy))


def boto3_tags_a_service_but_no_task_set():
    arn = service()["serviceArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "team", "value": "payments"}])
    assert {"key": "team", "value": "payments"} in service()["tags"]
    ecs.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert service().get("tags", []) == []
    task_set = service()["taskSets"][0]["taskSetArn"]
    refuses("InvalidParameterException", lambda: ecs.tag_resource(resourceArn=task_set, tags=[{"key": "a", "value": "b"}]))


def boto3_releases_by_hand():
    old = ecs.describe_task_sets(**SERVICE)["taskSets"][0]
    definition = ecs.describe_task_definition(taskDefinition=old["taskDefinition"])["taskDefinition"]
    kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory")
    containers = [{**definition["containerDefinitions"][0], "image": "orders:2"}]
    registered = ecs.register_task_definition(
        **{key: definition[key] for key in kept if key in definition}, containerDefinitions=containers
    )["taskDefinition"]
    new = ecs.create_task_set(
        **SERVICE,
        taskDefinition=registered["taskDefinitionArn"],
        launchType="FARGATE",
        networkConfiguration=old["networkConfiguration"],
        loadBalancers=[{"targetGroupArn": group("orders-green"), "containerName": "app", "containerPort": 8080}],
        scale={"value": 100, "unit": "PERCENT"},
    )["taskSet"]
    until("four healthy targets in green", lambda: healthy("orders-green") == 4)
    share = {"orders-blue": 0, "orders-green": 100}
    entries = [{"TargetGroupArn": group(name), "Weight": weight} for name, weight in share.items()]
    elb.modify_rule(
        RuleArn=production_rule()["RuleArn"],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": entries}}],
    )
    assert weights() == share
    until("version 2", lambda: version() == "2", seconds=10)
    ecs.update_service_primary_task_set(**SERVICE, primaryTaskSet=new["taskSetArn"])
    # A drain time after it lost its weight, the old set may go.
    time.sleep(6)
    ecs.update_task_set(**SERVICE, taskSet=old["taskSetArn"], scale={"value": 0, "unit": "PERCENT"})
    until("no task of the old set", lambda: ecs.describe_task_sets(**SERVICE, taskSets=[old["id"]])["taskSets"][0]["runningCount"] == 0)
    ecs.delete_task_set(**SERVICE, taskSet=old["taskSetArn"])
    until("one task set", lambda: len(service()["taskSets"]) == 1)
    with urllib.request.urlopen(f"{endpoint}/_sandbox/monitor", timeout=10) as answer:
        assert json.load(answer)["violations"] == []


def boto3_reads_and_writes_metrics():
    name = {"Namespace": "Shop", "MetricName": "Baskets"}
    cloudwatch.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": "Baskets", "Value": 3, "StorageResolution": 1}])
    listed = lambda: [one["MetricName"] for one in cloudwatch.list_metrics(Namespace="Shop")["Metrics"]]
    until("the metric is listed", lambda: listed() == ["Baskets"], seconds=15)
    cloudwatch.put_metric_alarm(
        AlarmName="few", **name, Period=60, EvaluationPeriods=1, Threshold=1, Statistic="Sum",
        ComparisonOperator="LessThanThreshold",
    )
    assert cloudwatch.describe_alarms(AlarmNames=["few"])["MetricAlarms"][0]["Threshold"] == 1
    now = datetime.datetime.now(datetime.timezone.utc)
    answer = cloudwatch.get_metric_data(
        StartTime=now - datetime.timedelta(minutes=5),
        EndTime=now + datetime.timedelta(minutes=1),
        MetricDataQueries=[{"Id": "m", "MetricStat": {"Metric": name, "Period": 60, "Stat": "Sum"}}],
    )
    assert answer["MetricDataResults"][0]["Values"] == [3.0], answer["MetricDataResults"]


def cli_takes_traffic_back_and_forth():
    rule = aws("elbv2", "describe-rules", "--rule-arns", production_rule()["RuleArn"], "--query", "Rules[0].RuleArn", "--output", "text")
    for blue, green in ((40, 60), (0, 100)):
        groups = f"{{TargetGroupArn={group('orders-blue')},Weight={blue}}},{{TargetGroupArn={group('orders-green')},Weight={green}}}"
        aws("elbv2", "modify-rule", "--rule-arn", rule, "--actions", f"Type=forward,ForwardConfig={{TargetGroups=[{groups}]}}")
        assert weights() == {"orders-blue": blue, "orders-green": green}


def cli_reads_services_and_metrics():
    count = aws("ecs", "describe-services", "--cluster", "demo", "--services", "orders", "--query", "services[0].desiredCount", "--output", "text")
    assert count == "4", count
    aws("cloudwatch", "get-metric-statistics", "--namespace", "Shop", "--metric-name", "Baskets", "--statistics", "Sum",
        "--period", "60", "--start-time", "2026-01-01T00:00:00Z", "--end-time", "2026-01-01T01:00:00Z")
    assert aws("sts", "get-caller-identity", "--query", "Account", "--output", "text") == "123456789012"


def quicken():
    """CloudWatch's minute of delay, shortened by the sandbox's own control path."""
    body = json.dumps({"metricPeriodSeconds": 1, "metricDelayMs": 0}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{endpoint}/_sandbox/settings", body), timeout=10).close()


quicken()
CHECKS = (
    sts_knows_the_caller,
    boto3_describes_the_service,
    boto3_paginates,
    boto3_gets_errors_by_their_names,
    boto3_tags_a_service_but_no_task_set,
    boto3_releases_by_hand,
    boto3_reads_and_writes_metrics,
    cli_takes_traffic_back_and_forth,
    cli_reads_services_and_metrics,
)

failed = 0
for check in CHECKS:
    try:
        check()
        print(f"ok      {check.__name__}", flush=True)
    except Exception as error:  # every check is to be seen
        failed += 1
        print(f"FAILED  {check.__name__}: {type(error).__name__}: {error}", flush=True)
print(f"{len(CHECKS) - failed} passed, {failed} failed")
sys.exit(1 if failed else 0)
