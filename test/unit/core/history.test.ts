import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fitting, historyAfter, isRevision, previousOf } from "../../../src/core/history.ts";

describe("historyAfter", () => {
  test.each<[string, readonly string[], string, string | undefined, readonly string[]]>([
    ["a service's first release", [], "orders:2", "orders:1", ["orders:2", "orders:1"]],
    ["its very first task set", [], "orders:1", undefined, ["orders:1"]],
    [
      "the next release",
      ["orders:2", "orders:1"],
      "orders:3",
      "orders:2",
      ["orders:3", "orders:2", "orders:1"],
    ],
    ["a way back", ["orders:3", "orders:2", "orders:1"], "orders:2", "orders:3", ["orders:2", "orders:1"]],
    ["a way far back", ["orders:3", "orders:2", "orders:1"], "orders:1", "orders:3", ["orders:1"]],
    ["written already", ["orders:2", "orders:1"], "orders:2", "orders:3", ["orders:2", "orders:1"]],
    ["the same released again", ["orders:2", "orders:1"], "orders:2", "orders:2", ["orders:2", "orders:1"]],
    [
      "a release that was not recorded",
      ["orders:1"],
      "orders:3",
      "orders:2",
      ["orders:3", "orders:2", "orders:1"],
    ],
    [
      "a way back that was not recorded",
      ["orders:2", "orders:1"],
      "orders:3",
      "orders:1",
      ["orders:3", "orders:1"],
    ],
    ["a previous one that is no revision", [], "orders:2", "none", ["orders:2"]],
    ["an empty previous one", ["orders:1"], "orders:2", "", ["orders:2", "orders:1"]],
    ["another family", ["orders:2"], "shop_orders:1", "orders:2", ["shop_orders:1", "orders:2"]],
  ])("%s", (_name, history, current, previous, expected) => {
    expect(historyAfter(history, current, previous)).toEqual(expected);
  });
});

describe("previousOf", () => {
  test.each<[string, readonly string[], string, string | undefined, string | undefined]>([
    ["below the head", ["orders:3", "orders:2"], "orders:3", "orders:2", "orders:2"],
    ["the head was gone back to", ["orders:1"], "orders:1", "orders:2", undefined],
    ["no record, but the task set knows", [], "orders:2", "orders:1", "orders:1"],
    ["the record lags behind a release", ["orders:1"], "orders:3", "orders:2", "orders:2"],
    [
      "the record lags behind a way back",
      ["orders:3", "orders:2", "orders:1"],
      "orders:2",
      "orders:3",
      "orders:1",
    ],
    ["nobody knows", [], "orders:2", undefined, undefined],
  ])("%s", (_name, history, current, previous, expected) => {
    expect(previousOf(history, current, previous)).toBe(expected);
  });

  test("a family of 255 characters leaves no room for a record, but the task set knows", () => {
    const family = "f".repeat(255);
    expect(historyAfter([], `${family}:2`, `${family}:1`)).toEqual([]);
    expect(previousOf([], `${family}:2`, `${family}:1`)).toBe(`${family}:1`);
  });
});

/** What is recorded after releases 1 to n, and after as many ways back as asked for. */
function walked(family: string, releases: number, waysBack: number): readonly string[] {
  let history: readonly string[] = [];
  for (let revision = 2; revision <= releases; revision++) {
    history = historyAfter(history, `${family}:${revision}`, `${family}:${revision - 1}`);
  }
  for (let step = 0; step < waysBack; step++) {
    const [current = ""] = history;
    const previous = previousOf(history, current, undefined);
    if (previous === undefined) return history;
    history = historyAfter(history, previous, current);
  }
  return history;
}

const families = fc.stringMatching(/^[a-z][\w-]{0,20}$/);

test("walking back k of n releases leads to the (n-k)th", () => {
  const walks = fc
    .integer({ min: 2, max: 10 })
    .chain((releases) => fc.tuple(fc.constant(releases), fc.integer({ min: 0, max: releases - 1 })));
  fc.assert(
    fc.property(families, walks, (family, [releases, waysBack]) => {
      expect(walked(family, releases, waysBack)[0]).toBe(`${family}:${releases - waysBack}`);
    }),
  );
});

test("the record always fits into a tag, begins with what serves, and is what a tag can hold", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(families, fc.integer({ min: 1, max: 9_999 })), { minLength: 1, maxLength: 60 }),
      (releases) => {
        let history: readonly string[] = [];
        for (const [family, revision] of releases) {
          const current = `${family}:${revision}`;
          history = historyAfter(history, current, history[0]);
          expect(history[0]).toBe(current);
          expect(history.join(" ").length).toBeLessThanOrEqual(256);
          expect(historyAfter(history, current, "x:1")).toEqual(history);
          expect(history.every(isRevision)).toBe(true);
        }
      },
    ),
  );
});

test("the oldest are dropped when a tag is full", () => {
  expect(walked("a-family-of-twenty-six-long", 40, 0)).toHaveLength(8);
  expect(fitting(["a".repeat(256)])).toHaveLength(1);
  expect(fitting(["a".repeat(257)])).toHaveLength(0);
  expect(fitting(["a".repeat(200), "b".repeat(55)])).toHaveLength(2);
  expect(fitting(["a".repeat(200), "b".repeat(56)])).toHaveLength(1);
});
