import { afterEach, expect, test } from "vitest";
import { TAG } from "../../../src/core/tags.ts";
import { type Ended, runPhase, writesOf } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World } from "./world.ts";

/** Times in which no release may begin. The world's day begins at nine; it is warm twenty seconds later. */

const FREEZE = [
  { from: "2026-01-05T09:01:00Z", until: "2026-01-05T09:06:00Z", reason: "the year's accounts are closed" },
];
const LEFT = ["sluice:aborted"];

let world: World | undefined;

afterEach(() => world?.close());

async function open(): Promise<World> {
  world = await createWorld({ spec: { freeze: FREEZE }, requestsPerSecond: 20 });
  return world;
}

const advanceTo = (world: World, time: string): Promise<void> =>
  world.clock.advance(Date.parse(`2026-01-05T${time}Z`) - world.clock.nowMs());

function expectRefused(world: World, ended: Ended, why: string): void {
  expect(ended.outcome).toMatchObject({
    kind: "failed",
    error: { kind: "configuration", message: expect.stringContaining(why) },
  });
  expect(writesOf(world, ended)).toEqual([]);
}

test("in a window nothing begins and nothing is written; when it is over, the release ships", async () => {
  const world = await open();
  await advanceTo(world, "09:01:30");
  for (const phase of ["plan", "stage", "rollout"] as const) {
    expectRefused(world, await runPhase(world, phase), "until 2026-01-05T09:06:00Z (the year's accounts");
  }
  await expectAlone(world, "orders-blue", []);
  await advanceTo(world, "09:06:00");
  expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
  await expectAlone(world, "orders-green", LEFT);
  expectSafe(world);
});

test("what was under way when the window began is taken back", async () => {
  const world = await open();
  expect((await runPhase(world, "stage")).outcome).toMatchObject({ kind: "reached" });
  await advanceTo(world, "09:01:30");
  const back = await runPhase(world, "rollback");
  expect(back.outcome).toMatchObject({ kind: "reached" });
  expect(writesOf(world, back)).toContain("ecs:DeleteTaskSet");
  expectRefused(world, await runPhase(world, "stage", { rollout: "r2" }), "no release may begin");
  await expectAlone(world, "orders-blue", LEFT);
  expectSafe(world);
});

test("what was under way when the window began goes on", async () => {
  const world = await open();
  await runPhase(world, "stage");
  await advanceTo(world, "09:01:30");
  expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
  await expectAlone(world, "orders-green", LEFT);
  expectSafe(world);
});

test("people freeze the service with a tag, and lift it", async () => {
  const world = await open();
  const service = world.sandbox.ecs.view().services.find(({ name }) => name === "orders");
  const resourceArn = service?.arn;
  await world.api("ecs", "TagResource", { resourceArn, tags: [{ key: TAG.freeze, value: "incident 42" }] });
  const refused = await runPhase(world, "rollout");
  expectRefused(world, refused, "its tag sluice:freeze: incident 42");
  expectRefused(
    world,
    refused,
    `aws ecs untag-resource --resource-arn ${resourceArn} --tag-keys sluice:freeze`,
  );
  await world.api("ecs", "UntagResource", { resourceArn, tagKeys: [TAG.freeze] });
  expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
  await expectAlone(world, "orders-green", LEFT);
  expectSafe(world);
});
