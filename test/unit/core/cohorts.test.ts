import { describe, expect, test } from "vitest";
import { matchesGlob } from "../../../sandbox/elbv2/routing/glob.ts";
import { type ConditionCounts, freePriorities, matchCohort } from "../../../src/core/cohorts.ts";
import type { Cohort } from "../../../src/core/steps.ts";

const NOTHING: ConditionCounts = { values: 0, wildcards: 0 };
const header = (...values: readonly string[]): Cohort => ({ kind: "header", name: "x-user", values });
const cookie = (...values: readonly string[]): Cohort => ({ kind: "cookie", name: "beta", values });

describe("how a rule recognises a cohort", () => {
  test.each<[string, Cohort, ConditionCounts, readonly string[] | undefined]>([
    ["a header, as it is", header("a", "b*"), NOTHING, ["a", "b*"]],
    ["a header beside a full rule", header("a"), { values: 5, wildcards: 0 }, undefined],
    ["a header with the last value", header("a"), { values: 4, wildcards: 5 }, ["a"]],
    ["a header with a wildcard too many", header("a*"), { values: 1, wildcards: 5 }, undefined],
    ["a header with the last wildcard", header("a*"), { values: 1, wildcards: 4 }, ["a*"]],
    ["a header of four values: a condition has three", header("a", "b", "c", "d"), NOTHING, undefined],
    ["a cookie, as exactly as can be", cookie("yes"), NOTHING, ["beta=yes*", "*; beta=yes*"]],
    [
      "a cookie beside a path with two wildcards",
      cookie("yes"),
      { values: 1, wildcards: 2 },
      ["beta=yes*", "*; beta=yes*"],
    ],
    ["a cookie beside two values", cookie("yes"), { values: 2, wildcards: 0 }, ["beta=yes*", "*; beta=yes*"]],
    ["a cookie beside four values", cookie("yes"), { values: 4, wildcards: 1 }, ["*beta=yes*"]],
    ["a cookie with three wildcards left", cookie("y*"), { values: 1, wildcards: 2 }, ["*beta=y**"]],
    ["two cookie values", cookie("yes", "1"), NOTHING, ["*beta=yes*", "*beta=1*"]],
    ["three cookie values: six wildcards", cookie("a", "b", "c"), NOTHING, undefined],
    ["a cookie as long as can be", cookie("v".repeat(121)), NOTHING, [`*beta=${"v".repeat(121)}*`]],
    ["a cookie that is longer", cookie("v".repeat(122)), NOTHING, undefined],
  ])("%s", (_what, cohort, taken, values) => {
    expect(matchCohort(cohort, taken)?.values).toEqual(values);
  });

  const matches = (sent: string, values: number): boolean =>
    (matchCohort(cookie("yes"), { values, wildcards: 0 })?.values ?? []).some((pattern) =>
      matchesGlob(pattern, sent, { ignoreCase: true, escapes: false }),
    );

  test.each<[string, readonly [begins: boolean, anywhere: boolean]]>([
    ["beta=yes", [true, true]],
    ["beta=yes; a=1", [true, true]],
    ["a=1; beta=yes", [true, true]],
    ["a=1; beta=yes; b=2", [true, true]],
    ["beta=no; a=yes", [false, false]],
    ["a=1; beta=yesterday", [true, true]],
    ["a=1; alphabeta=yes", [false, true]],
    ["alphabeta=yes; b=2", [false, true]],
  ])("the Cookie header %s", (sent, [begins, anywhere]) => {
    expect([0, 4].map((taken) => matches(sent, taken))).toEqual([begins, anywhere]);
  });
});

describe("free priorities", () => {
  test.each<[string, number | undefined, readonly number[], readonly number[], number, readonly number[]]>([
    ["right before the rule", 10, [], [1, 20], 1, [9]],
    ["several, from the largest", 10, [], [1, 20], 3, [9, 8, 7]],
    ["no room", 10, [], [9], 1, []],
    ["less room than needed", 10, [], [7], 3, [9, 8]],
    ["past its own cohorts' rules", 10, [9], [1], 2, [8, 7]],
    ["only its own in between", 10, [9], [8], 1, []],
    ["the first priority of all", 2, [], [], 2, [1]],
    ["nothing stands before 1", 1, [], [], 1, []],
    ["before a default action: after all others", undefined, [], [1, 49_998], 3, [50_000, 49_999]],
    ["before a default action, the last one taken", undefined, [], [50_000], 1, []],
    ["before a default action, the last one its own", undefined, [50_000], [3], 1, [49_999]],
    ["none asked for", 10, [], [9], 0, []],
  ])("%s", (_what, before, own, others, count, expected) => {
    expect(freePriorities(before, own, others, count)).toEqual(expected);
  });
});
