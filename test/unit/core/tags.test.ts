import fc from "fast-check";
import { expect, test } from "vitest";
import { formatStep, originTags, parseOrigin, parseServiceTags, TAG } from "../../../src/core/tags.ts";
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
