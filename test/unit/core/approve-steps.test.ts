import { expect, test } from "vitest";
import { askedApprovals } from "../../../src/core/approve-steps.ts";
import { spec } from "./world.ts";

const APPROVE = { approve: true };
const ROUTE = { route: { header: { name: "x-beta", values: ["1"] } } };
const at = (weight: number) => ({ weight });

test.each<[string, readonly object[] | undefined, number, boolean]>([
  ["the default steps ask nobody", undefined, 0, false],
  ["one in the middle", [at(5), APPROVE, at(50)], 1, false],
  ["one before all of the traffic", [at(5), APPROVE], 0, true],
  ["the same, with 100 % spelt out", [at(5), APPROVE, at(100)], 0, true],
  ["both", [at(5), APPROVE, at(50), APPROVE, at(100)], 1, true],
  ["one before any traffic", [APPROVE, at(5), APPROVE, at(25)], 2, false],
  ["one before the first users", [at(5), APPROVE, ROUTE, at(50)], 1, false],
])("%s", (_name, steps, count, promotion) => {
  const canary = spec({ strategy: "canary", ...(steps ? { steps } : {}) });
  expect(askedApprovals(canary)).toEqual({ steps: count, promotion });
});

test.each(["blue-green", "rolling"])("%s asks nobody", (strategy) => {
  expect(askedApprovals(spec({ strategy }))).toEqual({ steps: 0, promotion: false });
});
