import { expect, onTestFinished, test } from "vitest";
import { weightsOf } from "../sandbox/reading.ts";
import { onlySet, sleep } from "../sandbox/world.ts";
import { deploymentStates, expectNobodyHurt, jobOf, jobsOf } from "./reading.ts";
import { openScene } from "./scene.ts";
import { CANARY, LOAD } from "./specs.ts";

/** No rollout counts as forgotten while a job of it may still be at work, so these limit how soon one may. */
const LIMIT_SECONDS = 15;
const LIMIT = `${LIMIT_SECONDS}s`;
const SPEC = { ...CANARY, timeouts: { held: "1s", stage: LIMIT, shift: LIMIT } };

test("a canary that nobody promotes in time is taken back by the scheduled sweep", async () => {
  const scene = await openScene({ spec: SPEC });
  onTestFinished(scene.close);
  const { world } = scene;
  const stable = onlySet(world.service()).id;
  const load = world.load(...LOAD);

  const held = await scene.run("canary.yml", { runId: 5401, inputs: { image: "orders:2" } });
  expect(jobOf(held, "report").outputs).toMatchObject({ outcome: "held" });
  await sleep(LIMIT_SECONDS * 1000);
  const swept = await scene.run("sweep.yml", { runId: 5402, event: "schedule" });
  expect(jobsOf(swept), swept.log).toEqual(["sweep failure"]);
  const { outputs, summary } = jobOf(swept, "sweep");
  expect(outputs).toMatchObject({ outcome: "rolled-back", gate: "held", rollout: "5401" });
  expect(summary).toContain("timeouts.held");
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY", scalePercent: 100 });
  expect(deploymentStates(scene)).toEqual([["in_progress", "failure"]]);
  await expectNobodyHurt(scene, load);
});
