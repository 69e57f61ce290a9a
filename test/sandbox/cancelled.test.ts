import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import type { JobResult } from "../../src/cli/rehearse/job.ts";
import type { Load } from "../../src/cli/rehearse/load.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { ordersDefinition, specText } from "./orders.ts";
import {
  annotationsOf,
  failuresOf,
  isBaking,
  lastSeq,
  sluiceTags,
  violationsOf,
  weightsOf,
  writeNames,
} from "./reading.ts";
import { cancel, cancelAndKill, GITHUBS_PATIENCE, runPost } from "./runner.ts";
import { type Job, onlySet, openWorld, type World } from "./world.ts";

let world: World;
let load: Load;

beforeAll(open);
afterAll(async () => {
  await world?.close();
});

async function open(): Promise<void> {
  world = await openWorld({ definition: ordersDefinition({ deregistrationSeconds: 2 }) });
  load = world.load(100);
}

/** A failure leaves a rollout behind, which must not make the tests after it fail. */
function renewOnFailure(): void {
  onTestFailed(async () => {
    await world.close();
    await open();
  }, 60_000);
}

const SMOKE = { "smoke-checks": [] };
const flip = specText({ with: { ...SMOKE, bake: "60s" } });
/** Its verification goes on for long. */
const unverified = specText({ with: { "smoke-checks": [{ path: "/nowhere", attempts: 100 }] } });
const canary = (bake: string): string =>
  specText({
    with: { ...SMOKE, strategy: "canary", bake: "60s", steps: [{ weight: 50, bake }, { approve: true }] },
  });
const steps = canary("2s");
/** No job of it gets beyond its first step. */
const long = canary("60s");

interface Case {
  readonly runId: string;
  readonly spec: string;
  /** What other jobs of the run have done before. */
  readonly before: readonly string[];
  readonly phase: string;
  /** In the middle of it. */
  readonly when: (line: JournalLine) => boolean;
  /** Why its post step has something to do. */
  readonly why: string;
}

const begun = (line: JournalLine): boolean => line.kind === "phase-begun";
const writes =
  (kind: string) =>
  (line: JournalLine): boolean =>
    line.kind === "writing" && line.write.kind === kind;
const watches = (line: JournalLine): boolean => line.kind === "waiting" && line.reason.startsWith("watching");

const MIDDLES: readonly Case[] = [
  {
    runId: "6301",
    spec: flip,
    before: [],
    phase: "stage",
    when: writes("create-task-set"),
    why: "stage was stopped before it had ended",
  },
  {
    runId: "6302",
    spec: unverified,
    before: ["stage"],
    phase: "verify",
    when: begun,
    why: "verify was stopped before it had ended",
  },
  {
    runId: "6303",
    spec: long,
    before: ["stage"],
    phase: "shift",
    when: isBaking,
    why: "shift was stopped before it had ended",
  },
  {
    runId: "6304",
    spec: steps,
    before: ["stage", "shift"],
    phase: "watch",
    when: watches,
    why: "watch was stopped before it had ended",
  },
  {
    runId: "6305",
    spec: flip,
    before: ["stage"],
    phase: "promote",
    when: isBaking,
    why: "promote was stopped before it had ended",
  },
  {
    runId: "6306",
    spec: flip,
    before: [],
    phase: "rollout",
    when: isBaking,
    why: "rollout was stopped before it had ended",
  },
  {
    runId: "6307",
    spec: steps,
    before: ["stage", "shift"],
    phase: "rollback",
    when: begun,
    why: "the rollback was cancelled",
  },
];

/** Runs what comes before, and the phase until it is in its middle. */
async function inTheMiddle({ runId, spec, before, phase, when }: Omit<Case, "why">): Promise<Job> {
  for (const earlier of before) {
    const done = await world.run({ runId, spec, phase: earlier, image: "orders:2" });
    expect(done.exitCode, done.log).toBe(0);
  }
  const job = world.start({ runId, spec, phase, image: "orders:2" });
  await job.until(when);
  return job;
}

function expectNobodyHurt(): void {
  const figures = load.figures();
  expect(failuresOf(figures)).toEqual([]);
  expect(figures.failed).toBe(0);
  expect(violationsOf(world.sandbox)).toEqual([]);
}

function expectServing(group: "orders-blue" | "orders-green"): void {
  const other = group === "orders-blue" ? "orders-green" : "orders-blue";
  expect(weightsOf(world.sandbox)).toEqual({ [group]: 100, [other]: 0 });
  expect(weightsOf(world.sandbox, "http/orders-test")).toEqual({ [group]: 100 });
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100, steady: true });
}

/** The job's own words and its post step's, for a failure's message. */
const logsOf = (main: JobResult, post: JobResult): string => `${main.log}\n--- post\n${post.log}`;

async function expectTakenBack(runId: string, stable: string, main: JobResult): Promise<JobResult> {
  const post = await runPost(world, main);
  expect(post.exitCode, logsOf(main, post)).toBe(0);
  expect(onlySet(world.service()).id, logsOf(main, post)).toBe(stable);
  expectServing("orders-blue");
  expect(sluiceTags(world.service().tags)).toEqual({
    "sluice:aborted": expect.stringMatching(new RegExp(`^${runId}( |$)`)),
  });
  expectNobodyHurt();
  return post;
}

/** A cancelled rollback ends at once, and leaves the rest to whoever goes on. */
async function endedBy(job: Job): Promise<JobResult> {
  job.signal("SIGINT");
  return job.result;
}

test.each(MIDDLES)("$phase, cancelled in its middle: the old version serves alone", async (one) => {
  renewOnFailure();
  const stable = onlySet(world.service()).id;
  const job = await inTheMiddle(one);
  const main = await (one.phase === "rollback" ? endedBy(job) : cancelAndKill(world, job));
  expect(main.exitCode, main.log).toBe(one.phase === "rollback" ? 1 : null);
  const post = await expectTakenBack(one.runId, stable, main);
  expect(post.log).toContain(`Taking the rollout back, since ${one.why}.`);
  const before = lastSeq(world.sandbox);
  const again = await world.run({ runId: one.runId, spec: one.spec, phase: "rollback" });
  expect(again.exitCode, again.log).toBe(0);
  expect(writeNames(world.sandbox, { seq: before })).toEqual([]);
});

test.each([
  { runId: "6401", spec: long, before: ["stage"], phase: "shift", when: isBaking },
  { runId: "6402", spec: flip, before: [], phase: "rollout", when: isBaking },
])("$phase, killed without a word: the old version serves alone", async (one) => {
  renewOnFailure();
  const stable = onlySet(world.service()).id;
  const job = await inTheMiddle(one);
  job.signal("SIGKILL");
  const main = await job.result;
  expect(main.exitCode).toBeNull();
  const post = await expectTakenBack(one.runId, stable, main);
  expect(annotationsOf(post.log, "warning")).toHaveLength(1);
  expect(annotationsOf(post.log, "error")).toEqual([]);
  expect(post.summary).toContain(`${one.phase} was stopped before it had ended`);
});

test("with the patience that GitHub has the job takes it back itself, and its post step has nothing to do", async () => {
  renewOnFailure();
  const runId = "6501";
  const stable = onlySet(world.service()).id;
  const job = await inTheMiddle({ runId, spec: flip, before: [], phase: "rollout", when: isBaking });
  const main = await cancel(job, GITHUBS_PATIENCE);
  expect(main.outputs).toMatchObject({ outcome: "rolled-back", gate: "cancelled" });
  const before = lastSeq(world.sandbox);
  const post = await expectTakenBack(runId, stable, main);
  expect(post.log).toContain("Nothing is taken back: the rollout has been rolled back already.");
  expect(post.summary).toBe("");
  expect(lastSeq(world.sandbox)).toBe(before);
});

test("finish, cancelled in its middle: the new version keeps serving, and a new finish ends it", async () => {
  renewOnFailure();
  const runId = "6601";
  const spec = specText({ with: { ...SMOKE, bake: "1s" } });
  const when = writes("delete-task-set");
  const job = await inTheMiddle({ runId, spec, before: ["stage", "promote"], phase: "finish", when });
  const main = await cancelAndKill(world, job);
  const before = lastSeq(world.sandbox);
  const post = await runPost(world, main);
  expect(post.exitCode, post.log).toBe(0);
  expect(post.log).toContain("Nothing is taken back: finish had begun");
  expect(lastSeq(world.sandbox)).toBe(before);
  const again = await world.run({ runId, spec, phase: "finish" });
  expect(again.exitCode, again.log).toBe(0);
  expectServing("orders-green");
  expect(onlySet(world.service()).tags["sluice:rollout"]).toBe(runId);
  expectNobodyHurt();
});
