import { afterAll, beforeAll, beforeEach, expect, onTestFailed, test } from "vitest";
import { createGitHub } from "../../sandbox/github/github.ts";
import type { JobResult } from "../../src/cli/rehearse/job.ts";
import type { Load } from "../../src/cli/rehearse/load.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { groupArn, ordersDefinition, specText } from "./orders.ts";
import {
  annotationsOf,
  attemptedWrites,
  failuresOf,
  isBaking,
  lastSeq,
  violationsOf,
  weightsOf,
} from "./reading.ts";
import { runPost, startPost } from "./runner.ts";
import { onlySet, openWorld, until, type World } from "./world.ts";

let world: World;
let load: Load;

beforeAll(open);

beforeEach(renewOnFailure);

afterAll(async () => {
  await world?.close();
});

async function open(): Promise<void> {
  world = await openWorld({ definition: ordersDefinition({ deregistrationSeconds: 3 }) });
  load = world.load(100);
}

/** A failure leaves a rollout behind, which must not make the tests after it fail. */
function renewOnFailure(): void {
  onTestFailed(async () => {
    await world.close();
    await open();
  }, 60_000);
}

const NO_SMOKE = { "smoke-checks": [] };
const flip = specText({ with: { ...NO_SMOKE, bake: "60s" } });
const steps = specText({
  with: { ...NO_SMOKE, strategy: "canary", steps: [{ weight: 50, bake: "2s" }, { approve: true }] },
});

/** `journal`: all of it so far, which its post step goes on with. */
type Killed = JobResult & { journal(): readonly JournalLine[] };

/** A release in its bake, with all traffic, whose process is killed. */
async function killedInTheBake(runId: string, environment = {}, inputs = {}): Promise<Killed> {
  const job = world.start({ runId, spec: flip, image: "orders:2", environment, inputs });
  await job.until(isBaking);
  job.signal("SIGKILL");
  return { ...(await job.result), journal: job.journal };
}

/** A look that shows nobody sent to the new version. */
const showsNobodyThere = (line: JournalLine): boolean =>
  line.kind === "observed" &&
  line.observation.routes.every(({ weights }) =>
    weights.every((entry) => entry.groupArn === groupArn("orders-blue") || entry.weight === 0),
  );

/** Whoever calls has taken everything back. */
function expectOldVersionAlone(): void {
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100, steady: true });
  const figures = load.figures();
  expect(failuresOf(figures)).toEqual([]);
  expect(figures.failed).toBe(0);
  expect(violationsOf(world.sandbox)).toEqual([]);
}

test("a step that had begun nothing is left alone, and so is AWS", async () => {
  const main = await world.run({ runId: "6701", spec: "service: orders", image: "orders:2" });
  expect(main.exitCode).toBe(1);
  expect(main.state).toEqual({});
  const before = lastSeq(world.sandbox);
  const post = await runPost(world, main);
  expect(post.exitCode, post.log).toBe(0);
  expect(post.log).toContain("Nothing is taken back: this step had changed nothing.");
  expect(post.summary).toBe("");
  expect(lastSeq(world.sandbox)).toBe(before);
});

test("a release that is held by a job which fails later is taken back, and once is enough", async () => {
  const runId = "6702";
  for (const phase of ["stage", "shift"]) {
    const main = await world.run({ runId, spec: steps, phase, image: "orders:2" });
    expect(main.exitCode, main.log).toBe(0);
    if (phase === "stage") continue;
    expect(main.outputs.outcome).toBe("held");
    const post = await runPost(world, main);
    expect(post.exitCode, post.log).toBe(0);
    expect(post.summary).toContain("After the job failed or was cancelled after its shift");
    expectOldVersionAlone();
    const before = lastSeq(world.sandbox);
    const again = await runPost(world, main);
    expect(again.exitCode, again.log).toBe(0);
    expect(attemptedWrites(world.sandbox, { seq: before })).toEqual([]);
  }
});

/** What a post step has in all is minutes: this says that it does not wait for them. */
const SOON_MS = 60_000;

test("out of time before AWS lets it move the weights, it says who still gets the new version", async () => {
  const runId = "6703";
  const main = await killedInTheBake(runId);
  world.sandbox.faults.add({ kind: "throttle", operation: "ModifyRule" });
  const longAgo = { ...JSON.parse(main.state.progress ?? ""), cancelledAtMs: Date.now() - 600_000 };
  const beganAtMs = Date.now();
  const post = await runPost(world, { state: { ...main.state, progress: JSON.stringify(longAgo) } });
  expect(Date.now() - beganAtMs).toBeLessThan(SOON_MS);
  expect(post.exitCode).toBe(1);
  expect(annotationsOf(post.log, "error")).toEqual([
    expect.stringMatching(
      /not complete, and GitHub leaves .* no more time: up to 100 %25 of the traffic still goes to the new/,
    ),
  ]);
  expect(annotationsOf(post.log, "error")[0]).toContain(`run the rollback phase with rollout: ${runId}`);
  expect(post.summary).toContain("up to 100 %");
  world.sandbox.faults.clear();
  const job = await world.run({ runId, spec: flip, phase: "rollback" });
  expect(job.exitCode, job.log).toBe(0);
  expectOldVersionAlone();
});

test("told to stop twice while the new version drains, it says that no traffic goes there", async () => {
  const runId = "6704";
  const main = await killedInTheBake(runId);
  const before = main.journal().length;
  // It cannot come to its end before it is told to stop.
  world.sandbox.faults.add({ kind: "throttle", operation: "DeleteTaskSet" });
  const post = startPost(world, main);
  await until(() => main.journal().slice(before).some(showsNobodyThere), "the weights are back");
  post.signal("SIGINT");
  await until(() => post.log().includes("Going on"), "the first signal is heard");
  post.signal("SIGTERM");
  const { exitCode, log } = await post.result;
  expect(exitCode).toBe(1);
  expect(log).toContain("Going on: the weights come first.");
  expect(annotationsOf(log, "error")).toEqual([
    expect.stringMatching(/GitHub stops the job: no traffic goes to the new version any more/),
  ]);
  world.sandbox.faults.clear();
  const job = await world.run({ runId, spec: flip, phase: "rollback" });
  expect(job.exitCode, job.log).toBe(0);
  expectOldVersionAlone();
});

test("what it took back has failed on the rollout's Deployment", async () => {
  const runId = "6705";
  const github = await createGitHub();
  try {
    const { headSha } = github.addRun({ id: Number(runId) });
    const environment = {
      GITHUB_API_URL: github.url,
      GITHUB_REPOSITORY: `${github.repository.owner}/${github.repository.name}`,
      GITHUB_SHA: headSha,
    };
    const token = { "github-token": github.token.value };
    const main = await killedInTheBake(runId, environment, { ...token, environment: "production" });
    const post = await runPost(world, main, { environment, inputs: token });
    expect(post.exitCode, post.log).toBe(0);
    const states = github.deployments.map(({ statuses }) => statuses.map(({ state }) => state));
    expect(states).toEqual([["in_progress", "failure"]]);
    expect(github.violations).toEqual([]);
    expect(`${JSON.stringify(main.state)}`).not.toContain(github.token.value);
    expectOldVersionAlone();
  } finally {
    await github.close();
  }
});
