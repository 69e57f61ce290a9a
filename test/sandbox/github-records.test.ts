import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitHub, type GitHubSandbox } from "../../sandbox/github/github.ts";
import { specText } from "./orders.ts";
import { annotationsOf, violationsOf, weightsOf, writeNames } from "./reading.ts";
import { type JobOptions, openWorld, until, type World } from "./world.ts";

let world: World;
let github: GitHubSandbox;

beforeEach(async () => {
  github = await createGitHub();
  world = await openWorld();
});

afterEach(async () => {
  await world.close();
  await github.close();
  expect(github.violations).toEqual([]);
});

const SHA = "0123456789abcdef0123456789abcdef01234567";
const APPROVAL = "production-approval";
const BLUE = { "orders-blue": 100, "orders-green": 0 };
const GREEN = { "orders-blue": 0, "orders-green": 100 };
const STEPS = { strategy: "canary", steps: [{ weight: 50, bake: "1s" }, { approve: "look at the graphs" }] };

/** A job of a run, as GitHub starts it. */
function job(runId: number, phase: string, more: Partial<JobOptions> = {}): JobOptions {
  return {
    runId: String(runId),
    phase,
    spec: specText({ with: STEPS }),
    ...more,
    inputs: {
      environment: "production",
      "environment-url": "https://shop.example.com/",
      "approval-environment": APPROVAL,
      "github-token": github.token.value,
      ...more.inputs,
    },
    environment: {
      GITHUB_API_URL: github.url,
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_REPOSITORY: "octo-org/orders",
      GITHUB_SHA: SHA,
      ...more.environment,
    },
  };
}

async function green(options: JobOptions) {
  const result = await world.run(options);
  expect(result.exitCode, result.log).toBe(0);
  return result;
}

const records = () =>
  github.deployments.map(({ payload, statuses }) => [
    (payload as { readonly rollout: string }).rollout,
    ...statuses.map(({ state }) => state),
  ]);

test("a rollout's Deployment, from plan to a rollback by hand", async () => {
  github.addRun({ id: 5001, headSha: SHA });
  github.addEnvironment({ name: APPROVAL, reviewers: ["octocat"] });
  const image = "orders:2";
  const load = world.load(120);

  const planned = await green(job(5001, "plan", { image }));
  expect(planned.outputs).toMatchObject({ "approve-steps": "0", "approve-promotion": "true" });
  expect(github.deployments).toEqual([]);

  await green(job(5001, "stage", { image }));
  await green(job(5001, "verify"));
  const shifted = await green(job(5001, "shift"));
  expect(shifted.outputs).toMatchObject({ outcome: "held" });
  expect(github.deployments[0]?.statuses.at(-1)?.description).toMatch(/^shift: .*look at the graphs/);

  github.requestReview(5001, APPROVAL);
  const watch = world.start(job(5001, "watch"));
  const asked = () => github.calls.filter(({ operation }) => operation.includes("pending-deployments"));
  await until(() => asked().length > 0, "the watch asks whether somebody is waited for");
  github.review(5001, APPROVAL, { state: "approved", by: "octocat", comment: "Ship it" });
  expect((await watch.result).outputs).toMatchObject({
    outcome: "reached",
    reason: `nothing waits for ${APPROVAL} any more`,
  });

  const approved = { kind: "decided", what: "approved", by: "octocat", comment: "Ship it" };
  const promoted = await green(job(5001, "promote", { inputs: { approvals: "1" } }));
  expect(promoted.journal).toContainEqual(expect.objectContaining(approved));
  await green(job(5001, "finish"));
  expect(records().map((all) => all.filter(isNew))).toEqual([["5001", "in_progress", "success"]]);
  expect(github.deployments[0]?.statuses.at(-1)).toMatchObject({
    description: "orders:1 → orders:2",
    logUrl: "https://github.com/octo-org/orders/actions/runs/5001",
    environmentUrl: "https://shop.example.com/",
  });

  github.addRun({ id: 5002, headSha: SHA, event: "workflow_dispatch" });
  const back = await green(
    job(5002, "rollback", {
      inputs: { rollout: "current", reason: "checkout was slow" },
      environment: { GITHUB_EVENT_NAME: "workflow_dispatch", GITHUB_ACTOR: "octocat" },
    }),
  );
  const wanted = { kind: "decided", what: "rollback", by: "octocat", comment: "checkout was slow" };
  expect(back.journal).toContainEqual(expect.objectContaining(wanted));
  expect(records().map((all) => [all[0], all.at(-1)])).toEqual([
    ["5001", "inactive"],
    ["rollback-5002", "success"],
  ]);
  expect((await load.stop()).failed).toBe(0);
  expect(github.deployments[1]?.description).toBe("orders: back to orders:1, by octocat: checkout was slow");
  expect(violationsOf(world.sandbox)).toEqual([]);
});

/** Of equal neighbours the first. */
function isNew(state: string, index: number, all: readonly string[]): boolean {
  return state !== all[index - 1];
}

test("a release that is taken back is a failure, and GitHub's silence stops neither", async () => {
  github.addRun({ id: 6001, headSha: SHA });
  world.load(120);
  const spec = specText({ with: { bake: "20s" } });
  const bad = await world.run(job(6001, "rollout", { image: "orders:3", spec }));
  expect(bad.outputs, bad.log).toMatchObject({ outcome: "rolled-back", gate: "errors" });
  expect(records()).toEqual([["6001", "in_progress", "failure"]]);
  expect(github.deployments[0]?.statuses.at(-1)?.description).toMatch(/^rolled back \(errors\): /);
  const again = await world.run(job(6001, "rollback", { spec }));
  expect(again.outputs, again.log).toMatchObject({ outcome: "reached" });
  expect(records()).toEqual([["6001", "in_progress", "failure"]]);
  expect(weightsOf(world.sandbox)).toEqual(BLUE);

  github.fail({ kind: "hang" });
  const release = { image: "orders:2", spec: specText() };
  const beganMs = Date.now();
  const silent = await green(job(6002, "rollout", release));
  expect(Date.now() - beganMs, silent.log).toBeLessThan(80_000);
  expect(annotationsOf(silent.log, "warning").join("\n")).toContain("the Deployment is not recorded");
  expect(weightsOf(world.sandbox)).toEqual(GREEN);
  expect(records()).toHaveLength(1);
});

test("plan refuses environments that protect nothing, with all else that is wrong, and writes nothing", async () => {
  github.addRun({ id: 7001, headSha: SHA });
  github.addEnvironment({ name: "production", reviewers: ["octocat"] });
  const refused = await world.run(job(7001, "plan", { image: "orders:2" }));
  expect(refused.exitCode).toBe(1);
  expect(refused.outputs.reason).toMatch(/"production-approval" does not exist/);
  expect(refused.outputs.reason).toMatch(/"production" has required reviewers/);
  expect(writeNames(world.sandbox)).toEqual([]);
  expect(github.deployments).toEqual([]);

  github.token.permissions = { deployments: "read" };
  const unsure = await green(job(7001, "plan", { image: "orders:2" }));
  expect(annotationsOf(unsure.log, "warning").join("\n")).toContain("the job lacks `actions: read`");
  await green(job(7001, "stage", { image: "orders:2" }));
  expect(github.deployments).toEqual([]);
});
