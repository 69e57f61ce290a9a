"""The sandbox under test: its AWS clients, its users, and what it says beside AWS's own API."""

import json
import urllib.request
from collections import Counter

import boto3
from botocore.config import Config


class Account:
    """`announcement` is the line of JSON that `sluice sandbox` prints when it is ready."""

    def __init__(self, announcement):
        self.endpoint = announcement["endpoint"]
        self.region = announcement["region"]
        self.users_url = announcement["loadBalancers"][0]["url"]
        self.answers = Counter()
        self.ecs = self.client("ecs")
        self.elb = self.client("elbv2")
        self.cloudwatch = self.client("cloudwatch")
        self.sts = self.client("sts")

    def client(self, name, session=None, **config):
        return (session or boto3.Session()).client(
            name,
            region_name=self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id="AKIASANDBOX000000001",
            aws_secret_access_key="sandbox",
            config=Config(connect_timeout=5, read_timeout=20, **config),
        )

    def client_speaking(self, protocol, name):
        """A client whose model offers no other protocol than, e.g., "query"."""
        session = boto3.Session()
        loader = session._loader
        loader.load_service_model(name, "service-2")["metadata"]["protocols"] = [protocol]
        client = self.client(name, session)
        assert client.meta.service_model.resolved_protocol == protocol
        return client

    def ask(self, headers=None):
        """A user's request: the version that answered. Every answer is counted in `answers`."""
        request = urllib.request.Request(f"{self.users_url}/version", headers=headers or {})
        with urllib.request.urlopen(request, timeout=10) as answer:
            version = json.load(answer)["version"]
        self.answers[version] += 1
        return version

    def control(self, method, path, *body):
        """The sandbox's own paths; `body` is at most one value, to be sent as JSON."""
        data = json.dumps(*body).encode() if body else None
        request = urllib.request.Request(f"{self.endpoint}/_sandbox/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def calls(self, action):
        return sum(call["action"].endswith(f":{action}") for call in self.control("GET", "calls"))

    def load_balancer(self):
        return self.elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]

    def listener(self):
        return self.elb.describe_listeners(LoadBalancerArn=self.load_balancer())["Listeners"][0]["ListenerArn"]

    def rule(self, priority):
        rules = self.elb.describe_rules(ListenerArn=self.listener())["Rules"]
        return next(rule for rule in rules if rule["Priority"] == str(priority))

    def group(self, name):
        return self.elb.describe_target_groups(Names=[name])["TargetGroups"][0]["TargetGroupArn"]

    def weights(self, priority):
        """Of the rule's forward action, by target group name."""
        entries = self.rule(priority)["Actions"][0]["ForwardConfig"]["TargetGroups"]
        return {entry["TargetGroupArn"].split("/")[1]: entry["Weight"] for entry in entries}

    def set_weights(self, priority, weights):
        entries = [{"TargetGroupArn": self.group(name), "Weight": weight} for name, weight in weights.items()]
        self.elb.modify_rule(
            RuleArn=self.rule(priority)["RuleArn"],
            Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": entries}}],
        )

    def healthy(self, group):
        targets = self.elb.describe_target_health(TargetGroupArn=self.group(group))["TargetHealthDescriptions"]
        return sum(target["TargetHealth"]["State"] == "healthy" for target in targets)

    def service(self, name="orders"):
        answer = self.ecs.describe_services(cluster="demo", services=[name], include=["TAGS"])
        return answer["services"][0]

    def task_sets(self):
        return self.ecs.describe_task_sets(cluster="demo", service="orders", include=["TAGS"])["taskSets"]

    def task_set_in(self, group):
        arn = self.group(group)
        return next(one for one in self.task_sets() if one["loadBalancers"][0]["targetGroupArn"] == arn)


def tags_of(resource):
    return {tag["key"]: tag["value"] for tag in resource["tags"]}
