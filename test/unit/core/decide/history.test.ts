import { expect, test } from "vitest";
import { recordHistory } from "../../../../src/core/decide/history.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import { freshSet, NOW_MS, observation, origin, plan, service, stableSet } from "../world.ts";

const scene = (seen: Observation) => ({ plan: plan(), observation: seen, evidence: {}, nowMs: NOW_MS });
const historyOf = (...history: readonly string[]): Observation =>
  observation({ service: service({ history }) });

test("what serves alone is written down, with what it replaced", () => {
  expect(recordHistory(scene(observation()), freshSet())).toMatchObject({
    kind: "tag-service",
    tags: { "sluice:history": "orders:2 orders:1" },
  });
});

test("a way back shortens the record", () => {
  expect(recordHistory(scene(historyOf("orders:3", "orders:2", "orders:1")), freshSet())).toMatchObject({
    kind: "tag-service",
    tags: { "sluice:history": "orders:2 orders:1" },
  });
});

test("what a way back has replaced did not serve before it", () => {
  const back = freshSet({ origin: origin({ rollout: "rollback-9", previousTaskDefinition: "orders:3" }) });
  expect(recordHistory(scene(observation()), back)).toMatchObject({ tags: { "sluice:history": "orders:2" } });
});

test("what is on record is not written again", () => {
  expect(recordHistory(scene(historyOf("orders:2", "orders:1")), freshSet())).toBeUndefined();
});

test("of a set that Sluice did not make there is nothing to say", () => {
  expect(recordHistory(scene(observation()), stableSet())).toBeUndefined();
});

test("a name that fits into no tag is not written", () => {
  const long = freshSet({
    taskDefinitionArn: `arn:aws:ecs:eu-west-1:111122223333:task-definition/${"f".repeat(255)}:2`,
  });
  expect(recordHistory(scene(observation()), long)).toBeUndefined();
});
