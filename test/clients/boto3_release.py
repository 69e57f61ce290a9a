"""A blue-green release by hand, one step a check: version 2 in place of version 1, in the idle target group."""

import datetime
import time

from checks import same, until
from account import tags_of

SERVICE = {"cluster": "demo", "service": "orders"}
TAGS = {"sluice:rollout": "by-hand", "team": "payments"}
DRAIN_SECONDS = 6


def registers_another_image(account):
    before = account.ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
    kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory")
    registered = account.ecs.register_task_definition(
        **{key: before[key] for key in kept if key in before},
        containerDefinitions=[{**before["containerDefinitions"][0], "image": "orders:2"}],
    )["taskDefinition"]
    same((registered["revision"], registered["status"]), (before["revision"] + 1, "ACTIVE"))
    seen = account.ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
    same(seen["containerDefinitions"][0]["image"], "orders:2")


def creates_a_task_set_in_the_idle_group(account):
    stable = account.task_set_in("orders-blue")
    wanted = {
        "taskDefinition": "orders",
        "launchType": stable["launchType"],
        "networkConfiguration": stable["networkConfiguration"],
        "loadBalancers": [{**stable["loadBalancers"][0], "targetGroupArn": account.group("orders-green")}],
        "scale": {"value": 100, "unit": "PERCENT"},
        "clientToken": "only-once",
        "tags": [{"key": key, "value": value} for key, value in TAGS.items()],
    }
    first, again = (account.ecs.create_task_set(**SERVICE, **wanted)["taskSet"] for _ in range(2))
    same(again["taskSetArn"], first["taskSetArn"])
    same(len(account.task_sets()), 2)
    until("four healthy targets in orders-green", lambda: account.healthy("orders-green") == 4)
    fresh = account.task_set_in("orders-green")
    same((fresh["status"], fresh["runningCount"], tags_of(fresh)), ("ACTIVE", 4, TAGS))
    same({account.ask() for _ in range(10)}, {"1"})


def shows_it_on_the_test_route_alone(account):
    account.set_weights(10, {"orders-green": 1})
    until("version 2 on the test route", lambda: account.ask({"x-sluice-test": "1"}) == "2", seconds=10)
    same(account.ask(), "1")


def moves_the_users_over(account):
    arn = account.service()["serviceArn"]
    account.ecs.tag_resource(resourceArn=arn, tags=[{"key": "sluice:shifted", "value": "by-hand"}])
    for blue, green in ((50, 50), (0, 100)):
        account.set_weights(100, {"orders-blue": blue, "orders-green": green})
        same(account.weights(100), {"orders-blue": blue, "orders-green": green})
        time.sleep(1)
        versions = {account.ask() for _ in range(30)}
        same(versions, {"1", "2"} if blue else {"2"})
    same(tags_of(account.service()), {"sluice:shifted": "by-hand"})
    same(account.ecs.list_tags_for_resource(resourceArn=arn)["tags"], account.service()["tags"])
    account.ecs.untag_resource(resourceArn=arn, tagKeys=["sluice:shifted"])
    same(account.service()["tags"], [])


def makes_it_primary(account):
    fresh, stable = (account.task_set_in(group) for group in ("orders-green", "orders-blue"))
    account.ecs.update_service_primary_task_set(**SERVICE, primaryTaskSet=fresh["taskSetArn"])
    statuses = {one["id"]: one["status"] for one in account.task_sets()}
    same(statuses, {fresh["id"]: "PRIMARY", stable["id"]: "ACTIVE"})
    same(account.weights(100), {"orders-blue": 0, "orders-green": 100})


def removes_the_old_set_when_it_has_drained(account):
    stable = account.task_set_in("orders-blue")
    time.sleep(DRAIN_SECONDS)
    nothing = {"value": 0, "unit": "PERCENT"}
    scaled = account.ecs.update_task_set(**SERVICE, taskSet=stable["taskSetArn"], scale=nothing)["taskSet"]
    same(scaled["computedDesiredCount"], 0)
    until("no task of the old set", lambda: account.task_set_in("orders-blue")["runningCount"] == 0)
    account.ecs.delete_task_set(**SERVICE, taskSet=stable["taskSetArn"])
    until("one task set", lambda: [one["status"] for one in account.task_sets()] == ["PRIMARY"])
    stopped = account.ecs.list_tasks(cluster="demo", serviceName="orders", desiredStatus="STOPPED")["taskArns"]
    tasks = account.ecs.describe_tasks(cluster="demo", tasks=stopped)["tasks"]
    same([task["stopCode"] for task in tasks if task["startedBy"] == stable["id"]], ["ServiceSchedulerInitiated"] * 4)


def leaves_version_2_with_every_user(account):
    same({account.ask() for _ in range(20)}, {"2"})
    same(account.control("GET", "monitor")["violations"], [])


def counted_every_request(account):
    """CloudWatch's RequestCount of each target group is the number of answers that its version gave."""
    expected = {"orders-blue": account.answers["1"], "orders-green": account.answers["2"]}
    until(f"RequestCount {expected}", lambda: request_counts(account) == expected, seconds=10)


def request_counts(account):
    now = datetime.datetime.now(datetime.timezone.utc)
    groups = {"blue": account.group("orders-blue"), "green": account.group("orders-green")}
    balancer = account.load_balancer().split(":loadbalancer/")[1]
    answer = account.cloudwatch.get_paginator("get_metric_data").paginate(
        StartTime=now - datetime.timedelta(minutes=10),
        EndTime=now + datetime.timedelta(minutes=1),
        MetricDataQueries=[
            {
                "Id": color,
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/ApplicationELB",
                        "MetricName": "RequestCount",
                        "Dimensions": [
                            {"Name": "LoadBalancer", "Value": balancer},
                            {"Name": "TargetGroup", "Value": arn.split(":")[-1]},
                        ],
                    },
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for color, arn in groups.items()
        ],
    )
    results = [result for page in answer for result in page["MetricDataResults"]]
    return {f"orders-{result['Id']}": sum(result["Values"]) for result in results}


CHECKS = (
    registers_another_image,
    creates_a_task_set_in_the_idle_group,
    shows_it_on_the_test_route_alone,
    moves_the_users_over,
    makes_it_primary,
    removes_the_old_set_when_it_has_drained,
    leaves_version_2_with_every_user,
    counted_every_request,
)
