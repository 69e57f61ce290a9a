import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { stableId } from "../../sandbox/arns.ts";
import type { ListenerDefinition, RuleDefinition } from "../../sandbox/definition.ts";
import { type OrdersOptions, ordersDefinition, specText } from "./orders.ts";
import { attemptedWrites, lastSeq, sluiceTags, violationsOf, weightsOf, writeNames } from "./reading.ts";
import { type JobOptions, onlySet, openWorld, until, type World } from "./world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const RUN = "8001";
const BOTH = { "orders-blue": 100, "orders-green": 0 };
const SWAPPED = { "orders-blue": 0, "orders-green": 100 };
/** What a whole rollout writes, one production rule. */
const ROLLOUT = [
  "RegisterTaskDefinition",
  "CreateTaskSet",
  "ModifyRule http/orders-test",
  "TagResource sluice:shifted sluice:step",
  "ModifyRule http/orders",
  "TagResource sluice:step",
  "UpdateServicePrimaryTaskSet",
  "UpdateTaskSet",
  "DeleteTaskSet",
  "TagResource sluice:history",
  "UntagResource",
];

/** The deregistration delay that the spec goes by: what Sluice itself waits is not sped up. */
const DRAIN_MS = 3_000;

async function open(options: OrdersOptions = {}): Promise<World> {
  world = await openWorld({
    definition: ordersDefinition({ deregistrationSeconds: DRAIN_MS / 1000, ...options }),
  });
  return world;
}

/** Runs a job that must reach its target. */
async function reach(world: World, options: Partial<JobOptions>): ReturnType<World["run"]> {
  const result = await world.run({ runId: RUN, ...options });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs.outcome).toBe("reached");
  return result;
}

test("phase by phase, each twice, comes to what a rollout comes to", async () => {
  const world = await open();
  const { sandbox } = world;
  const load = world.load(120);
  const steps = { plan: 0, stage: 3, verify: 0, promote: 4, finish: 4 };
  let written = 0;
  for (const [phase, writes] of Object.entries(steps)) {
    written += writes;
    await reach(world, { phase, image: "orders:2" });
    expect(writeNames(sandbox), phase).toEqual(ROLLOUT.slice(0, written));
    const before = lastSeq(sandbox);
    await reach(world, { phase, image: "orders:2" });
    expect(attemptedWrites(sandbox, { seq: before }), `${phase} again`).toEqual([]);
  }
  expect(weightsOf(sandbox)).toEqual(SWAPPED);
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", steady: true });
  expect(sluiceTags(world.service().tags)).toEqual({ "sluice:history": "orders:2 orders:1" });
  expect(violationsOf(sandbox)).toEqual([]);
  expect((await load.stop()).failed).toBe(0);
});

test("a smoke check that fails takes the release back before any user", async () => {
  const world = await open();
  const { sandbox } = world;
  const load = world.load(60);
  const check = { path: "/version", json: { version: "2" }, attempts: 2 };
  const spec = specText({ with: { "smoke-checks": [check] } });
  const result = await world.run({ runId: RUN, image: "orders:slow", spec });
  expect(result.exitCode).toBe(1);
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", gate: "smoke" });
  expect(result.outputs.reason).toContain('expected version to be "2", got "slow"');
  expect(writeNames(sandbox)).toEqual([
    "RegisterTaskDefinition",
    "CreateTaskSet",
    "ModifyRule http/orders-test",
    "TagResource sluice:aborted",
    "ModifyRule http/orders-test",
    "DeleteTaskSet",
  ]);
  const figures = await load.stop();
  expect(Object.keys(figures.versions)).toEqual(["1"]);
  expect(figures.failed).toBe(0);
  expect(violationsOf(sandbox)).toEqual([]);
});

test("what is released: an image by digest, a task definition by revision, by ARN, by file", async () => {
  const world = await open({ desiredCount: 1 });
  const folder = mkdtempSync(join(tmpdir(), "sluice-phases-"));
  try {
    const digest = `orders@sha256:${stableId(64, "image", "orders:2")}`;
    const arn = onlySet(world.service()).taskDefinitionArn;
    const path = join(folder, "task-definition.json");
    writeFileSync(path, JSON.stringify(fileDefinition()));
    const file = { "task-definition": path };
    const forms: readonly (readonly [Partial<JobOptions>, Staged])[] = [
      [{ image: digest }, { image: digest, name: "orders:2" }],
      [{ inputs: { "task-definition": "orders:1" } }, { image: "orders:1", name: "orders:1" }],
      [{ inputs: { "task-definition": arn.replace(/:1$/, ":2") } }, { image: digest, name: "orders:2" }],
      [
        { inputs: file, image: "orders:2" },
        { image: "orders:2", name: "from-file:1" },
      ],
    ];
    for (const [index, [form, expected]] of forms.entries()) {
      const runId = `810${index}`;
      const { journal } = await reach(world, { runId, phase: "stage", ...form });
      expect(JSON.stringify(journal)).not.toContain(IN_THE_FILE);
      expect(await stagedBy(world, runId)).toEqual(expected);
      await reach(world, { runId, phase: "rollback" });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

interface Staged {
  readonly image: string;
  /** Of the task definition. */
  readonly name: string;
}

/** What a rollout's task set runs, once its target is healthy and ECS has seen that. */
async function stagedBy({ service, sandbox }: World, rollout: string): Promise<Staged> {
  const set = () => service().taskSets.find(({ tags }) => tags["sluice:rollout"] === rollout);
  await until(() => set()?.steady === true, "the task set is steady");
  const taskDefinition = set()?.taskDefinitionArn ?? "";
  const described = await sandbox.ecs.service.operations.DescribeTaskDefinition?.(
    { taskDefinition },
    { operation: "DescribeTaskDefinition", accessKeyId: "test" },
  );
  const image = /"image":"([^"]+)"/.exec(JSON.stringify(described))?.[1] ?? "";
  return { image, name: taskDefinition.slice(taskDefinition.lastIndexOf("/") + 1) };
}

/** Whoever may read a run's artifacts may read its journal. */
const IN_THE_FILE = "only-in-the-task-definition";

function fileDefinition(): object {
  const environment = [{ name: "TOKEN", value: IN_THE_FILE }];
  const container = { name: "app", image: "orders:1", essential: true, stopTimeout: 20, environment };
  return {
    family: "from-file",
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [{ ...container, portMappings: [{ containerPort: 8080, protocol: "tcp" }] }],
  };
}

describe("routes", () => {
  const onHeader: RuleDefinition = {
    name: "orders-test",
    priority: 10,
    when: { header: { name: "x-sluice-test", values: ["1"] } },
    action: { forward: { "orders-blue": 100 } },
  };
  const rule = (name: string, priority: number, path: string): RuleDefinition => ({
    name,
    priority,
    when: { path: [path] },
    action: { forward: BOTH },
  });
  const testListener: ListenerDefinition = { name: "test", default: { forward: { "orders-blue": 1 } } };

  test("a listener's default action, with a test listener beside it", async () => {
    const world = await open({ listeners: [{ name: "http", default: { forward: BOTH } }, testListener] });
    const load = world.load(120);
    await reach(world, { image: "orders:2", spec: specText({ production: ["http"], test: "test" }) });
    expect(weightsOf(world.sandbox, "http")).toEqual(SWAPPED);
    expect(Object.keys(weightsOf(world.sandbox, "test"))).toEqual(["orders-green"]);
    expect(writeNames(world.sandbox)).toContain("ModifyListener http");
    expect((await load.stop()).failed).toBe(0);
    expect(violationsOf(world.sandbox)).toEqual([]);
  });

  test("two production rules, and no bake: the old version drains all the same", async () => {
    const world = await open({
      listeners: [
        {
          name: "http",
          default: { respond: { status: 404 } },
          rules: [onHeader, rule("orders-more", 50, "/slow*"), rule("orders", 100, "/*")],
        },
      ],
    });
    const load = world.load(120);
    const spec = specText({
      production: ["http/orders", "http/orders-more"],
      with: { bake: "0s", gates: { errors: false } },
    });
    await reach(world, { image: "orders:2", spec });
    for (const route of ["http/orders", "http/orders-more"]) {
      expect(weightsOf(world.sandbox, route)).toEqual(SWAPPED);
      expect(writeNames(world.sandbox).filter((name) => name === `ModifyRule ${route}`)).toHaveLength(1);
    }
    const lastMs = (operation: string): number =>
      world.sandbox.calls.writes().findLast((call) => call.operation === operation)?.atMs ?? Number.NaN;
    expect(lastMs("UpdateTaskSet") - lastMs("ModifyRule")).toBeGreaterThanOrEqual(DRAIN_MS);
    expect((await load.stop()).failed).toBe(0);
    expect(violationsOf(world.sandbox)).toEqual([]);
  });
});
