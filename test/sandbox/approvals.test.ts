import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitHub, type GitHubSandbox } from "../../sandbox/github/github.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { byHand, decisionsIn, deploymentsOf, type Jobs, jobsOf, SHA } from "./github.ts";
import { ordersDefinition, ordersImage, specText } from "./orders.ts";
import { annotationsOf, attemptedWrites, failuresOf, lastSeq, violationsOf, weightsOf } from "./reading.ts";
import { runPost } from "./runner.ts";
import { type Job, onlySet, openWorld, until, type World } from "./world.ts";

/**
 * A canary in the jobs of a workflow, on AWS and on GitHub: people approve it, reject it, or never come, and meanwhile
 * the new version stays well or turns bad.
 */

let world: World;
let github: GitHubSandbox;
let jobs: Jobs;
let folder: string;

const APPROVAL = "production-approval";
const REQUESTS_PER_SECOND = 150;
const BLUE = { "orders-blue": 100, "orders-green": 0 };
const GREEN = { "orders-blue": 0, "orders-green": 100 };
const ERRORS = { period: "1s", "min-requests": 20, patience: "15s" };
const CANARY = { strategy: "canary", bake: "2s", gates: { errors: ERRORS } };
const STEPS = [{ weight: 25, bake: "1s" }, { approve: "look at the graphs" }];
const SPEC = { ...CANARY, steps: [...STEPS, { weight: 50, bake: "1s" }] };
/** A version that is good until `turnBad`. */
const MOODY = "orders:moody";
/** No sweep takes it back sooner: as long as the spec lets it be held after its bake. */
const HELD_MS = 1_000;
const CURRENT = { rollout: "current" };

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-approvals-"));
  github = await createGitHub();
  github.addEnvironment({ name: APPROVAL, reviewers: ["octocat"] });
  const image = ordersImage("moody");
  const moody = {
    ...image,
    command: ["node", "--import", resolve("test/sandbox/turns-bad.mjs"), "server.mjs"],
    environment: { ...image.environment, BAD_WHILE: badFile() },
  };
  world = await openWorld({ definition: ordersDefinition({ images: { [MOODY]: moody } }) });
  jobs = jobsOf(world, github, {
    spec: specText({ with: SPEC }),
    inputs: { environment: "production", "approval-environment": APPROVAL },
  });
});

afterEach(async () => {
  const violations = [...github.violations, ...violationsOf(world.sandbox)];
  await world.close();
  await github.close();
  rmSync(folder, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

const badFile = (): string => join(folder, "bad");

/** From now on the version that can be bad is, or it is no more. */
function turn(mood: "bad" | "good"): void {
  if (mood === "bad") writeFileSync(badFile(), "");
  else if (existsSync(badFile())) rmSync(badFile());
}

const isWatching = (at: string) => (line: JournalLine) =>
  line.kind === "waiting" && line.reason.startsWith(`watching at ${at} until somebody decides`);

/** A canary of `image`, staged and held at its approve step. */
async function hold(runId: number, image: string): Promise<void> {
  github.addRun({ id: runId, headSha: SHA });
  await jobs.green(runId, "stage", { image });
  const { outputs } = await jobs.green(runId, "shift");
  expect(outputs).toMatchObject({ outcome: "held", reason: expect.stringMatching(/^look at the graphs/) });
  expect(Object.values(weightsOf(world.sandbox)).toSorted()).toEqual([25, 75]);
}

/** The watch beside an approve job that waits, once it has judged what stands, and GitHub has answered it. */
async function watch(runId: number, at: string, inputs: Readonly<Record<string, string>> = {}): Promise<Job> {
  github.requestReview(runId, APPROVAL);
  const before = answers().length;
  const job = jobs.start(runId, "watch", { inputs });
  await Promise.all([
    job.until(isWatching(at)),
    until(() => answers().length > before, "GitHub answers whether somebody is asked"),
  ]);
  return job;
}

/** Of GitHub, to whether a run waits for a review: their statuses. */
const answers = (): readonly (number | undefined)[] =>
  github.calls
    .filter(({ operation }) => operation.includes("pending-deployments"))
    .map(({ status }) => status);

test("approved, it goes on, and everybody is on record", async () => {
  const load = world.load(REQUESTS_PER_SECOND);
  const spec = specText({
    with: { ...SPEC, steps: [{ weight: 5, bake: "1s" }, { approve: "look" }, { weight: 50, bake: "1s" }] },
  });
  const image = "orders:2";
  github.addRun({ id: 1001, headSha: SHA });
  const planned = await jobs.green(1001, "plan", { spec, image });
  expect(planned.outputs).toMatchObject({ "approve-steps": "1", "approve-promotion": "false" });
  await jobs.green(1001, "stage", { spec, image });
  await jobs.green(1001, "verify", { spec });
  expect((await jobs.green(1001, "shift", { spec })).outputs).toMatchObject({ outcome: "held" });
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 95, "orders-green": 5 });

  const first = await watch(1001, "5 %");
  github.review(1001, APPROVAL, { state: "approved", by: "octocat", comment: "Looks fine" });
  const gone = await jobs.green(1001, "shift", { spec, inputs: { approvals: "1" } });
  expect(gone.outputs).toMatchObject({ outcome: "reached" });
  expect(decisionsIn(gone)).toEqual(["approved by octocat: Looks fine"]);
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 50, "orders-green": 50 });
  const seen = await first.result;
  expect(seen.exitCode, seen.log).toBe(0);
  expect(seen.outputs).toMatchObject({
    outcome: "reached",
    reason: expect.stringMatching(/went on|nothing waits/),
  });

  const { permissions } = github.token;
  github.token.permissions = { contents: "read", deployments: "write" };
  const second = await watch(1001, "50 %", { approvals: "1" });
  github.review(1001, APPROVAL, { state: "approved", by: "octocat", comment: "All of it" });
  const promoted = await jobs.green(1001, "promote", { spec });
  expect(decisionsIn(promoted)).toEqual([]);
  expect(annotationsOf(promoted.log, "warning").join()).toContain("the job lacks `actions: read`");
  const blind = await second.result;
  expect(blind.exitCode, blind.log).toBe(0);
  expect(blind.outputs.reason).toMatch(/^the rollout went on: /);
  github.token.permissions = permissions;

  const finished = await jobs.green(1001, "finish", { spec });
  expect(decisionsIn(finished).toSorted()).toEqual([
    "approved by octocat: All of it",
    "approved by octocat: Looks fine",
  ]);
  expect(deploymentsOf(github)).toEqual([["1001", "in_progress", "success"]]);

  const seq = lastSeq(world.sandbox);
  const tooLate = await jobs.red(1001, "rollback", { spec });
  expect(tooLate.outputs.reason).toMatch(/^rollout 1001 is finished and orders:2 serves/);
  expect(attemptedWrites(world.sandbox, { seq })).toEqual([]);
  expect(deploymentsOf(github)).toEqual([["1001", "in_progress", "success"]]);

  github.addRun({ id: 1002, headSha: SHA, event: "workflow_dispatch" });
  const back = {
    spec,
    inputs: { ...CURRENT, to: "orders:1", reason: "carts were lost" },
    environment: byHand("octocat"),
  };
  expect(decisionsIn(await jobs.green(1002, "rollback", back))).toEqual([
    "rollback by octocat: carts were lost",
  ]);
  await jobs.green(1002, "rollback", back);
  expect(deploymentsOf(github)).toEqual([
    ["1001", "in_progress", "success", "inactive"],
    ["rollback-1002", "success"],
  ]);
  expect(github.deployments[1]?.description).toBe("orders: back to orders:1, by octocat: carts were lost");
  expect(weightsOf(world.sandbox)).toEqual(BLUE);
  expect(failuresOf(await load.stop())).toEqual([]);
});

test("rejected, it is taken back for good", async () => {
  const load = world.load(REQUESTS_PER_SECOND);
  const stable = onlySet(world.service()).id;
  await hold(2001, "orders:2");
  const rejected = await watch(2001, "25 %");
  github.review(2001, APPROVAL, { state: "rejected", by: "octocat", comment: "Not today" });
  const nobody = await rejected.result;
  expect(nobody.exitCode, nobody.log).toBe(0);
  expect(nobody.outputs.reason).toBe(`nothing waits for ${APPROVAL} any more`);
  expect(nobody.summary).not.toContain("does not ship again");
  const taken = await jobs.green(2001, "rollback");
  expect(decisionsIn(taken)).toEqual(["rejected by octocat: Not today"]);
  expect(weightsOf(world.sandbox)).toEqual(BLUE);
  expect(deploymentsOf(github)).toEqual([["2001", "in_progress", "failure"]]);
  for (const [phase, image] of [["stage", "orders:2"], ["promote"]] as const) {
    const again = await jobs.red(2001, phase, image ? { image } : {});
    expect(again.outputs.reason).toBe("rollout 2001 was taken back; it does not ship again");
    expect(annotationsOf(again.log, "error").join()).toContain("Start a new run to release again");
  }
  expect(onlySet(world.service()).id).toBe(stable);
  expect(deploymentsOf(github)).toEqual([["2001", "in_progress", "failure"]]);
  expect(failuresOf(await load.stop())).toEqual([]);
});

test("bad while somebody is asked, it is taken back, and an approval comes too late", async () => {
  const load = world.load(REQUESTS_PER_SECOND);
  const stable = onlySet(world.service()).id;
  await hold(2002, MOODY);
  const alert = await watch(2002, "25 %");
  turn("bad");
  const saved = await alert.result;
  expect(saved.exitCode, saved.log).toBe(1);
  expect(saved.outputs).toMatchObject({ outcome: "rolled-back", gate: "errors" });
  expect(weightsOf(world.sandbox)).toEqual(BLUE);
  github.review(2002, APPROVAL, { state: "approved", by: "octocat", comment: "Looks fine" });
  for (const phase of ["shift", "promote"]) {
    const late = await jobs.red(2002, phase, { inputs: { approvals: "1" } });
    expect(late.outputs.reason).toBe("rollout 2002 was taken back; it does not ship again");
    expect(decisionsIn(late)).toEqual(["approved by octocat: Looks fine"]);
  }
  expect(onlySet(world.service()).id).toBe(stable);
  expect(deploymentsOf(github)).toEqual([["2002", "in_progress", "failure"]]);

  turn("good");
  await hold(2003, MOODY);
  await judgesOnWithoutGitHub(2003);
  expect(weightsOf(world.sandbox)).toEqual(BLUE);
  expect(onlySet(world.service()).id).toBe(stable);
  expect((await load.stop()).versions["1"]?.failed).toBe(0);
});

/** Long enough for a watch to ask GitHub on a slow machine, and too short for it to ask anew. */
const A_WHILE = { "watch-for": "12s" };

/** GitHub fails, limits and is silent, each for a watch of its own; the last of them sees the version turn bad. */
async function judgesOnWithoutGitHub(runId: number): Promise<void> {
  const restored = github.fail({ kind: "server-error", status: 503 });
  const down = await watch(runId, "25 %", A_WHILE);
  await until(() => answeredBy(503) > 1, "the watch has asked GitHub twice");
  restored();
  const unlimited = github.fail({ kind: "rate-limit", status: 403, resetMs: Date.now() + 3_600_000 });
  const limited = await watch(runId, "25 %", A_WHILE);
  await until(() => answeredBy(403) > 1, "the watch has asked GitHub twice");
  unlimited();
  for (const { result } of [down, limited]) {
    const { exitCode, outputs, log } = await result;
    expect(exitCode, log).toBe(0);
    expect(outputs).toMatchObject({ outcome: "held", reason: expect.stringMatching(/\(watch-for\)/) });
    expect(annotationsOf(log, "warning").join()).toContain(`whether somebody is asked in ${APPROVAL}`);
  }
  const heard = github.fail({ kind: "hang" });
  const deaf = jobs.start(runId, "watch");
  await deaf.until(isWatching("25 %"));
  turn("bad");
  await until(() => weightsOf(world.sandbox)["orders-green"] === 0, "the bad version has no traffic");
  heard();
  const saved = await deaf.result;
  expect(saved.exitCode, saved.log).toBe(1);
  expect(saved.outputs).toMatchObject({ outcome: "rolled-back", gate: "errors" });
}

const answeredBy = (status: number): number => answers().filter((answer) => answer === status).length;

test("held without reviewers, it is promoted by hand, or taken back when nobody comes", async () => {
  const load = world.load(REQUESTS_PER_SECOND);
  jobs = jobsOf(world, github, {
    spec: specText({ with: SPEC }),
    inputs: { environment: "production" },
  });
  await hold(3001, "orders:2");
  expect(deploymentsOf(github)).toEqual([["3001", "in_progress"]]);
  const seq = lastSeq(world.sandbox);
  const young = await jobs.green(3100, "sweep");
  expect(young.outputs).toMatchObject({ outcome: "reached", rollout: "3001" });
  expect(young.outputs.reason).toMatch(
    /^rollout 3001 stands at 25 %: .*; unless it goes on it is taken back at 20/,
  );
  expect(young.summary).not.toContain("does not ship again");
  expect(attemptedWrites(world.sandbox, { seq })).toEqual([]);

  github.addRun({ id: 3002, headSha: SHA, event: "workflow_dispatch" });
  const look = jobs.start(3002, "watch", { inputs: CURRENT });
  await look.until(isWatching("25 %"));
  look.signal("SIGINT");
  const cancelled = await look.result;
  expect(cancelled.exitCode, cancelled.log).toBe(1);
  expect((await runPost(world, cancelled)).exitCode).toBe(0);
  expect(attemptedWrites(world.sandbox, { seq })).toEqual([]);
  expect(deploymentsOf(github)).toEqual([["3001", "in_progress"]]);

  const environment = byHand("hubot");
  const inputs = { ...CURRENT, reason: "the graphs are flat" };
  const promoted = await jobs.green(3002, "promote", { inputs, environment });
  expect(promoted.outputs).toMatchObject({ outcome: "reached", rollout: "3001" });
  expect(decisionsIn(promoted)).toEqual(["promotion by hubot: the graphs are flat"]);
  expect(weightsOf(world.sandbox)).toEqual(GREEN);
  const finished = await jobs.green(3002, "finish", { inputs: CURRENT, environment });
  expect(finished.outputs).toMatchObject({ outcome: "reached", rollout: "3001" });
  expect(deploymentsOf(github)).toEqual([["3001", "in_progress", "success"]]);

  await hold(3003, "orders:1");
  const timeouts = { held: "1s", stage: "1s", shift: "1s" };
  const gates = { errors: { ...ERRORS, patience: "1s" } };
  const spec = specText({ with: { ...SPEC, gates, timeouts } });
  await sleep(HELD_MS);
  const swept = await jobs.red(3101, "sweep", { spec });
  expect(swept.outputs).toMatchObject({ outcome: "rolled-back", gate: "held", rollout: "3003" });
  expect(swept.outputs.reason).toMatch(/^nobody has let it go on within 1s \(timeouts.held\)/);
  expect(deploymentsOf(github)).toEqual([
    ["3001", "in_progress", "success"],
    ["3003", "in_progress", "failure"],
  ]);
  expect(weightsOf(world.sandbox)).toEqual(GREEN);
  const nothing = await jobs.red(3004, "promote", { inputs, environment });
  expect(nothing.outputs.reason).toBe("no rollout is under way on this service");
  expect(failuresOf(await load.stop())).toEqual([]);
});

test("plan wants what people approve in to ask somebody, and what a rollback runs in to ask nobody", async () => {
  github.addRun({ id: 4001, headSha: SHA });
  github.addEnvironment({ name: "unguarded" });
  github.addEnvironment({ name: "slow", waitTimerMinutes: 10 });
  const image = "orders:2";
  const unguarded = { "approval-environment": "unguarded", environment: "slow" };
  const refused = await jobs.red(4001, "plan", { image, inputs: unguarded });
  expect(refused.outputs.reason).toMatch(/"unguarded" has no required reviewers, so nobody would be asked/);
  expect(refused.outputs.reason).toMatch(
    /"slow" has a wait timer of 10 min, for which every job of it waits/,
  );

  const spec = specText({ with: { ...SPEC, approvals: { protection: "warn" } } });
  const warned = await jobs.green(4001, "plan", {
    image,
    spec,
    inputs: { "approval-environment": "nowhere" },
  });
  expect(annotationsOf(warned.log, "warning").join()).toMatch(/"nowhere" does not exist/);
  expect(attemptedWrites(world.sandbox)).toEqual([]);
  expect(github.environments.map(({ name }) => name)).toEqual([APPROVAL, "unguarded", "slow"]);
  expect(github.deployments).toEqual([]);
});
