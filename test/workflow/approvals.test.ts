import { expect, onTestFinished, test } from "vitest";
import type { GitHubSandbox } from "../../sandbox/github/github.ts";
import { weightWrites } from "../sandbox/reading.ts";
import { onlySet, until } from "../sandbox/world.ts";
import { deploymentStates, expectNobodyHurt, jobOf, jobsOf, untilSays } from "./reading.ts";
import { APPROVAL, openScene } from "./scene.ts";
import { CANARY, LOAD } from "./specs.ts";

/**
 * A team with required reviewers. act runs an approve job at once; the GitHub of the sandbox says that it waits, which is
 * what `watch` goes by, and act's next jobs wait for `watch`.
 */

const SPEC = {
  ...CANARY,
  steps: [{ weight: 25, bake: "1s" }, { approve: "Look at the orders" }, { weight: 50, bake: "1s" }],
};

/** How often `watch` has asked what the run waits for; it ends only after an answer that said so. */
const timesAsked = ({ calls }: GitHubSandbox): number =>
  calls.filter(({ operation }) => operation === "actions/get-pending-deployments-for-run").length;

const untilAsked = (github: GitHubSandbox, times: number): Promise<void> =>
  until(() => timesAsked(github) >= times, "watch asks GitHub");

test("a canary goes on with each approval, and is watched until then", async () => {
  const scene = await openScene({ spec: SPEC, promotion: "reviewers" });
  onTestFinished(scene.close);
  const { world, github } = scene;
  const load = world.load(...LOAD);
  const runId = 5101;

  const run = scene.start("canary.yml", { runId, inputs: { image: "orders:2" } });
  expect(github.requestReview(runId, APPROVAL)).toBe("waiting");
  await untilSays(run, "watch-1", "watching");
  await untilAsked(github, 1);
  github.review(runId, APPROVAL, { state: "approved", by: "octocat", comment: "orders are fine" });
  await untilSays(run, "shift-2", "shift: begun");
  expect(github.requestReview(runId, APPROVAL)).toBe("waiting");
  const asked = timesAsked(github);
  await untilSays(run, "watch", "watching");
  await untilAsked(github, asked + 1);
  github.review(runId, APPROVAL, { state: "approved", by: "octocat", comment: "all of it" });
  const result = await run.result;

  expect(jobsOf(result).toSorted(), result.log).toEqual(
    [
      ...["plan", "stage", "verify", "shift", "approve-1", "watch-1", "shift-2"],
      ...["approve", "watch", "promote", "finish", "report"],
    ]
      .map((id) => `${id} success`)
      .toSorted(),
  );
  expect(weightWrites(world.sandbox)).toEqual([
    { "orders-blue": 75, "orders-green": 25 },
    { "orders-blue": 50, "orders-green": 50 },
    { "orders-blue": 0, "orders-green": 100 },
  ]);
  const report = jobOf(result, "report");
  expect(report.outputs).toMatchObject({ outcome: "reached", gate: "", rollout: "5101" });
  for (const said of ["octocat", "orders are fine", "all of it"]) expect(report.summary).toContain(said);
  expect(jobOf(result, "approve-1").summary).toContain(APPROVAL);
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "success"]]);
  await expectNobodyHurt(scene, load);
});
