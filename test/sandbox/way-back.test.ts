import { afterEach, expect, test } from "vitest";
import { ordersDefinition, specText } from "./orders.ts";
import {
  attemptedWrites,
  failuresOf,
  isBaking,
  lastSeq,
  sluiceTags,
  violationsOf,
  weightsOf,
  weightWrites,
} from "./reading.ts";
import { type Job, onlySet, openWorld, sleep, until, type World } from "./world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const RUN = "5001";
/** Longer than from one look of a job to the next. */
const BETWEEN_WRITES_MS = 3_000;
const MORE = "http/orders-more";

/** Two production rules, so that "one write each" says something. */
const definition = ordersDefinition({
  listeners: [
    {
      name: "http",
      default: { respond: { status: 404 } },
      rules: [
        {
          name: "orders-test",
          priority: 10,
          when: { header: { name: "x-sluice-test", values: ["1"] } },
          action: { forward: { "orders-blue": 100 } },
        },
        {
          name: "orders-more",
          priority: 50,
          when: { path: ["/slow*"] },
          action: { forward: { "orders-blue": 100, "orders-green": 0 } },
        },
        {
          name: "orders",
          priority: 100,
          when: { path: ["/*"] },
          action: { forward: { "orders-blue": 100, "orders-green": 0 } },
        },
      ],
    },
  ],
});
const spec = specText({ production: ["http/orders", MORE], with: { bake: "60s" } });

/** Promotes under load, and in the bake takes back by a job of its own, which is slow to write the second route. */
async function takeBack(killed: boolean): Promise<{ readonly world: World; readonly promoting: Job }> {
  world = await openWorld({ definition });
  const { sandbox } = world;
  const stable = onlySet(world.service()).id;
  const load = world.load(120);
  const promoting = world.start({ runId: RUN, image: "orders:2", spec });
  await promoting.until(isBaking);
  await until(() => (load.figures().versions["2"]?.requests ?? 0) > 100, "users on version 2");
  if (killed) {
    promoting.signal("SIGKILL");
    expect((await promoting.result).exitCode).toBeNull();
  }
  const flipped = lastSeq(sandbox);
  sandbox.faults.add({
    kind: "delay",
    operation: "ModifyRule",
    delayMs: BETWEEN_WRITES_MS,
    skip: 1,
    times: 1,
  });
  const back = await world.run({ runId: RUN, phase: "rollback", spec });
  expect(back.exitCode, back.log).toBe(0);
  expect(back.outputs).toMatchObject({ outcome: "reached", rollout: RUN });
  await sleep(1_500);
  const figures = await load.stop();

  for (const route of ["http/orders", MORE]) {
    expect(weightWrites(sandbox, route, { seq: flipped })).toEqual([
      { "orders-blue": 100, "orders-green": 0 },
    ]);
    expect(weightsOf(sandbox, route)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  }
  expect(failuresOf(figures)).toEqual([]);
  expect(figures.failed).toBe(0);
  expect(violationsOf(sandbox)).toEqual([]);
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY" });
  expect(sluiceTags(world.service().tags)).toEqual({ "sluice:aborted": RUN });
  return { world, promoting };
}

async function expectItNeverShipsAgain({ sandbox, run }: World): Promise<void> {
  const before = lastSeq(sandbox);
  for (const phase of ["stage", "promote", "rollout"]) {
    const again = await run({ runId: RUN, phase, image: "orders:2", spec });
    expect(again.exitCode, `${phase}: ${again.log}`).toBe(1);
    expect(again.outputs.outcome).toBe("failed");
    expect(again.outputs.reason).toContain(`rollout ${RUN} was taken back; it does not ship again`);
  }
  expect(attemptedWrites(sandbox, { seq: before })).toEqual([]);
}

test("a rollback beside the promoting job takes back, and that job ends without a word of its own", async () => {
  const { world, promoting } = await takeBack(false);
  const promoted = await promoting.result;
  expect(promoted.exitCode).toBe(1);
  expect(promoted.outputs.reason).toMatch(new RegExp(`rollout ${RUN} .*was taken back`));
  await expectItNeverShipsAgain(world);
});

test("a rollback after the promoting job was killed takes back", async () => {
  const { world } = await takeBack(true);
  await expectItNeverShipsAgain(world);
});
