import { expect, onTestFinished, test } from "vitest";
import { attemptedWrites } from "../sandbox/reading.ts";
import { onlySet } from "../sandbox/world.ts";
import { deploymentStates, expectNobodyHurt, expectRulesKept, jobOf, jobsOf } from "./reading.ts";
import { openScene } from "./scene.ts";
import { BLUE_GREEN, CANARY, LOAD, ROLLING, ROLLING_SETTINGS } from "./specs.ts";

/** Good releases that nobody approves. */

const RELEASES = [
  { workflow: "canary.yml", spec: CANARY, settings: {}, shifts: ["shift"] },
  { workflow: "blue-green.yml", spec: BLUE_GREEN, settings: {}, shifts: [] },
  { workflow: "rolling.yml", spec: ROLLING, settings: ROLLING_SETTINGS, shifts: ["shift"] },
];

test.each(RELEASES)(
  "$workflow releases without a failed request",
  async ({ workflow, spec, settings, shifts }) => {
    const scene = await openScene({ spec, settings, promotion: "nobody" });
    onTestFinished(scene.close);
    const { world } = scene;
    const stable = onlySet(world.service()).id;
    const load = world.load(...LOAD);

    const result = await scene.run(workflow, { runId: 5301, inputs: { image: "orders:2" } });
    expect(jobsOf(result), result.log).toEqual(
      ["plan", "stage", "verify", ...shifts, "promote", "finish", "report"].map((id) => `${id} success`),
    );
    expect(jobOf(result, "report").outputs).toMatchObject({ outcome: "reached", gate: "", rollout: "5301" });
    const served = onlySet(world.service());
    expect(served).toMatchObject({ status: "PRIMARY", scalePercent: 100, steady: true });
    expect(served.id).not.toBe(stable);
    expect(deploymentStates(scene)).toEqual([["in_progress", "success"]]);
    await expectNobodyHurt(scene, load);
  },
);

test("without the variable that names the role nothing is done, and the log says which", async () => {
  const scene = await openScene({ spec: CANARY, hasRole: false });
  onTestFinished(scene.close);

  const result = await scene.run("canary.yml", { runId: 5302, inputs: { image: "orders:2" } });
  expect(jobsOf(result), result.log).toEqual(["plan failure", "report success"]);
  expect(jobOf(result, "plan").log).toContain("role-to-assume is empty");
  expect(attemptedWrites(scene.world.sandbox)).toEqual([]);
  expect(scene.github.deployments).toEqual([]);
  expectRulesKept(scene);
});
