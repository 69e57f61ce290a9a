import { expect, onTestFinished, test } from "vitest";
import { weightsOf, weightWrites } from "../sandbox/reading.ts";
import { onlySet } from "../sandbox/world.ts";
import { loseRunner } from "./lost-runner.ts";
import {
  deploymentStates,
  expectNobodyHurt,
  expectRulesKept,
  jobOf,
  jobsOf,
  reportOf,
  untilSays,
} from "./reading.ts";
import { openScene } from "./scene.ts";
import { CANARY, LOAD } from "./specs.ts";

/** Releases that must not stay. */

/** One in five fails: of 20 requests none in one case of a hundred, and those would pass; of 60 in one of a million. */
const FAILING = { ...CANARY, gates: { errors: { period: "1s", "min-requests": 60, patience: "60s" } } };

test("a canary that fails its users is taken back, and the report says by which numbers", async () => {
  const scene = await openScene({ spec: FAILING, promotion: "nobody" });
  onTestFinished(scene.close);
  const { world } = scene;
  const stable = onlySet(world.service()).id;
  const load = world.load(...LOAD);

  const result = await scene.run("canary.yml", { runId: 5201, inputs: { image: "orders:3" } });
  const figures = await load.stop();
  expect(jobsOf(result), result.log).toEqual([
    "plan success",
    "stage success",
    "verify success",
    "shift failure",
    "rollback success",
    "report success",
  ]);
  expect(result.exitCode).toBe(1);
  expect(jobOf(result, "report").outputs).toMatchObject({ outcome: "rolled-back", gate: "errors" });
  expect(await reportOf(scene, 5201)).toContain("The gate **errors**");
  expect(weightWrites(world.sandbox)).toEqual([
    { "orders-blue": 50, "orders-green": 50 },
    { "orders-blue": 100, "orders-green": 0 },
  ]);
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY", scalePercent: 100 });
  expect(figures.versions["1"]).toMatchObject({ failed: 0 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "failure"]]);
  expectRulesKept(scene);
});

test("an image whose tasks do not start never gets traffic, and its task set is removed", async () => {
  const scene = await openScene({ spec: CANARY, promotion: "nobody" });
  onTestFinished(scene.close);
  const { world } = scene;
  const stable = onlySet(world.service()).id;

  const result = await scene.run("canary.yml", { runId: 5202, inputs: { image: "orders:crash-loop" } });
  expect(jobsOf(result), result.log).toEqual([
    "plan success",
    "stage failure",
    "rollback success",
    "report success",
  ]);
  expect(jobOf(result, "report").outputs).toMatchObject({ outcome: "rolled-back" });
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(weightWrites(world.sandbox)).toEqual([]);
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "failure"]]);
  expectRulesKept(scene);
});

/** Longer than the test: what ends it is to be something else. */
const LONG_BAKE = { ...CANARY, steps: [{ weight: 50, bake: "10m" }] };

test("what a lost runner left is taken back by the rollback job, which has no word of it", async () => {
  const scene = await openScene({ spec: LONG_BAKE, promotion: "nobody", losesRunners: true });
  onTestFinished(scene.close);
  const { world } = scene;
  const stable = onlySet(world.service()).id;
  const load = world.load(...LOAD);

  const run = scene.start("canary.yml", { runId: 5203, inputs: { image: "orders:2" } });
  await untilSays(run, "shift", "baking");
  await loseRunner(5203, "shift");
  const result = await run.result;
  expect(jobsOf(result), result.log).toEqual([
    "plan success",
    "stage success",
    "verify success",
    "shift failure",
    "rollback success",
    "report success",
  ]);
  expect(jobOf(result, "shift").log).not.toContain("rolling back");
  expect(jobOf(result, "report").outputs).toMatchObject({ outcome: "rolled-back" });
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "failure"]]);
  await expectNobodyHurt(scene, load);
});

test("a run that is cancelled in the bake is taken back by the job's own post step", async () => {
  const scene = await openScene({ spec: LONG_BAKE, promotion: "nobody" });
  onTestFinished(scene.close);
  const { world } = scene;
  const stable = onlySet(world.service()).id;
  const load = world.load(...LOAD);

  const run = scene.start("canary.yml", { runId: 5204, inputs: { image: "orders:2" } });
  await untilSays(run, "shift", "baking");
  run.cancel();
  const result = await run.result;
  // act begins the jobs that follow a cancellation, and skips all of their steps; GitHub does not skip them.
  expect(jobsOf(result).slice(3), result.log).toEqual([
    "shift failure",
    "rollback success",
    "report success",
  ]);
  expect(jobOf(result, "shift").log).toContain("Taking the rollout back");
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "failure"]]);
  await expectNobodyHurt(scene, load);
});
