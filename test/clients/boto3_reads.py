"""Everything that stands in the example's account, read page by page."""

import datetime

from checks import same

ACCOUNT = "123456789012"


def knows_the_caller(account):
    seen = account.sts.get_caller_identity()
    same(seen["Account"], ACCOUNT)
    assert seen["Arn"].startswith(f"arn:aws:iam::{ACCOUNT}:"), seen["Arn"]


def reads_clusters(account):
    arns = pages(account.ecs, "list_clusters", "clusterArns")
    same(arns, [f"arn:aws:ecs:{account.region}:{ACCOUNT}:cluster/demo"])
    cluster = account.ecs.describe_clusters(clusters=["demo"], include=["STATISTICS", "TAGS"])["clusters"][0]
    same(
        [cluster[name] for name in ("status", "activeServicesCount", "runningTasksCount", "pendingTasksCount")],
        ["ACTIVE", 1, 4, 0],
    )


def reads_services(account):
    arns = pages(account.ecs, "list_services", "serviceArns", cluster="demo")
    answer = account.ecs.describe_services(cluster="demo", services=[*arns, "absent"], include=["TAGS"])
    service = answer["services"][0]
    same(service["deploymentController"], {"type": "EXTERNAL"})
    same((service["desiredCount"], service["runningCount"], service["pendingCount"]), (4, 4, 0))
    same((len(service["taskSets"]), service["deployments"]), (1, []))
    assert "steady state" in service["events"][0]["message"], service["events"]
    recent(service["createdAt"])
    recent(service["events"][0]["createdAt"])
    same([failure["reason"] for failure in answer["failures"]], ["MISSING"])


def reads_task_sets(account):
    (seen,) = account.task_sets()
    same((seen["status"], seen["stabilityStatus"]), ("PRIMARY", "STEADY_STATE"))
    same((seen["computedDesiredCount"], seen["runningCount"]), (4, 4))
    same(seen["scale"], {"value": 100.0, "unit": "PERCENT"})
    same(
        seen["loadBalancers"],
        [{"targetGroupArn": account.group("orders-blue"), "containerName": "app", "containerPort": 8080}],
    )
    same(seen["tags"], [])
    recent(seen["stabilityStatusAt"])


def reads_task_definitions(account):
    same(pages(account.ecs, "list_task_definition_families", "families"), ["orders"])
    arns = pages(account.ecs, "list_task_definitions", "taskDefinitionArns", familyPrefix="orders")
    definition = account.ecs.describe_task_definition(taskDefinition=arns[0], include=["TAGS"])["taskDefinition"]
    same((definition["family"], definition["revision"], definition["networkMode"]), ("orders", 1, "awsvpc"))
    container = definition["containerDefinitions"][0]
    same((container["name"], container["image"], container["stopTimeout"]), ("app", "orders:1", 10))
    recent(definition["registeredAt"])


def reads_tasks(account):
    arns = pages(account.ecs, "list_tasks", "taskArns", cluster="demo", serviceName="orders")
    same((len(arns), len(set(arns))), (4, 4))
    tasks = account.ecs.describe_tasks(cluster="demo", tasks=arns, include=["TAGS"])["tasks"]
    (task_set,) = account.task_sets()
    for task in tasks:
        same((task["lastStatus"], task["desiredStatus"]), ("RUNNING", "RUNNING"))
        same(task["startedBy"], task_set["id"])
        recent(task["startedAt"])
    targets = account.elb.describe_target_health(TargetGroupArn=account.group("orders-blue"))
    same(
        sorted(address_of(task) for task in tasks),
        sorted(target["Target"]["Id"] for target in targets["TargetHealthDescriptions"]),
    )


def reads_container_instances(account):
    arns = pages(account.ecs, "list_container_instances", "containerInstanceArns", cluster="demo")
    answer = account.ecs.describe_container_instances(cluster="demo", containerInstances=arns)
    same([one["status"] for one in answer["containerInstances"]], ["ACTIVE", "ACTIVE"])


def reads_load_balancers(account):
    (seen,) = pages(account.elb, "describe_load_balancers", "LoadBalancers")
    same((seen["LoadBalancerName"], seen["Type"], seen["State"]), ("orders", "application", {"Code": "active"}))
    recent(seen["CreatedTime"])
    arn = seen["LoadBalancerArn"]
    attributes = account.elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {"Key": "idle_timeout.timeout_seconds", "Value": "60"} in attributes, attributes
    (listener,) = pages(account.elb, "describe_listeners", "Listeners", LoadBalancerArn=arn)
    assert account.users_url.endswith(f":{listener['Port']}"), listener["Port"]
    same(listener["DefaultActions"][0]["FixedResponseConfig"]["StatusCode"], "404")


def reads_rules_one_to_a_page(account):
    rules = pages(account.elb, "describe_rules", "Rules", size=1, ListenerArn=account.listener())
    same([rule["Priority"] for rule in rules], ["10", "100", "default"])
    same([rule["IsDefault"] for rule in rules], [False, False, True])
    same(rules[0]["Conditions"][0]["HttpHeaderConfig"], {"HttpHeaderName": "x-sluice-test", "Values": ["1"]})
    same(account.weights(100), {"orders-blue": 100, "orders-green": 0})


def reads_target_groups(account):
    seen = pages(account.elb, "describe_target_groups", "TargetGroups", size=1)
    same([group["TargetGroupName"] for group in seen], ["orders-blue", "orders-green"])
    blue = seen[0]
    same((blue["HealthCheckPath"], blue["HealthCheckIntervalSeconds"], blue["TargetType"]), ("/readyz", 5, "ip"))
    same(blue["LoadBalancerArns"], [account.load_balancer()])
    attributes = account.elb.describe_target_group_attributes(TargetGroupArn=blue["TargetGroupArn"])["Attributes"]
    assert {"Key": "deregistration_delay.timeout_seconds", "Value": "5"} in attributes, attributes
    same((account.healthy("orders-blue"), account.healthy("orders-green")), (4, 0))


def pages(client, operation, member, size=1, **arguments):
    """All entries of an operation's pages, which hold `size` each."""
    answers = client.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": size})
    parts = [answer[member] for answer in answers]
    assert all(len(part) <= size for part in parts), f"{operation}: pages of {[len(part) for part in parts]}"
    return [entry for part in parts for entry in part]


def address_of(task):
    details = task["attachments"][0]["details"]
    return next(detail["value"] for detail in details if detail["name"] == "privateIPv4Address")


def recent(time):
    """A time with its zone, of the last ten minutes: not of 1970, and not of another time zone."""
    age = datetime.datetime.now(datetime.timezone.utc) - time
    assert datetime.timedelta(seconds=-1) <= age < datetime.timedelta(minutes=10), f"{time} is no time of this run"


CHECKS = (
    knows_the_caller,
    reads_clusters,
    reads_services,
    reads_task_sets,
    reads_task_definitions,
    reads_tasks,
    reads_container_instances,
    reads_load_balancers,
    reads_rules_one_to_a_page,
    reads_target_groups,
)
