import { afterAll, beforeAll, describe, expect, onTestFailed, test } from "vitest";
import type { FaultInput } from "../../sandbox/faults/schema.ts";
import type { Load } from "../../src/cli/rehearse/load.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { ordersDefinition, specText } from "./orders.ts";
import { failuresOf, isBaking, lastSeq, sluiceTags, violationsOf, weightsOf, writeNames } from "./reading.ts";
import { onlySet, openWorld, type World } from "./world.ts";

let world: World;
let load: Load;

beforeAll(async () => {
  world = await openWorld({ definition: ordersDefinition() });
  load = world.load(120);
});

afterAll(async () => {
  await world?.close();
});

/** Where the job's process dies: at a call of its, or when its journal says so. */
type Death =
  | { readonly kind: "at-call"; readonly fault: FaultInput }
  | { readonly kind: "when"; readonly what: (line: JournalLine) => boolean };

const at = (operation: string, when: "before" | "after", skip = 0): Death => ({
  kind: "at-call",
  fault: { kind: "kill", operation, when, skip, times: 1 },
});
const inTheBake: Death = { kind: "when", what: isBaking };

/** Runs a rollout whose process gets SIGKILL. */
async function runUntilKilled(runId: string, death: Death): Promise<void> {
  if (death.kind === "at-call") world.sandbox.faults.add(death.fault);
  const job = world.start({ runId, image: "orders:2", spec: death.kind === "when" ? longSpec : spec });
  if (death.kind === "when") {
    await job.until(death.what);
    job.signal("SIGKILL");
  }
  const result = await job.result;
  world.sandbox.faults.clear();
  expect(result.exitCode, result.log).toBeNull();
}

const spec = specText({ with: { bake: "2s" } });
/** Of a bake that is seen to last, however late its first look comes. */
const longSpec = specText({ with: { bake: "60s" } });

/** Nobody has been hurt since the last time this was asked. */
function expectNobodyHurt(): void {
  const figures = load.figures();
  expect(failuresOf(figures)).toEqual([]);
  expect(figures.failed).toBe(0);
  expect(violationsOf(world.sandbox)).toEqual([]);
}

function expectServing(group: string): void {
  const other = group === "orders-blue" ? "orders-green" : "orders-blue";
  expect(weightsOf(world.sandbox)).toEqual({ [group]: 100, [other]: 0 });
  expect(weightsOf(world.sandbox, "http/orders-test")).toEqual({ [group]: 100 });
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100, steady: true });
}

/** A failure leaves a rollout behind, which must not make the tests after it fail. */
function renewOnFailure(): void {
  onTestFailed(async () => {
    await world.close();
    world = await openWorld({ definition: ordersDefinition() });
    load = world.load(120);
  }, 60_000);
}

describe("a new process takes back what a killed one left", () => {
  test.each<[string, string, Death]>([
    ["before the new task set", "6001", at("CreateTaskSet", "before")],
    ["after the new task set", "6002", at("CreateTaskSet", "after")],
    ["before the flip", "6003", at("ModifyRule", "before", 1)],
    ["after the flip, unread", "6004", at("ModifyRule", "after", 1)],
    ["in the bake", "6005", inTheBake],
    ["after the new set became PRIMARY", "6006", at("UpdateServicePrimaryTaskSet", "after")],
    ["after the old set was scaled down", "6007", at("UpdateTaskSet", "after")],
  ])("%s", async (_where, runId, death) => {
    renewOnFailure();
    const stable = onlySet(world.service()).id;
    await runUntilKilled(runId, death);
    const back = await world.run({ runId, phase: "rollback", spec });
    expect(back.exitCode, back.log).toBe(0);
    expect(back.outputs.outcome).toBe("reached");
    expect(onlySet(world.service()).id).toBe(stable);
    expectServing("orders-blue");
    expect(sluiceTags(world.service().tags)).toEqual({
      "sluice:aborted": expect.stringMatching(new RegExp(`^${runId}( |$)`)),
    });
    expectNobodyHurt();
  });
});

test("SIGINT in the bake: the job takes its release back by itself, the weights first", async () => {
  renewOnFailure();
  const stable = onlySet(world.service()).id;
  const job = world.start({ runId: "6100", image: "orders:2", spec: longSpec });
  await job.until(isBaking);
  const before = lastSeq(world.sandbox);
  const interruptedAtMs = Date.now();
  job.signal("SIGINT");
  const result = await job.result;
  expect(result.exitCode).toBe(1);
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", gate: "cancelled" });
  const [first] = world.sandbox.calls.writes().filter(({ seq }) => seq > before);
  expect(first?.operation).toBe("ModifyRule");
  expect((first?.atMs ?? Number.POSITIVE_INFINITY) - interruptedAtMs).toBeLessThan(7_000);
  expect(onlySet(world.service()).id).toBe(stable);
  expectServing("orders-blue");
  expectNobodyHurt();
});

test("a rollout killed at every turn is finished by running it again", { timeout: 180_000 }, async () => {
  renewOnFailure();
  const runId = "6200";
  const before = lastSeq(world.sandbox);
  const deaths = [
    at("CreateTaskSet", "before"),
    at("CreateTaskSet", "after"),
    at("ModifyRule", "before", 1),
    at("ModifyRule", "after"),
    inTheBake,
    at("UpdateServicePrimaryTaskSet", "after"),
    at("UpdateTaskSet", "after"),
    at("DeleteTaskSet", "after"),
  ];
  for (const death of deaths) await runUntilKilled(runId, death);

  const finished = await world.run({ runId, image: "orders:2", spec });
  expect(finished.exitCode, finished.log).toBe(0);
  expect(finished.outputs.outcome).toBe("reached");
  const writes = writeNames(world.sandbox, { seq: before });
  for (const once of ["RegisterTaskDefinition", "CreateTaskSet", "ModifyRule http/orders", "DeleteTaskSet"]) {
    expect(
      writes.filter((name) => name === once),
      once,
    ).toHaveLength(1);
  }
  expectServing("orders-green");
  expect(onlySet(world.service()).tags["sluice:rollout"]).toBe(runId);
  expect(sluiceTags(world.service().tags)).not.toHaveProperty("sluice:shifted");

  const own = await world.run({ runId, phase: "rollback", spec });
  expect(own.exitCode, own.log).toBe(1);
  expect(own.outputs.reason).toContain(`rollout ${runId} is finished`);
  expectServing("orders-green");
  const current = { rollout: "current" };
  const back = await world.run({ runId, phase: "rollback", spec, inputs: current });
  expect(back.exitCode, back.log).toBe(0);
  expectServing("orders-blue");
  expect(onlySet(world.service()).tags["sluice:rollout"]).toBe(`rollback-${runId}`);
  expectNobodyHurt();
});
