import { afterEach, describe, expect, test } from "vitest";
import { accountLimits } from "../../../sandbox/faults/buckets.ts";
import { parsePolicy } from "../../../sandbox/faults/policy.ts";
import type { FaultInput } from "../../../sandbox/faults/schema.ts";
import { runPhase } from "./phases.ts";
import { expectAlone, expectSafe, standing } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** What AWS itself does to a rollout: the release ends as it should all the same, or refuses and harms nobody. */

const WRITES = [
  "ecs:RegisterTaskDefinition",
  "ecs:CreateTaskSet",
  "elasticloadbalancing:ModifyRule",
  "ecs:TagResource",
  "ecs:UpdateServicePrimaryTaskSet",
  "ecs:UpdateTaskSet",
  "ecs:DeleteTaskSet",
  "ecs:UntagResource",
] as const;

const READS = [
  "ecs:DescribeServices",
  "ecs:DescribeTaskSets",
  "ecs:DescribeTasks",
  "ecs:ListTasks",
  "ecs:DescribeTaskDefinition",
  "elasticloadbalancing:DescribeLoadBalancers",
  "elasticloadbalancing:DescribeListeners",
  "elasticloadbalancing:DescribeRules",
  "elasticloadbalancing:DescribeTargetGroups",
  "elasticloadbalancing:DescribeTargetGroupAttributes",
  "elasticloadbalancing:DescribeTargetHealth",
  "cloudwatch:GetMetricData",
] as const;

/** Never made beside another call: time can move while they hang. */
const LONE_READS = ["ecs:DescribeTaskSets", "cloudwatch:GetMetricData"] as const;

let world: World | undefined;

afterEach(() => world?.close());

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld(options);
  return world;
}

const once = (operations: readonly string[], fault: FaultInput): readonly FaultInput[] =>
  operations.map((operation) => ({ ...fault, operation, times: 1 }));

interface Trouble {
  readonly name: string;
  readonly faults: readonly FaultInput[];
}

/** The SDK tries four times. What lasts longer is the controller's to wait out. */
const OUTLASTING = 4;

const TROUBLES: readonly Trouble[] = [
  { name: "every call throttled once", faults: once([...READS, ...WRITES], { kind: "throttle" }) },
  { name: "500 once from every call", faults: once([...READS, ...WRITES], { kind: "server-error" }) },
  {
    name: "503 once from every call",
    faults: once([...READS, ...WRITES], { kind: "server-error", status: 503 }),
  },
  { name: "500 after every write's effect", faults: once(WRITES, { kind: "server-error", when: "after" }) },
  {
    name: "no answer for 5 s before every write",
    faults: once([...LONE_READS, ...WRITES], { kind: "timeout", holdMs: 5_000 }),
  },
  {
    name: "no answer after every write's effect",
    faults: once(WRITES, { kind: "timeout", holdMs: 5_000, when: "after" }),
  },
  { name: "every write's answer lost once", faults: once(WRITES, { kind: "lost-answer" }) },
  ...WRITES.map((operation) => ({
    name: `answers to ${operation} lost for longer than the SDK tries`,
    faults: [{ kind: "lost-answer", operation, times: OUTLASTING } as const],
  })),
  ...[0, 60].map((skip) => ({
    name: `12 calls from the ${skip + 1}th on throttled`,
    faults: [{ kind: "throttle", skip, times: 12 } as const],
  })),
];

describe.each(TROUBLES)("$name", ({ faults }) => {
  test("a good release ends well", async () => {
    const world = await open();
    for (const fault of faults) world.sandbox.faults.add(fault);
    const { outcome } = await runPhase(world, "rollout");
    expect(outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-green", []);
    expectSafe(world);
  });

  test("a bad release is taken back", async () => {
    const world = await open();
    for (const fault of faults) world.sandbox.faults.add(fault);
    const { outcome } = await runPhase(world, "rollout", { image: "orders:3" });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
    expectSafe(world);
  });
});

interface Mood {
  readonly name: string;
  readonly options: WorldOptions;
}

const MOODS: readonly Mood[] = [
  { name: "reads 5 s old", options: { settings: { staleReadsMs: 5_000 } } },
  { name: "reads 30 s old", options: { settings: { staleReadsMs: 30_000 } } },
  {
    name: "weights and targets that take 10 s to reach the data plane",
    options: { settings: { propagationDelayMs: { min: 1_000, max: 10_000 } }, spec: { settle: "10s" } },
  },
  {
    name: "metrics three minutes late",
    options: {
      settings: { metricDelayMs: 180_000 },
      spec: { gates: { errors: { period: "1s", "min-requests": 20, patience: "5m" } } },
    },
  },
];

describe.each(MOODS)("with $name", ({ options }) => {
  test.each([
    { image: "orders:2", kind: "reached", group: "orders-green" },
    { image: "orders:3", kind: "rolled-back", group: "orders-blue" },
  ] as const)("$image is $kind", async ({ image, kind, group }) => {
    const world = await open({ ...options, settings: { ...options.settings, staleReadsMs: 0 } });
    await world.clock.advance(30_000);
    world.sandbox.settings.staleReadsMs = options.settings?.staleReadsMs ?? 0;
    const { outcome } = await runPhase(world, "rollout", { image });
    expect(outcome).toMatchObject({ kind });
    await expectAlone(world, group, ["sluice:aborted"]);
    expectSafe(world);
  });
});

test("a third of AWS's usual limits only slows a release down", async () => {
  const world = await open();
  world.sandbox.faults.limit(
    accountLimits.map((limit) => ({
      ...limit,
      burst: limit.burst / 3,
      refillPerSecond: limit.refillPerSecond / 3,
    })),
  );
  const { outcome } = await runPhase(world, "rollout");
  expect(outcome).toMatchObject({ kind: "reached" });
  await expectAlone(world, "orders-green", []);
  expectSafe(world);
});

test("without a request there is no evidence: held with all traffic, and still to be taken back", async () => {
  const world = await open({ requestsPerSecond: 0 });
  const { outcome } = await runPhase(world, "rollout");
  expect(outcome).toMatchObject({ kind: "held" });
  expect(standing(world)).toMatchObject({ serving: [["orders-green"]] });
  await runPhase(world, "rollback");
  await expectAlone(world, "orders-blue", ["sluice:aborted"]);
  expectSafe(world);
});

describe("a role that may not", () => {
  const deny = (action: string) =>
    parsePolicy(
      {
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Action: "*", Resource: "*" },
          { Effect: "Deny", Action: action, Resource: "*" },
        ],
      },
      "the test's policy",
    );

  /** Denied before the promotion is complete: blue serves alone at once. Later: green does, and says what is left. */
  test.each([
    ["ecs:RegisterTaskDefinition", "orders-blue"],
    ["ecs:CreateTaskSet", "orders-blue"],
    ["elasticloadbalancing:ModifyRule", "orders-blue"],
    ["ecs:TagResource", "orders-blue"],
    ["ecs:UpdateServicePrimaryTaskSet", "orders-blue"],
    ["ecs:UpdateTaskSet", "orders-green"],
    ["ecs:DeleteTaskSet", "orders-green"],
    ["ecs:UntagResource", "orders-green"],
  ] as const)("%s says so, and %s serves", async (action, group) => {
    const world = await open();
    world.sandbox.faults.enforce(deny(action));
    const { outcome } = await runPhase(world, "rollout");
    expect(outcome.kind).toMatch(/failed|rolled-back/);
    const words = outcome.kind === "failed" ? outcome.error.message : JSON.stringify(outcome);
    expect(words).toContain(action);
    if (group === "orders-blue")
      await expectAlone(world, group, ["sluice:aborted", "sluice:shifted", "sluice:step"]);
    else await world.clock.advance(10_000);
    expect(standing(world).serving).toEqual([[group]]);
    world.sandbox.faults.enforce(undefined);
    await runPhase(world, group === "orders-blue" ? "rollback" : "finish");
    await expectAlone(world, group, ["sluice:aborted"]);
    expectSafe(world);
  });
});
