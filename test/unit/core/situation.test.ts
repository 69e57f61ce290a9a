import { expect, test } from "vitest";
import { shortArn, situationOf } from "../../../src/core/situation.ts";
import { freshSet, NOW_MS, origin, stableSet, taskSet } from "./world.ts";

const foreign = (id: string, createdAtMs: number, replaces = "ecs-svc/1") =>
  freshSet({ id, createdAtMs, origin: origin({ rollout: `run of ${id}`, replaces }) });

test("no set at all is empty, and so is a service whose last one drains", () => {
  expect(situationOf([]).kind).toBe("empty");
  expect(situationOf([stableSet({ status: "DRAINING" })]).kind).toBe("empty");
});

test.each([
  ["made by anybody", stableSet()],
  ["made by a rollout whose old set is gone", freshSet()],
])("one set alone, %s, is at rest", (_name, set) => {
  expect(situationOf([set])).toEqual({ kind: "at-rest", stable: set });
});

test("a set that drains counts for nothing, though another replaces it", () => {
  const fresh = freshSet();
  expect(situationOf([stableSet({ status: "DRAINING" }), fresh])).toEqual({ kind: "at-rest", stable: fresh });
});

test.each([
  ["PRIMARY is the old one", "PRIMARY", "ACTIVE"],
  ["PRIMARY is the new one", "ACTIVE", "PRIMARY"],
  ["nobody is PRIMARY", "ACTIVE", "ACTIVE"],
] as const)("who is who does not depend on PRIMARY: %s", (_name, old, young) => {
  const [stable, fresh] = [stableSet({ status: old }), freshSet({ status: young })];
  expect(situationOf([fresh, stable])).toEqual({ kind: "under-way", stable, fresh, younger: [] });
});

test("of several that replace the same one, the eldest is under way", () => {
  const [a, b, c] = [
    foreign("ecs-svc/a", NOW_MS),
    foreign("ecs-svc/b", NOW_MS - 2),
    foreign("ecs-svc/c", NOW_MS - 1),
  ];
  expect(situationOf([a, stableSet(), b, c])).toMatchObject({ fresh: b, younger: [c, a] });
});

test.each([
  ["two strangers", [stableSet(), taskSet({ id: "ecs-svc/9" })]],
  [
    "a set that replaces an unfinished one",
    [stableSet(), freshSet(), foreign("ecs-svc/3", NOW_MS, "ecs-svc/2")],
  ],
  [
    "two that replace each other",
    [foreign("ecs-svc/a", 0, "ecs-svc/b"), foreign("ecs-svc/b", 0, "ecs-svc/a")],
  ],
  ["one that replaces itself", [foreign("ecs-svc/a", 0, "ecs-svc/a")]],
])("%s: unclear, with the sets' names", (_name, sets) => {
  const situation = situationOf(sets);
  expect(situation.kind).toBe("unclear");
  for (const set of sets) expect(situation).toHaveProperty("reason", expect.stringContaining(set.id));
});

test("a stranger beside a rollout is unclear: it and the old one could each be the stable one", () => {
  expect(situationOf([stableSet(), freshSet(), taskSet({ id: "ecs-svc/9" })])).toEqual({
    kind: "unclear",
    reason: expect.stringMatching(/2 task sets.*ecs-svc\/1 \(PRIMARY, orders:1\), ecs-svc\/9/),
  });
});

test("an ARN's last part", () => {
  expect(shortArn("arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:12")).toBe("orders:12");
  expect(shortArn("orders:12")).toBe("orders:12");
});
