import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  abortedTag,
  cohortTags,
  formatStep,
  originTags,
  parseCohort,
  parseOrigin,
  parseServiceTags,
  TAG,
  wasAborted,
} from "../../../src/core/tags.ts";
import { NOW_MS, origin } from "./world.ts";

test("a step reads back as it was written, to the millisecond", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: NOW_MS * 2 }),
      (weightPercent, atMs) => {
        expect(parseServiceTags({ [TAG.step]: formatStep(weightPercent, atMs) })).toEqual({
          step: { weightPercent, atMs },
        });
      },
    ),
  );
});

test("a step is a weight and a time that AWS takes in a tag", () => {
  expect(formatStep(100, NOW_MS)).toBe("100@2026-01-05T09:00:00.000Z");
  expect(formatStep(100, NOW_MS)).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u);
});

test.each([
  "",
  "100",
  "@2026-01-05T09:00:00Z",
  "100@yesterday",
  "-1@2026-01-05T09:00:00Z",
  "full@2026-01-05",
])("a step of anybody else's making is none: %j", (text) => {
  expect(parseServiceTags({ [TAG.step]: text })).toEqual({});
});

test("service tags that Sluice does not know are not read, and empty ones are absent", () => {
  expect(
    parseServiceTags({ team: "orders", [TAG.aborted]: "", [TAG.shifted]: "7", [TAG.idleGroup]: "g" }),
  ).toEqual({
    shifted: "7",
    idleGroup: "g",
  });
});

test("an origin reads back as it was written", () => {
  for (const one of [origin(), origin({ commit: "abc123", runUrl: "https://ci/run/2" })]) {
    expect(parseOrigin(originTags(one))).toEqual(one);
  }
});

test.each([TAG.rollout, TAG.replaces])("a set without %s is nobody's", (key) => {
  expect(parseOrigin({ ...originTags(origin()), [key]: "" })).toBeUndefined();
});

test("a cohort rule's tags say whose it is, for which step and before which route; others say nothing", () => {
  const cohort = { rollout: "r1", routeArn: "arn:aws:elasticloadbalancing:…:listener/app/shop/1/2", step: 1 };
  expect(parseCohort(cohortTags(cohort))).toEqual(cohort);
  const { [TAG.route]: _route, ...withoutRoute } = cohortTags(cohort);
  expect(parseCohort(withoutRoute)).toBeUndefined();
  expect(parseCohort({ ...cohortTags(cohort), [TAG.cohort]: "first" })).toBeUndefined();
  expect(parseCohort({ [TAG.rollout]: "r1" })).toBeUndefined();
});

describe("rollouts that were taken back", () => {
  const takenBack = (...rollouts: readonly string[]) =>
    rollouts.reduce((tag, rollout) => abortedTag(parseServiceTags({ [TAG.aborted]: tag }), rollout), "");

  test("are remembered, the latest first, each once", () => {
    expect(takenBack("A", "B", "C")).toBe("C B A");
    expect(takenBack("A", "B", "A")).toBe("A B");
    const tags = parseServiceTags({ [TAG.aborted]: "C B A" });
    expect(["A", "B", "C", "D"].map((rollout) => wasAborted(tags, rollout))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("the oldest are forgotten when the tag is full", () => {
    const names = Array.from({ length: 60 }, (_, index) => `${index}`.padStart(10, "0"));
    const tag = takenBack(...names);
    expect(tag.length).toBeLessThanOrEqual(256);
    expect(tag.split(" ")).toEqual(names.toReversed().slice(0, 23));
  });
});
