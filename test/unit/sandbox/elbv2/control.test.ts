import type {
  DescribeListenersOutput,
  DescribeLoadBalancersOutput,
  DescribeRulesOutput,
  DescribeTagsOutput,
  DescribeTargetGroupsOutput,
  Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { beforeEach, describe, expect, it } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { createGroup, createListener, createLoadBalancer, forward, type Stage, setStage } from "./stage.ts";

let stage: Stage;
let loadBalancer: string;
let blue: string;
let green: string;
let listener: { readonly arn: string; readonly port: number };

const CONDITION = [{ Field: "path-pattern", Values: ["/a"] }];

beforeEach(async () => {
  stage = setStage();
  loadBalancer = await createLoadBalancer(stage);
  blue = await createGroup(stage, "blue");
  green = await createGroup(stage, "green");
  listener = await createListener(stage, loadBalancer, forward({ [blue]: 1 }));
});

const code = async (operation: string, input: unknown): Promise<string> => {
  try {
    await stage.call(operation, input);
    return "";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

async function createRule(Priority: number, action: unknown = forward({ [green]: 1 })): Promise<Rule> {
  const input = { ListenerArn: listener.arn, Priority, Conditions: CONDITION, Actions: [action] };
  const [rule] = (await stage.call<DescribeRulesOutput>("CreateRule", input)).Rules ?? [];
  if (!rule) throw new Error("no rule");
  return rule;
}

describe("actions", () => {
  it("read back a forward to one group with both spellings, and to several with one", async () => {
    const single = await createRule(1, { Type: "forward", TargetGroupArn: green });
    expect(single.Actions).toEqual([
      {
        Type: "forward",
        TargetGroupArn: green,
        ForwardConfig: {
          TargetGroups: [{ TargetGroupArn: green, Weight: 1 }],
          TargetGroupStickinessConfig: { Enabled: false },
        },
      },
    ]);
    expect(await code("ModifyRule", { RuleArn: single.RuleArn, Actions: single.Actions })).toBe("");
    const several = await createRule(2, forward({ [blue]: 90, [green]: 10 }));
    expect(several.Actions?.[0]?.TargetGroupArn).toBeUndefined();
  });

  it("are replaced whole", async () => {
    const { RuleArn } = await createRule(1, forward({ [blue]: 90, [green]: 10 }, 60));
    await stage.call("ModifyRule", { RuleArn, Actions: [forward({ [green]: 1 })] });
    const [rule] =
      (await stage.call<DescribeRulesOutput>("DescribeRules", { RuleArns: [RuleArn] })).Rules ?? [];
    expect(rule?.Actions?.[0]?.ForwardConfig).toEqual({
      TargetGroups: [{ TargetGroupArn: green, Weight: 1 }],
      TargetGroupStickinessConfig: { Enabled: false },
    });
    expect(rule?.Conditions?.[0]?.Values).toEqual(["/a"]);
  });

  it("hide an OIDC secret, and need it or UseExistingClientSecret to be written again", async () => {
    const oidc = {
      Issuer: "https://id",
      AuthorizationEndpoint: "https://id/a",
      TokenEndpoint: "https://id/t",
      UserInfoEndpoint: "https://id/u",
      ClientId: "me",
    };
    const actions = (config: object) => [
      { Type: "authenticate-oidc", Order: 1, AuthenticateOidcConfig: { ...oidc, ...config } },
      { ...forward({ [green]: 1 }), Order: 2 },
    ];
    const input = { ListenerArn: listener.arn, Priority: 1, Conditions: CONDITION };
    expect(await code("CreateRule", { ...input, Actions: actions({ UseExistingClientSecret: true }) })).toBe(
      "InvalidLoadBalancerAction",
    );
    const created = await stage.call<DescribeRulesOutput>("CreateRule", {
      ...input,
      Actions: actions({ ClientSecret: "s" }),
    });
    const [rule] = created.Rules ?? [];
    expect(rule?.Actions?.[0]?.AuthenticateOidcConfig).toEqual(oidc);
    const RuleArn = rule?.RuleArn;
    expect(await code("ModifyRule", { RuleArn, Actions: rule?.Actions })).toBe("InvalidLoadBalancerAction");
    expect(await code("ModifyRule", { RuleArn, Actions: actions({ UseExistingClientSecret: true }) })).toBe(
      "",
    );
  });

  it.each([
    ["a weight above 999", () => [forward({ [green]: 1000 })], "ValidationError"],
    ["a fractional weight", () => [forward({ [green]: 0.5 })], "ValidationError"],
    [
      "six groups",
      () => [forward(Object.fromEntries("abcdef".split("").map((id) => [id, 1])))],
      "ValidationError",
    ],
    ["an unknown group", () => [forward({ nowhere: 1 })], "TargetGroupNotFound"],
    ["no action", () => [], "ValidationError"],
    [
      "two last actions",
      () => [
        { ...forward({ [green]: 1 }), Order: 1 },
        { ...forward({ [blue]: 1 }), Order: 2 },
      ],
      "InvalidLoadBalancerAction",
    ],
    [
      "two groups, one of them named alone",
      () => [{ ...forward({ [green]: 1, [blue]: 1 }), TargetGroupArn: blue }],
      "InvalidLoadBalancerAction",
    ],
    ["a stickiness of 0 seconds", () => [forward({ [green]: 1 }, 0)], "ValidationError"],
    ["a stickiness of more than a week", () => [forward({ [green]: 1 }, 604_801)], "ValidationError"],
    [
      "a fixed response of 301",
      () => [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "301" } }],
      "InvalidLoadBalancerAction",
    ],
  ])("refuse %s", async (_name, actions, expected) => {
    expect(
      await code("CreateRule", {
        ListenerArn: listener.arn,
        Priority: 9,
        Conditions: CONDITION,
        Actions: actions(),
      }),
    ).toBe(expected);
  });

  it("need group stickiness over sticky groups, written in either order", async () => {
    const sticky = { TargetGroupArn: green, Attributes: [{ Key: "stickiness.enabled", Value: "true" }] };
    const { RuleArn } = await createRule(1, forward({ [green]: 1, [blue]: 1 }));
    expect(await code("ModifyTargetGroupAttributes", sticky)).toBe("InvalidConfigurationRequest");
    await stage.call("ModifyRule", { RuleArn, Actions: [forward({ [green]: 1, [blue]: 1 }, 60)] });
    expect(await code("ModifyTargetGroupAttributes", sticky)).toBe("");
    expect(await code("ModifyRule", { RuleArn, Actions: [forward({ [green]: 1, [blue]: 1 })] })).toBe(
      "InvalidConfigurationRequest",
    );
  });

  it("keep a target group to one load balancer", async () => {
    const other = await createLoadBalancer(stage, "other");
    const input = {
      LoadBalancerArn: other,
      Port: 80,
      Protocol: "HTTP",
      DefaultActions: [forward({ [blue]: 1 })],
    };
    expect(await code("CreateListener", input)).toBe("TargetGroupAssociationLimit");
  });
});

describe("rules", () => {
  it("stand in order of priority with the default last, a page at a time", async () => {
    await createRule(20);
    await createRule(10);
    const first = await stage.call<DescribeRulesOutput>("DescribeRules", {
      ListenerArn: listener.arn,
      PageSize: 2,
    });
    expect(first.Rules?.map((rule) => rule.Priority)).toEqual(["10", "20"]);
    const rest = await stage.call<DescribeRulesOutput>("DescribeRules", {
      ListenerArn: listener.arn,
      Marker: first.NextMarker,
    });
    expect(rest.Rules?.map((rule) => [rule.Priority, rule.IsDefault])).toEqual([["default", true]]);
    expect(rest.NextMarker).toBeUndefined();
  });

  it("swap priorities, but never share one", async () => {
    const [one, two] = [await createRule(1), await createRule(2)];
    const pairs = (...priorities: readonly number[]) => ({
      RulePriorities: [one, two].map(({ RuleArn }, index) => ({ RuleArn, Priority: priorities[index] })),
    });
    await stage.call("SetRulePriorities", pairs(2, 1));
    expect(await code("SetRulePriorities", pairs(5, 5))).toBe("PriorityInUse");
    const { Rules } = await stage.call<DescribeRulesOutput>("DescribeRules", { ListenerArn: listener.arn });
    expect(Rules?.map((rule) => rule.RuleArn).slice(0, 2)).toEqual([two.RuleArn, one.RuleArn]);
    const again = {
      ListenerArn: listener.arn,
      Priority: 1,
      Conditions: CONDITION,
      Actions: [forward({ [green]: 1 })],
    };
    expect(await code("CreateRule", again)).toBe("PriorityInUse");
  });

  it("leave the default to ModifyListener", async () => {
    const { Rules } = await stage.call<DescribeRulesOutput>("DescribeRules", { ListenerArn: listener.arn });
    const RuleArn = Rules?.[0]?.RuleArn;
    expect(await code("DeleteRule", { RuleArn })).toBe("OperationNotPermitted");
    expect(await code("ModifyRule", { RuleArn, Actions: [forward({ [green]: 1 })] })).toBe(
      "OperationNotPermitted",
    );
    await stage.call("ModifyListener", {
      ListenerArn: listener.arn,
      DefaultActions: [forward({ [green]: 1 })],
    });
    const { Listeners } = await stage.call<DescribeListenersOutput>("DescribeListeners", {
      LoadBalancerArn: loadBalancer,
    });
    expect(Listeners?.[0]?.DefaultActions?.[0]?.TargetGroupArn).toBe(green);
  });

  it.each([
    ["six values", [{ Field: "path-pattern", Values: ["1", "2", "3", "4", "5", "6"] }]],
    ["six wildcards", [{ Field: "path-pattern", Values: ["/*/a", "/*/b", "/?/c", "/*/*/d/?"] }]],
    ["no values", [{ Field: "path-pattern", Values: [] }]],
    ["an unknown field", [{ Field: "cookie", Values: ["a"] }]],
    ["a bare address", [{ Field: "source-ip", SourceIpConfig: { Values: ["10.0.0.1"] } }]],
    [
      "a long header name",
      [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "x".repeat(41), Values: ["a"] } }],
    ],
  ])("refuse %s in a condition", async (_name, Conditions) => {
    expect(
      await code("CreateRule", {
        ListenerArn: listener.arn,
        Priority: 1,
        Conditions,
        Actions: [forward({ [green]: 1 })],
      }),
    ).toBe("ValidationError");
  });
});

describe("target groups", () => {
  it.each([
    ["an interval of 4 s", { HealthCheckIntervalSeconds: 4 }],
    ["a timeout of 1 s", { HealthCheckTimeoutSeconds: 1 }],
    ["a timeout as long as the interval", { HealthCheckTimeoutSeconds: 10 }],
    ["a threshold of 11", { HealthyThresholdCount: 11 }],
    ["a matcher of 500", { Matcher: { HttpCode: "200-500" } }],
  ])("refuse %s", async (_name, change) => {
    expect(await code("ModifyTargetGroup", { TargetGroupArn: blue, ...change })).toBe("ValidationError");
  });

  it.each([
    ["deregistration_delay.timeout_seconds", "3601"],
    ["deregistration_delay.timeout_seconds", "soon"],
    ["slow_start.duration_seconds", "10"],
    ["no.such.key", "1"],
  ])("refuse %s = %s", async (Key, Value) => {
    expect(
      await code("ModifyTargetGroupAttributes", { TargetGroupArn: blue, Attributes: [{ Key, Value }] }),
    ).toBe("ValidationError");
  });

  it("are found by load balancer, and cannot be deleted in use", async () => {
    const names = async () =>
      (
        await stage.call<DescribeTargetGroupsOutput>("DescribeTargetGroups", {
          LoadBalancerArn: loadBalancer,
        })
      ).TargetGroups?.map((group) => group.TargetGroupName);
    expect(await names()).toEqual(["blue"]);
    const { RuleArn } = await createRule(1, forward({ [green]: 0, [blue]: 1 }));
    expect(await names()).toEqual(["blue", "green"]);
    expect(await code("DeleteTargetGroup", { TargetGroupArn: green })).toBe("ResourceInUse");
    await stage.call("DeleteRule", { RuleArn });
    expect(await code("DeleteTargetGroup", { TargetGroupArn: green })).toBe("");
    expect(await code("DescribeTargetGroups", { TargetGroupArns: [green] })).toBe("TargetGroupNotFound");
  });

  it("can be created again only the same", async () => {
    const input = {
      Name: "blue",
      Protocol: "HTTP",
      Port: 80,
      TargetType: "ip",
      VpcId: "vpc-1",
      HealthCheckIntervalSeconds: 10,
    };
    expect(await code("CreateTargetGroup", input)).toBe("");
    expect(await code("CreateTargetGroup", { ...input, Port: 81 })).toBe("DuplicateTargetGroupName");
  });

  it("refuse targets of another kind", async () => {
    const register = (Id: string) =>
      code("RegisterTargets", { TargetGroupArn: blue, Targets: [{ Id, Port: 80 }] });
    expect(await register("i-0123")).toBe("InvalidTarget");
    expect(await register("10.0.0.1")).toBe("");
  });
});

describe("load balancers and listeners", () => {
  it("answer AWS's codes for what is not there", async () => {
    expect(await code("DescribeLoadBalancers", { Names: ["none"] })).toBe("LoadBalancerNotFound");
    expect(await code("DescribeListeners", { ListenerArns: ["none"] })).toBe("ListenerNotFound");
    expect(await code("ModifyRule", { RuleArn: "none" })).toBe("RuleNotFound");
    expect(await code("DescribeTargetHealth", { TargetGroupArn: "none" })).toBe("TargetGroupNotFound");
  });

  it("have one listener a port", async () => {
    const input = { LoadBalancerArn: loadBalancer, Port: listener.port, Protocol: "HTTP" };
    expect(await code("CreateListener", { ...input, DefaultActions: [forward({ [green]: 1 })] })).toBe(
      "DuplicateListener",
    );
    expect(await code("CreateListener", { ...input, DefaultActions: [forward({ [blue]: 1 })] })).toBe("");
  });

  it("take their listeners and rules along when deleted, unless protected", async () => {
    const protect = (Value: string) =>
      stage.call("ModifyLoadBalancerAttributes", {
        LoadBalancerArn: loadBalancer,
        Attributes: [{ Key: "deletion_protection.enabled", Value }],
      });
    await createRule(1);
    await protect("true");
    expect(await code("DeleteLoadBalancer", { LoadBalancerArn: loadBalancer })).toBe("OperationNotPermitted");
    await protect("false");
    await stage.call("DeleteLoadBalancer", { LoadBalancerArn: loadBalancer });
    expect(
      (await stage.call<DescribeLoadBalancersOutput>("DescribeLoadBalancers", {})).LoadBalancers,
    ).toEqual([]);
    expect(stage.elbv2.view().routes).toEqual([]);
    expect([stage.elbv2.targetGroups.inUse(blue), stage.elbv2.targetGroups.inUse(green)]).toEqual([
      false,
      false,
    ]);
  });

  it("give a listener that is created again its own routes, whatever was under way", async () => {
    const clock = new VirtualClock();
    const slow = setStage({ clock, settings: { propagationDelayMs: { min: 500, max: 500 } } });
    const [front, group] = [await createLoadBalancer(slow), await createGroup(slow, "blue")];
    const first = await createListener(slow, front, forward({ [group]: 1 }));
    await slow.call("ModifyListener", { ListenerArn: first.arn, DefaultActions: [forward({ [group]: 2 })] });
    await slow.call("DeleteListener", { ListenerArn: first.arn });
    const again = await createListener(slow, front, forward({ [group]: 3 }));
    await clock.advance(1000);
    expect(again.arn).toBe(first.arn);
    expect(slow.elbv2.view().routes.map((route) => route.appliedWeights)).toEqual([{ [group]: 3 }]);
  });

  it("keep their ARNs apart when a listener has moved to another port", async () => {
    const create = {
      LoadBalancerArn: loadBalancer,
      Port: 8081,
      Protocol: "HTTP",
      DefaultActions: [forward({ [blue]: 1 })],
    };
    const [moved] = (await stage.call<DescribeListenersOutput>("CreateListener", create)).Listeners ?? [];
    await stage.call("ModifyListener", { ListenerArn: moved?.ListenerArn, Port: 8082 });
    const [fresh] = (await stage.call<DescribeListenersOutput>("CreateListener", create)).Listeners ?? [];
    expect(fresh?.ListenerArn).not.toBe(moved?.ListenerArn);
    const { Listeners } = await stage.call<DescribeListenersOutput>("DescribeListeners", {
      LoadBalancerArn: loadBalancer,
    });
    expect(Listeners?.map(({ Port }) => Port)).toEqual([listener.port, 8082, 8081]);
  });

  it("of type network forward to one group and have no weights", async () => {
    const tcp = (name: string) =>
      createGroup(stage, name, {}, { Protocol: "TCP", HealthCheckTimeoutSeconds: 5 });
    const [one, two] = [await tcp("one"), await tcp("two")];
    const created = await stage.call<DescribeLoadBalancersOutput>("CreateLoadBalancer", {
      Name: "net",
      Type: "network",
      Subnets: ["a"],
    });
    const input = { LoadBalancerArn: created.LoadBalancers?.[0]?.LoadBalancerArn, Port: 90, Protocol: "TCP" };
    expect(
      await code("CreateListener", { ...input, DefaultActions: [forward({ [one]: 1, [two]: 1 })] }),
    ).toBe("ValidationError");
    expect(await code("CreateListener", { ...input, DefaultActions: [forward({ [blue]: 1 })] })).toBe(
      "IncompatibleProtocols",
    );
    expect(await code("CreateListener", { ...input, DefaultActions: [forward({ [one]: 1 })] })).toBe("");
  });
});

it("a rule can be created with tags, and no later one gets its ARN", async () => {
  const input = {
    ListenerArn: listener.arn,
    Priority: 7,
    Conditions: [{ Field: "path-pattern", Values: ["/*/a", "/*/b", "/*/?/?"] }],
    Actions: [forward({ [green]: 1 })],
  };
  const tagged = { ...input, Tags: [{ Key: "sluice:rollout", Value: "r1" }] };
  const [rule] = (await stage.call<DescribeRulesOutput>("CreateRule", tagged)).Rules ?? [];
  const { TagDescriptions } = await stage.call<DescribeTagsOutput>("DescribeTags", {
    ResourceArns: [rule?.RuleArn],
  });
  expect(TagDescriptions).toEqual([{ ResourceArn: rule?.RuleArn, Tags: tagged.Tags }]);
  expect(await code("CreateRule", input)).toBe("PriorityInUse");
  await stage.call("DeleteRule", { RuleArn: rule?.RuleArn });
  expect(await code("DescribeTags", { ResourceArns: [rule?.RuleArn] })).toBe("RuleNotFound");
  const [later] = (await stage.call<DescribeRulesOutput>("CreateRule", input)).Rules ?? [];
  expect(later?.RuleArn).not.toBe(rule?.RuleArn);
});

it("tags of at most 20 resources are described at once", async () => {
  const describeTags = (count: number) =>
    code("DescribeTags", { ResourceArns: Array.from({ length: count }, () => blue) });
  expect([await describeTags(20), await describeTags(21)]).toEqual(["", "ValidationError"]);
});

it("tags can be put, read and taken away", async () => {
  const ResourceArns = [blue, listener.arn];
  await stage.call("AddTags", {
    ResourceArns,
    Tags: [
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ],
  });
  await stage.call("RemoveTags", { ResourceArns: [blue], TagKeys: ["a"] });
  const { TagDescriptions } = await stage.call<DescribeTagsOutput>("DescribeTags", { ResourceArns });
  expect(TagDescriptions?.map(({ Tags }) => Tags?.map(({ Key }) => Key))).toEqual([["b"], ["a", "b"]]);
  const twice = {
    ResourceArns: [blue],
    Tags: [
      { Key: "x", Value: "1" },
      { Key: "x", Value: "2" },
    ],
  };
  expect(await code("AddTags", twice)).toBe("DuplicateTagKeys");
});
