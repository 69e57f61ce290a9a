import type { Action } from "@aws-sdk/client-elastic-load-balancing-v2";
import { describe, expect, test } from "vitest";
import type { RouteFacts } from "../../../../../sandbox/monitor/routes.ts";
import { findUnreadChanges, type RouteOwner } from "../../../../../sandbox/monitor/rules/unread-write.ts";
import type { Weights } from "../../../../../sandbox/monitor/state.ts";

const group = (name: string): string => `arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/${name}/1`;
const [BLUE, GREEN, LEGACY] = [group("blue"), group("green"), group("legacy")];

const owner: RouteOwner = { groups: [BLUE, GREEN], stableGroups: [BLUE], production: true };
const ofTest: RouteOwner = { ...owner, production: false };

const signIn: Action = {
  Type: "authenticate-cognito",
  Order: 1,
  AuthenticateCognitoConfig: { UserPoolArn: "pool", UserPoolClientId: "id", UserPoolDomain: "shop" },
};

interface Given {
  readonly weights: Weights;
  readonly sticky?: { readonly Enabled: boolean; readonly DurationSeconds?: number };
  readonly before?: readonly Action[];
  readonly order?: number;
  readonly settings?: Readonly<Record<string, unknown>>;
}

function route({
  weights,
  sticky,
  before = [signIn],
  order = 2,
  settings = { Priority: "10" },
}: Given): RouteFacts {
  const forward: Action = {
    Type: "forward",
    Order: order,
    ForwardConfig: {
      TargetGroups: Object.entries(weights).map(([TargetGroupArn, Weight]) => ({ TargetGroupArn, Weight })),
      ...(sticky && { TargetGroupStickinessConfig: sticky }),
    },
  };
  return {
    arn: "rule",
    ruleArn: "rule",
    listenerArn: "listener",
    priority: 10,
    isCohort: false,
    label: "rule 10 of web:80",
    actions: [...before, forward],
    settings,
    weights,
    appliedWeights: weights,
  };
}

const even: Given = { weights: { [BLUE]: 100, [GREEN]: 0 } };
const withLegacy: Given = { weights: { [BLUE]: 90, [GREEN]: 0, [LEGACY]: 10 } };
const sticky = { Enabled: true, DurationSeconds: 60 };
const plain: RouteFacts = {
  ...route(even),
  weights: {},
  actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "503" } }],
};

describe("changes that nobody asked for", () => {
  test.each<[string, RouteFacts, RouteFacts | undefined, readonly string[]]>([
    [
      "a dropped action",
      route(even),
      route({ ...even, before: [] }),
      ["the authenticate-cognito action was dropped"],
    ],
    [
      "an added action",
      route({ ...even, before: [] }),
      route(even),
      ["a authenticate-cognito action was added"],
    ],
    [
      "an altered action",
      route(even),
      route({ ...even, before: [{ ...signIn, AuthenticateCognitoConfig: undefined }] }),
      ["the authenticate-cognito action was changed"],
    ],
    ["another order", route(even), route({ ...even, order: 3 }), ["forward moved from order 2 to 3"]],
    ["stickiness lost", route({ ...even, sticky }), route(even), ["the target group stickiness changed"]],
    [
      "stickiness of another length",
      route({ ...even, sticky }),
      route({ ...even, sticky: { Enabled: true, DurationSeconds: 61 } }),
      ["the target group stickiness changed"],
    ],
    [
      "a third group's weight",
      route(withLegacy),
      route({ weights: { ...withLegacy.weights, [LEGACY]: 5 } }),
      ["the third group legacy went from weight 10 to weight 5"],
    ],
    [
      "a third group lost",
      route({ weights: { ...even.weights, [LEGACY]: 0 } }),
      route(even),
      ["the third group legacy went from weight 0 to not there"],
    ],
    [
      "a third group's share",
      route(withLegacy),
      route({ weights: { [BLUE]: 50, [GREEN]: 50, [LEGACY]: 10 } }),
      ["the service's groups went from 90 to 100 in sum, which changes the third groups' share"],
    ],
    [
      "the priority",
      route(even),
      route({ ...even, settings: { Priority: "9" } }),
      ['Priority changed from "10" to "9"'],
    ],
    [
      "a group taken out of an action that is not sticky",
      route(even),
      route({ weights: { [BLUE]: 100 } }),
      ["green was taken out of the not sticky forward action"],
    ],
    [
      "the stable group taken out of a sticky action",
      route({ ...even, sticky }),
      route({ weights: { [GREEN]: 100 }, sticky }),
      ["blue was taken out of the forward action"],
    ],
    [
      "the forward itself",
      route({ ...even, before: [] }),
      plain,
      ["the forward action was dropped", "a fixed-response action was added"],
    ],
    ["the whole route", route(even), undefined, ["the route was deleted"]],
  ])("%s", (_what, before, after, changes) => {
    expect(findUnreadChanges(before, after, owner)).toEqual(changes);
  });

  test("a switch of groups on a production route, which a test route may make", () => {
    const [before, after] = [route({ weights: { [BLUE]: 1 } }), route({ weights: { [GREEN]: 1 } })];
    expect(findUnreadChanges(before, after, owner)).toHaveLength(1);
    expect(findUnreadChanges(before, after, ofTest)).toEqual([]);
    expect(findUnreadChanges(before, undefined, ofTest)).toEqual([]);
  });

  test("a test route's third group", () => {
    const [before, after] = [
      route({ weights: { [BLUE]: 1, [LEGACY]: 0 } }),
      route({ weights: { [GREEN]: 1 } }),
    ];
    expect(findUnreadChanges(before, after, ofTest)).toHaveLength(1);
  });
});

test.each<[string, RouteFacts, RouteFacts]>([
  ["the service's weights", route(even), route({ weights: { [BLUE]: 75, [GREEN]: 25 } })],
  [
    "the weights' scale",
    route({ weights: { [BLUE]: 1, [GREEN]: 0 } }),
    route({ weights: { [BLUE]: 90, [GREEN]: 10 } }),
  ],
  [
    "weights beside a third group's",
    route(withLegacy),
    route({ weights: { [BLUE]: 60, [GREEN]: 30, [LEGACY]: 10 } }),
  ],
  [
    "the new group out of a sticky action",
    route({ ...even, sticky }),
    route({ weights: { [BLUE]: 100 }, sticky }),
  ],
  ["the new group back into one", route({ weights: { [BLUE]: 100 }, sticky }), route({ ...even, sticky })],
  [
    "a duration while stickiness is off",
    route(even),
    route({ ...even, sticky: { Enabled: false, DurationSeconds: 9 } }),
  ],
  ["nothing", plain, plain],
])("may be written: %s", (_what, before, after) => {
  expect(findUnreadChanges(before, after, owner)).toEqual([]);
});
