"""What goes wrong has the exception class, the code, the words and the retries that boto3 gives it with AWS."""

from botocore.exceptions import ClientError, ParamValidationError

from checks import refused, same

SERVICE = {"cluster": "demo", "service": "orders"}
NO_SET = "ecs-svc/1234567890123456789"


def names_errors_of_ecs(account):
    ecs, errors = account.ecs, account.ecs.exceptions
    refused(
        errors.ClusterNotFoundException,
        lambda: ecs.describe_services(cluster="absent", services=["orders"]),
        words="Cluster not found.",
    )
    refused(
        errors.ServiceNotFoundException,
        lambda: ecs.update_service(cluster="demo", service="absent", desiredCount=1),
        words="Service not found.",
    )
    for call in (
        lambda: ecs.update_task_set(**SERVICE, taskSet=NO_SET, scale={"value": 1, "unit": "PERCENT"}),
        lambda: ecs.update_service_primary_task_set(**SERVICE, primaryTaskSet=NO_SET),
        lambda: ecs.delete_task_set(**SERVICE, taskSet=NO_SET),
    ):
        refused(errors.TaskSetNotFoundException, call)
    refused(errors.ClientException, lambda: ecs.describe_task_definition(taskDefinition="absent"))
    task_set = account.service()["taskSets"][0]["taskSetArn"]
    for call in (
        lambda: ecs.delete_task_set(**SERVICE, taskSet=task_set),
        lambda: ecs.update_service(**SERVICE, taskDefinition="orders:1"),
        lambda: ecs.tag_resource(resourceArn=task_set, tags=[{"key": "team", "value": "payments"}]),
        lambda: ecs.list_tasks(cluster="demo", nextToken="made up"),
    ):
        refused(errors.InvalidParameterException, call)


def names_errors_of_load_balancing(account):
    elb, errors = account.elb, account.elb.exceptions
    rule = account.rule(100)
    absent = {kind: arn[:-4] + "0000" for kind, arn in (("rule", rule["RuleArn"]), ("listener", account.listener()))}
    refused(
        errors.RuleNotFoundException,
        lambda: elb.modify_rule(RuleArn=absent["rule"], Actions=rule["Actions"]),
        code="RuleNotFound",
        words=absent["rule"],
    )
    refused(
        errors.ListenerNotFoundException,
        lambda: elb.describe_listeners(ListenerArns=[absent["listener"]]),
        code="ListenerNotFound",
    )
    refused(
        errors.TargetGroupNotFoundException,
        lambda: elb.describe_target_groups(Names=["absent"]),
        code="TargetGroupNotFound",
        words="One or more target groups not found",
    )
    refused(
        errors.LoadBalancerNotFoundException,
        lambda: elb.describe_load_balancers(Names=["absent"]),
        code="LoadBalancerNotFound",
    )
    refused(
        errors.ResourceInUseException,
        lambda: elb.delete_target_group(TargetGroupArn=account.group("orders-blue")),
        code="ResourceInUse",
    )
    refused(
        errors.PriorityInUseException,
        lambda: elb.create_rule(
            ListenerArn=account.listener(),
            Priority=100,
            Conditions=[{"Field": "path-pattern", "Values": ["/other"]}],
            Actions=rule["Actions"],
        ),
        code="PriorityInUse",
    )
    refused(
        ClientError,
        lambda: account.set_weights(100, {"orders-blue": 1000}),
        code="ValidationError",
        words="less than or equal to 999",
    )
    same(account.weights(100), {"orders-blue": 100, "orders-green": 0})


def refuses_by_itself_what_lacks_a_member(account):
    before = account.calls("UpdateTaskSet")
    refused(ParamValidationError, lambda: account.ecs.update_task_set(**SERVICE), words='"taskSet"')
    same(account.calls("UpdateTaskSet"), before)


def is_refused_by_the_server_what_lacks_a_member(account):
    """AWS does not trust its clients to have checked."""
    loose = {name: account.client(name, parameter_validation=False) for name in ("ecs", "elbv2", "cloudwatch")}
    refused(
        loose["ecs"].exceptions.InvalidParameterException,
        lambda: loose["ecs"].create_task_set(cluster="demo"),
    )
    refused(ClientError, lambda: loose["elbv2"].modify_rule(), code="ValidationError", words="ruleArn")
    refused(
        ClientError,
        lambda: loose["cloudwatch"].get_metric_statistics(Namespace="Shop"),
        code="MissingParameter",
        words="MetricName",
    )


def repeats_what_was_throttled(account):
    """Each protocol's throttling must be known as such, or the client gives up at once."""
    for operation, call in (
        ("ecs:DescribeServices", account.service),
        ("elasticloadbalancing:DescribeTargetGroups", account.elb.describe_target_groups),
        ("sts:GetCallerIdentity", account.sts.get_caller_identity),
        ("cloudwatch:ListMetrics", account.cloudwatch.list_metrics),
    ):
        with_fault(account, {"kind": "throttle", "operation": operation, "times": 2}, call, calls=3)


def repeats_what_the_server_failed_at(account):
    for fault in (
        {"kind": "server-error", "status": 503},
        {"kind": "server-error", "status": 500},
        {"kind": "lost-answer"},
    ):
        faulty = {**fault, "operation": "ecs:DescribeServices", "times": 1}
        with_fault(account, faulty, account.service, calls=2)


def is_denied_what_the_policy_denies(account):
    allowed = {"Effect": "Allow", "Action": "elasticloadbalancing:DescribeRules", "Resource": "*"}
    listener = account.listener()
    account.control("PUT", "policy", {"Version": "2012-10-17", "Statement": [allowed]})
    try:
        account.elb.describe_rules(ListenerArn=listener)
        words = "is not authorized to perform: "
        refused(
            account.ecs.exceptions.AccessDeniedException,
            lambda: account.ecs.delete_task_set(**SERVICE, taskSet=NO_SET),
            status=403,
            words=f"{words}ecs:DeleteTaskSet",
        )
        refused(
            ClientError,
            lambda: account.elb.describe_target_groups(),
            code="AccessDenied",
            status=403,
            words=f"{words}elasticloadbalancing:DescribeTargetGroups",
        )
    finally:
        account.control("PUT", "policy", None)


def with_fault(account, fault, call, calls):
    """Makes the call, which must succeed after `calls` requests."""
    action = fault["operation"].split(":")[1]
    before = account.calls(action)
    account.control("POST", "faults", fault)
    try:
        call()
        same((fault["kind"], account.calls(action) - before), (fault["kind"], calls))
    finally:
        account.control("DELETE", "faults")


CHECKS = (
    names_errors_of_ecs,
    names_errors_of_load_balancing,
    refuses_by_itself_what_lacks_a_member,
    is_refused_by_the_server_what_lacks_a_member,
    repeats_what_was_throttled,
    repeats_what_the_server_failed_at,
    is_denied_what_the_policy_denies,
)
