"""boto3's waiters, on a service that ECS deploys itself, and an account's parts from their creation to their end.

Usage: boto3_services.py ANNOUNCEMENT, of a sandbox of test/clients/sandbox.yml.
"""

import json
import socket
import sys
import threading
from contextlib import contextmanager

from account import Account
from checks import run, same, until

SOON = {"Delay": 1, "MaxAttempts": 60}
PAGES = {"cluster": "demo", "service": "pages"}


def waits_for_a_rolling_deployment(account):
    """The whole deployment under load: no user may notice it."""
    before = account.ecs.describe_task_definition(taskDefinition="pages")["taskDefinition"]
    container = {**before["containerDefinitions"][0], "image": "pages:2"}
    kept = {key: before[key] for key in ("family", "networkMode", "cpu", "memory")}
    arn = account.ecs.register_task_definition(**kept, containerDefinitions=[container])["taskDefinition"]
    with users(account) as errors:
        account.ecs.update_service(**PAGES, taskDefinition=arn["taskDefinitionArn"])
        same(sorted(one["status"] for one in account.service("pages")["deployments"]), ["ACTIVE", "PRIMARY"])
        account.ecs.get_waiter("services_stable").wait(cluster="demo", services=["pages"], WaiterConfig=SOON)
        until("version 2 for every user", lambda: {account.ask() for _ in range(10)} == {"2"}, seconds=20)
    same(errors, [])
    (deployment,) = account.service("pages")["deployments"]
    same((deployment["taskDefinition"], deployment["runningCount"]), (arn["taskDefinitionArn"], 2))


def waits_for_a_stopped_task_and_its_successor(account):
    (first, other) = account.ecs.list_tasks(cluster="demo", serviceName="pages")["taskArns"]
    account.ecs.get_waiter("tasks_running").wait(cluster="demo", tasks=[first, other], WaiterConfig=SOON)
    account.ecs.stop_task(cluster="demo", task=first, reason="a drill")
    account.ecs.get_waiter("tasks_stopped").wait(cluster="demo", tasks=[first], WaiterConfig=SOON)
    (stopped,) = account.ecs.describe_tasks(cluster="demo", tasks=[first])["tasks"]
    same((stopped["stopCode"], stopped["stoppedReason"]), ("UserInitiated", "a drill"))
    assert stopped["stoppedAt"] > stopped["startedAt"], "stopped before it began"
    account.ecs.get_waiter("services_stable").wait(cluster="demo", services=["pages"], WaiterConfig=SOON)
    now = account.ecs.list_tasks(cluster="demo", serviceName="pages")["taskArns"]
    assert first not in now and other in now and len(now) == 2, now


def builds_an_account_and_takes_it_down(account):
    ecs, elb = account.ecs, account.elb
    ecs.create_cluster(clusterName="second", tags=[{"key": "team", "value": "payments"}])
    balancer = elb.create_load_balancer(Name="shop", Subnets=["subnet-eu-west-1a", "subnet-eu-west-1b"])
    balancer_arn = balancer["LoadBalancers"][0]["LoadBalancerArn"]
    elb.get_waiter("load_balancer_available").wait(LoadBalancerArns=[balancer_arn], WaiterConfig=SOON)
    group = elb.create_target_group(
        Name="shop", Protocol="HTTP", Port=8080, VpcId="vpc-0123456789abcdef0", TargetType="ip",
        HealthCheckPath="/readyz", HealthCheckIntervalSeconds=5, HealthCheckTimeoutSeconds=2,
    )["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group_attributes(
        TargetGroupArn=group, Attributes=[{"Key": "deregistration_delay.timeout_seconds", "Value": "5"}]
    )
    forward = [{"Type": "forward", "TargetGroupArn": group}]
    listener = elb.create_listener(
        LoadBalancerArn=balancer_arn, Protocol="HTTP", Port=free_port(),
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )["Listeners"][0]["ListenerArn"]
    rule = elb.create_rule(
        ListenerArn=listener, Priority=1, Conditions=[{"Field": "path-pattern", "Values": ["/*"]}], Actions=forward
    )["Rules"][0]["RuleArn"]
    elb.add_tags(ResourceArns=[rule, group], Tags=[{"Key": "team", "Value": "payments"}])
    seen = elb.describe_tags(ResourceArns=[rule, group])["TagDescriptions"]
    same([one["Tags"] for one in seen], [[{"Key": "team", "Value": "payments"}]] * 2)
    serves_and_ends(account, group)
    elb.delete_rule(RuleArn=rule)
    elb.delete_listener(ListenerArn=listener)
    elb.delete_target_group(TargetGroupArn=group)
    elb.delete_load_balancer(LoadBalancerArn=balancer_arn)
    elb.get_waiter("load_balancers_deleted").wait(LoadBalancerArns=[balancer_arn], WaiterConfig=SOON)
    same(ecs.delete_cluster(cluster="second")["cluster"]["status"], "INACTIVE")


def serves_and_ends(account, group):
    """A service behind the group, from its first healthy target to its last drained one."""
    ecs, elb = account.ecs, account.elb
    shop = {"cluster": "second", "service": "shop"}
    ecs.create_service(
        cluster="second", serviceName="shop", desiredCount=1, taskDefinition="pages", launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": ["subnet-eu-west-1a"]}},
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 8080}],
    )
    ecs.get_waiter("services_stable").wait(cluster="second", services=["shop"], WaiterConfig=SOON)
    elb.get_waiter("target_in_service").wait(TargetGroupArn=group, WaiterConfig=SOON)
    targets = elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
    address = {key: targets[0]["Target"][key] for key in ("Id", "Port")}
    ecs.update_service(**shop, desiredCount=0)
    elb.get_waiter("target_deregistered").wait(TargetGroupArn=group, Targets=[address], WaiterConfig=SOON)
    ecs.get_waiter("services_stable").wait(cluster="second", services=["shop"], WaiterConfig=SOON)
    ecs.delete_service(**shop)
    ecs.get_waiter("services_inactive").wait(cluster="second", services=["shop"], WaiterConfig=SOON)


@contextmanager
def users(account):
    """Asks without a pause while the block runs; gives the list of what went wrong."""
    errors, done = [], threading.Event()

    def ask():
        while not done.wait(0.02):
            try:
                account.ask()
            except Exception as error:
                errors.append(f"{type(error).__name__}: {error}")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield errors
    finally:
        done.set()
        asking.join()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


CHECKS = (
    waits_for_a_rolling_deployment,
    waits_for_a_stopped_task_and_its_successor,
    builds_an_account_and_takes_it_down,
)

if __name__ == "__main__":
    sys.exit(run(Account(json.loads(sys.argv[1])), CHECKS))
