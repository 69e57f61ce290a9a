import { afterEach, expect, test } from "vitest";
import type { JournalLine } from "../../src/core/journal.ts";
import { ordersDefinition, ordersImage, specText } from "./orders.ts";
import { openWorld, sleep, type World } from "./world.ts";

/** What containers really wrote, and what users really got, in the journal of a job that took a release back. */

const FATAL = "orders crash-loop: fatal: DATABASE_URL is not set";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** What replaces a task that crashed takes longer than a look, as it does on AWS: so its stop is seen. */
async function open(): Promise<World> {
  const { command, environment } = ordersImage("crash-once", "crash-after:15s");
  const slowToStart = { command, environment: { ...environment, WARM_UP_SECONDS: "5" } };
  const images = { "orders:crash-once": slowToStart };
  world = await openWorld({ definition: ordersDefinition({ images }) });
  return world;
}

type Stopped = Extract<JournalLine, { kind: "task-stopped" }>;

const stoppedIn = (journal: readonly JournalLine[]): readonly Stopped[] =>
  journal.filter((line): line is Stopped => line.kind === "task-stopped");

const isStop = (line: JournalLine): boolean =>
  line.kind === "observed" && line.observation.taskSets.some(({ stops }) => stops.length > 0);

test("a release that crashes is taken back, and its last words are in the journal and the job's log", async () => {
  const world = await open();
  const result = await world.run({ runId: "7101", image: "orders:crash-loop" });
  expect(result.exitCode, result.log).toBe(1);
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", gate: "tasks" });
  const stopped = stoppedIn(result.journal);
  expect(stopped).toHaveLength(3);
  for (const { stop, logs } of stopped) {
    expect(stop.exits).toEqual([{ container: "app", exitCode: 1 }]);
    expect(logs).toEqual([{ container: "app", lines: [expect.stringContaining(FATAL)] }]);
  }
  const back = result.journal.find((line) => line.kind === "phase-ended" && line.phase === "rollback");
  const took = (stopped.at(-1)?.atMs ?? 0) - (back?.atMs ?? 0);
  expect(took).toBeGreaterThanOrEqual(0);
  expect(took).toBeLessThan(12_000);
  expect(result.log).toContain(`app said last: ${FATAL}`);
});

test("a cancelled job has no time to explain", async () => {
  const world = await open();
  const job = world.start({
    runId: "7102",
    image: "orders:crash-once",
    spec: specText({ with: { bake: "40s" } }),
  });
  await job.until(isStop);
  const cancelledAtMs = Date.now();
  job.signal("SIGINT");
  const result = await job.result;
  expect(Date.now() - cancelledAtMs, result.log).toBeLessThan(7_500);
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", gate: "cancelled" });
  expect(stoppedIn(job.journal())).toEqual([]);
});

test("whoever cancels a job that explains does not wait for it", async () => {
  const world = await open();
  const job = world.start({ runId: "7105", image: "orders:crash-loop" });
  await job.until((line) => line.kind === "phase-ended" && line.phase === "rollback");
  const cancelledAtMs = Date.now();
  job.signal("SIGINT");
  const result = await job.result;
  expect(Date.now() - cancelledAtMs, result.log).toBeLessThan(3_000);
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", gate: "tasks" });
  const [stopped] = stoppedIn(job.journal());
  expect(stopped?.logs).toEqual([
    { container: "app", lines: [], missing: "the job was cancelled before they were read" },
  ]);
});

test("a rollback by hand says how the version did that it replaced", async () => {
  const world = await open();
  world.load(100);
  const spec = specText();
  const shipped = await world.run({ runId: "7103", image: "orders:slow", spec });
  expect(shipped.outputs, shipped.log).toMatchObject({ outcome: "reached" });
  await sleep(6_000);
  const back = await world.run({
    runId: "7104",
    phase: "rollback",
    spec,
    inputs: { rollout: "current" },
  });
  expect(back.outputs, back.log).toMatchObject({ outcome: "reached" });
  const compared = back.journal.find((line) => line.kind === "compared");
  expect(compared).toMatchObject({ taskDefinition: "orders:2" });
  const late = new Map(compared?.metrics.map((metric) => [metric.name, metric.late]));
  expect(late.get("mean response time")).toBeGreaterThan(700);
  expect(late.get("requests")).toBeGreaterThan(40);
  expect(late.get("bad requests")).toBeLessThan(5);
  expect(late.get("connection errors")).toBe(0);
});
