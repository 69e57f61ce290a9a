import { expect, onTestFinished, test } from "vitest";
import { attemptedWrites, lastSeq, weightsOf } from "../sandbox/reading.ts";
import { onlySet } from "../sandbox/world.ts";
import { deploymentStates, expectNobodyHurt, jobOf, jobsOf } from "./reading.ts";
import { openScene } from "./scene.ts";
import { CANARY, LOAD } from "./specs.ts";

/** A team without required reviewers: all starters as they are, and people who dispatch them. */

test("a canary is held, swept, promoted by dispatch, and taken back by dispatch", async () => {
  const scene = await openScene({ spec: CANARY });
  onTestFinished(scene.close);
  const { world } = scene;
  const load = world.load(...LOAD);

  const held = await scene.run("canary.yml", { runId: 5001, inputs: { image: "orders:2" } });
  expect(jobsOf(held), held.log).toEqual([
    "plan success",
    "stage success",
    "verify success",
    "shift success",
    "report success",
  ]);
  expect(held.exitCode).toBe(0);
  expect(jobOf(held, "report").outputs).toMatchObject({ outcome: "held", rollout: "5001" });
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 50, "orders-green": 50 });
  expect(deploymentStates(scene)).toEqual([["in_progress"]]);

  const before = lastSeq(world.sandbox);
  const swept = await scene.run("sweep.yml", { runId: 5002, event: "schedule" });
  expect(jobsOf(swept), swept.log).toEqual(["sweep success"]);
  expect(jobOf(swept, "sweep").outputs).toMatchObject({
    outcome: "reached",
    reason: expect.stringContaining("rollout 5001 stands at 50 %"),
  });
  expect(attemptedWrites(world.sandbox, { seq: before })).toEqual([]);

  const promoted = await scene.run("promote.yml", {
    runId: 5003,
    inputs: { reason: "the owner has seen it" },
  });
  expect(jobsOf(promoted), promoted.log).toEqual([
    "look success",
    "promote success",
    "finish success",
    "report success",
  ]);
  expect(jobOf(promoted, "report").outputs).toMatchObject({ outcome: "reached", rollout: "5001" });
  expect(jobOf(promoted, "report").summary).toContain("the owner has seen it");
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "success"]]);

  const back = await scene.run("rollback.yml", { runId: 5004, inputs: { reason: "orders go missing" } });
  expect(jobsOf(back), back.log).toEqual(["rollback success", "report success"]);
  expect(back.exitCode).toBe(0);
  const told = jobOf(back, "report").summary;
  expect(told).toContain("orders go missing");
  expect(told, "the journals of the run that released it are found").toContain(
    "**errors** had nothing against it",
  );
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "success", "inactive"], ["success"]]);
  await expectNobodyHurt(scene, load);
});

test("a canary that is held is taken back by dispatch, and nothing of it stays", async () => {
  const scene = await openScene({ spec: CANARY });
  onTestFinished(scene.close);
  const { world } = scene;
  const stable = onlySet(world.service()).id;
  const load = world.load(...LOAD);

  const held = await scene.run("canary.yml", { runId: 5011, inputs: { image: "orders:2" } });
  expect(jobOf(held, "report").outputs).toMatchObject({ outcome: "held" });
  const back = await scene.run("rollback.yml", { runId: 5012, inputs: { reason: "the owner said no" } });
  expect(jobsOf(back), back.log).toEqual(["rollback success", "report success"]);
  expect(jobOf(back, "report").outputs).toMatchObject({ outcome: "reached", rollout: "5011" });
  expect(jobOf(back, "report").summary).toContain("the owner said no");
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "failure"]]);
  await expectNobodyHurt(scene, load);
});
