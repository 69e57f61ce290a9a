import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Load } from "../../src/cli/rehearse/load.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { mortalImage, ordersDefinition, specText } from "./orders.ts";
import { isBaking, lastSeq } from "./reading.ts";
import { openWorld, sleep, type World } from "./world.ts";

/** What containers really wrote, and what users really got, in the journal of a job that took a release back. */

const FATAL = "orders crash-loop: fatal: DATABASE_URL is not set";

let world: World | undefined;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-explains-"));
});

afterEach(async () => {
  await world?.close();
  world = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const MORTAL = "orders:mortal";
const deathFile = (): string => join(folder, "dies");

async function open(): Promise<World> {
  const images = { [MORTAL]: mortalImage("mortal", deathFile()) };
  world = await openWorld({ definition: ordersDefinition({ images }) });
  return world;
}

/** After a task's end, what is told of it takes so long at least where CloudWatch Logs does not answer: 6 s, twice 2 s. */
const UNCANCELLED_MS = 10_000;

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
    image: MORTAL,
    spec: specText({ with: { bake: "60s", gates: { errors: false } } }),
  });
  await job.until(isBaking);
  writeFileSync(deathFile(), "once");
  await job.until(isStop);
  const seq = lastSeq(world.sandbox);
  job.signal("SIGINT");
  const result = await job.result;
  expect(result.outputs, result.log).toMatchObject({ outcome: "rolled-back", gate: "cancelled" });
  expect(stoppedIn(job.journal())).toEqual([]);
  const asked = world.sandbox.calls.calls.filter((call) => call.seq > seq).map(({ operation }) => operation);
  expect(asked).not.toContain("DescribeTaskDefinition");
  expect(asked).not.toContain("GetLogEvents");
});

test.each([
  ["lines that have yet to arrive", "GetLogEvents"],
  ["an answer that does not come", "DescribeTaskDefinition"],
])("whoever cancels a job that explains does not wait for %s", async (_what, operation) => {
  const world = await open();
  const job = world.start({ runId: "7105", image: "orders:crash-loop" });
  await job.until(({ kind }) => kind === "rolling-back");
  world.sandbox.faults.add({ kind: "timeout", operation });
  await job.until((line) => line.kind === "phase-ended" && line.phase === "rollback");
  job.signal("SIGINT");
  const result = await job.result;
  expect(result.outputs, result.log).toMatchObject({ outcome: "rolled-back", gate: "tasks" });
  const stopped = stoppedIn(job.journal()).at(-1);
  expect((stopped?.atMs ?? 0) - (stopped?.stop.stoppedAtMs ?? 0)).toBeLessThan(UNCANCELLED_MS);
  expect(stopped?.logs).toEqual([
    { container: "app", lines: [], missing: "the job was cancelled before they were read" },
  ]);
});

/** Answers a second that users get for a while, however many that are on this machine. */
async function rateOf(load: Load, forMs: number): Promise<number> {
  const [fromMs, before] = [Date.now(), load.figures().requests];
  await sleep(forMs);
  return ((load.figures().requests - before) * 1_000) / (Date.now() - fromMs);
}

test("a rollback by hand says how the version did that it replaced", async () => {
  const world = await open();
  const load = world.load(100);
  const spec = specText();
  const shipped = await world.run({ runId: "7103", image: "orders:slow", spec });
  expect(shipped.outputs, shipped.log).toMatchObject({ outcome: "reached" });
  const perSecond = await rateOf(load, 6_000);
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
  expect(late.get("requests")).toBeGreaterThan(perSecond / 2);
  expect(late.get("requests")).toBeLessThan(perSecond * 2);
  expect(late.get("bad requests")).toBeLessThan(5);
  expect(late.get("connection errors")).toBe(0);
});
