import { afterEach, expect, test } from "vitest";
import { createClients } from "../../../src/aws/clients.ts";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
import { blameOf } from "../../../src/core/task-stops.ts";
import { createExplainer } from "../../../src/phases/explain.ts";
import { freshSet, observation, plan, stop } from "../../unit/core/world.ts";
import { type Ended, runPhase, writesOf } from "./phases.ts";
import { expectSafe } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** What the journal says of why a release failed, once its traffic is safe; and of what moved before a rollback by hand. */

const NO_DATABASE = "fatal: DATABASE_URL is not set";

let world: World | undefined;

afterEach(() => world?.close());

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({
    logs: true,
    behaviours: {
      "orders:crash-loop": {
        readyAfterMs: "never",
        crash: { afterMs: 3_000, exitCode: 1 },
        says: [NO_DATABASE],
      },
      "orders:3": { errorRate: 0.2, says: ["no cache to connect to"] },
    },
    ...options,
  });
  return world;
}

type Stopped = Extract<JournalLine, { kind: "task-stopped" }>;

const stoppedIn = ({ lines }: Ended): readonly Stopped[] =>
  lines.filter((line): line is Stopped => line.kind === "task-stopped");

/** Nothing is explained before the traffic is safe. */
function expectLast({ lines }: Ended): void {
  const first = lines.findIndex(({ kind }) => kind === "task-stopped");
  const back = lines.findIndex((line) => line.kind === "phase-ended" && line.phase === "rollback");
  expect(back).toBeGreaterThan(0);
  expect(first).toBeGreaterThan(back);
}

test("tasks that cannot live are told, the latest three, with what they said last and what to do", async () => {
  const world = await open();
  const ended = await runPhase(world, "rollout", { image: "orders:crash-loop" });
  expect(ended.outcome).toMatchObject({
    kind: "rolled-back",
    gate: "tasks",
    hint: expect.stringContaining("last log lines"),
  });
  expectLast(ended);
  const stopped = stoppedIn(ended);
  expect(stopped).toHaveLength(3);
  for (const { stop, logs } of stopped) {
    expect(stop).toMatchObject({ stopCode: "EssentialContainerExited", exits: [{ exitCode: 1 }] });
    expect(logs).toEqual([
      {
        container: "app",
        lines: ["orders:crash-loop started", NO_DATABASE, "orders:crash-loop exited with code 1"],
      },
    ]);
  }
  const times = stopped.map(({ stop }) => stop.stoppedAtMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(new Set(stopped.map(({ stop }) => stop.taskArn)).size).toBe(3);
  expectSafe(world);
});

test("where no task stopped by itself, one that the rollback has stopped tells what it said", async () => {
  const world = await open();
  const ended = await runPhase(world, "rollout", { image: "orders:3" });
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
  expectLast(ended);
  const [stopped, ...others] = stoppedIn(ended);
  expect(others).toEqual([]);
  expect(stopped && blameOf(stopped.stop)).toBe("foreign");
  expect(stopped?.logs[0]?.lines).toContain("no cache to connect to");
  expectSafe(world);
});

test.each([
  [0, 6_000],
  [4_000, 2_000],
  [60_000, 0],
])("the lines of a task that stopped %s ms ago are given %s ms to arrive", async (agoMs, waitMs) => {
  const world = await open();
  const { clock } = world;
  const lines: JournalEvent[] = [];
  const { record, explain } = createExplainer(createClients(world.sandbox.account.region), {
    plan: plan({ clusterArn: "shop" }),
    record: (event) => lines.push(event),
    clock,
    signal: new AbortController().signal,
  });
  const stops = [stop({ stoppedAtMs: clock.nowMs() - agoMs })];
  const fresh = freshSet({ taskDefinitionArn: "orders:1", stops });
  record({ kind: "observed", observation: observation({ taskSets: [fresh] }) });
  const beganMs = clock.nowMs();
  await explain();
  expect(clock.nowMs() - beganMs).toBe(waitMs);
  expect(lines.map(({ kind }) => kind)).toEqual(["observed", "task-stopped"]);
  await explain();
  expect(lines).toHaveLength(2);
});

test("a role that may not read logs loses nothing else", async () => {
  const world = await open();
  world.sandbox.faults.enforce({
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["*"], Resource: ["*"] },
      {
        Effect: "Deny",
        Action: ["logs:GetLogEvents"],
        Resource: ["arn:aws:logs:eu-west-1:123456789012:log-group:/ecs/orders:log-stream:orders/app/*"],
      },
    ],
  });
  const ended = await runPhase(world, "rollout", { image: "orders:crash-loop" });
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "tasks" });
  const [stopped] = stoppedIn(ended);
  expect(stopped?.logs).toEqual([
    { container: "app", lines: [], missing: expect.stringContaining("logs:GetLogEvents") },
  ]);
});

test("a release that is good, or that a person takes back, has nothing to explain", async () => {
  const world = await open();
  const staged = await runPhase(world, "stage", { image: "orders:2" });
  const back = await runPhase(world, "rollback");
  const good = await runPhase(world, "rollout", { rollout: "r2", image: "orders:4" });
  expect([staged, back, good].map(({ outcome }) => outcome.kind)).toEqual(["reached", "reached", "reached"]);
  expect([staged, back, good].flatMap(stoppedIn)).toEqual([]);
});

/** Releases orders:2, which goes bad some minutes after. */
async function goneBad(options: WorldOptions = {}): Promise<World> {
  const world = await open(options);
  expect((await runPhase(world, "rollout", { image: "orders:2" })).outcome).toMatchObject({
    kind: "reached",
  });
  await world.clock.advance(20 * 60_000);
  world.runtime.setBehaviour("orders:2", { errorRate: 0.25, latencyMs: 300 });
  await world.clock.advance(10 * 60_000);
  return world;
}

const goBack = (world: World): Promise<Ended> =>
  runPhase(world, "rollback", { rollout: "current", runId: "101" });

test("a rollback by hand says which figures had moved, after the traffic has", async () => {
  const world = await goneBad();
  const ended = await goBack(world);
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  const kinds = ended.lines.map((line) => ("phase" in line ? `${line.phase} ${line.kind}` : line.kind));
  const at = kinds.indexOf("compared");
  expect(kinds.slice(at - 1, at + 2)).toEqual(["promote phase-ended", "compared", "finish phase-begun"]);
  const compared = ended.lines.filter((line) => line.kind === "compared");
  expect(compared).toHaveLength(1);
  expect(compared[0]?.taskDefinition).toBe("orders:2");
  const figure = (name: string) => compared[0]?.metrics.find((metric) => metric.name === name);
  expect(figure("bad requests")?.early).toBe(0);
  expect(figure("bad requests")?.late).toBeGreaterThan(15);
  expect(figure("bad requests")?.late).toBeLessThan(35);
  expect(figure("mean response time")).toMatchObject({
    early: expect.closeTo(10, 0),
    late: expect.closeTo(300, 0),
  });
  expect(figure("requests")?.late).toBeGreaterThan(30);
  expectSafe(world);
});

test("figures that cannot be had keep nobody from going back", async () => {
  const world = await goneBad();
  world.sandbox.faults.add({ kind: "error", code: "AccessDenied", operation: "cloudwatch:GetMetricData" });
  const ended = await goBack(world);
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  expect(ended.lines.find((line) => line.kind === "compared")).toMatchObject({
    metrics: [],
    missing: expect.stringContaining("cloudwatch:GetMetricData: AccessDenied"),
  });
  expect(writesOf(world, ended)).toContain("ecs:DeleteTaskSet");
});

test("a dry run compares nothing", async () => {
  const world = await goneBad();
  const ended = await runPhase(world, "rollback", { rollout: "current", runId: "101", dryRun: true });
  expect(ended.lines.map(({ kind }) => kind)).not.toContain("compared");
  expect(ended.lines.filter((line) => line.kind === "foreseen").length).toBeGreaterThan(3);
});
