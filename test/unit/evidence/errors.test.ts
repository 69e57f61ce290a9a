import fc from "fast-check";
import { expect, test } from "vitest";
import { judgeErrors } from "../../../src/evidence/errors.ts";

const gate = (maxPercent: number, minRequests: number) => ({
  "max-percent": maxPercent,
  "min-requests": minRequests,
  period: 60_000,
  patience: 600_000,
});

test.each([
  ["nothing at all", 0, 0, 1, 100, "insufficient"],
  ["good ones, one too few", 99, 0, 1, 100, "insufficient"],
  ["just enough good ones", 100, 0, 1, 100, "healthy"],
  ["exactly the share allowed", 100, 1, 1, 100, "healthy"],
  ["one more than the share allowed may be chance", 100, 2, 1, 100, "insufficient"],
  ["a WebSocket's upgrade among the first requests", 71, 1, 1, 50, "insufficient"],
  ["just what chance still explains", 100, 6, 1, 100, "insufficient"],
  ["just what chance no longer explains", 100, 7, 1, 100, "regress"],
  ["exactly the share allowed of few: not enough to judge", 50, 1, 1, 100, "insufficient"],
  ["beyond rescue: the rest cannot make up for it", 7, 7, 1, 100, "regress"],
  ["bad ones that the rest may still make up for", 6, 6, 1, 100, "insufficient"],
  ["a share above the limit that the rest may still make up for", 10, 1, 1, 100, "insufficient"],
  ["none allowed: the first bad one", 1, 1, 0, 100, "regress"],
  ["all allowed", 100, 100, 100, 100, "healthy"],
  ["a share of many, by a hair", 100_000, 1_001, 1, 100, "insufficient"],
  ["a share of many", 100_000, 1_200, 1, 100, "regress"],
  ["a share of many, allowed", 100_000, 1_000, 1, 100, "healthy"],
] as const)(
  "%s: %s requests, %s bad, %s %% of at least %s allowed: %s",
  (_name, requests, bad, max, min, kind) => {
    expect(judgeErrors({ requests, bad }, gate(max, min)).kind).toBe(kind);
  },
);

test.each([
  [
    { requests: 200, bad: 3 },
    "3 of 200 requests to the new version went bad (1.5 %); allowed are 1 %, and so few may be chance",
  ],
  [{ requests: 200, bad: 199 }, "199 of 200 requests to the new version went bad (100 %), allowed are 1 %"],
  [{ requests: 30_000, bad: 1 }, "1 of 30000 requests to the new version went bad (0 %), allowed are 1 %"],
  [{ requests: 7, bad: 0 }, "7 requests to the new version so far; 100 are needed to judge"],
])("%j is told with its numbers, and rests on them", (counts, reason) => {
  expect(judgeErrors(counts, gate(1, 100))).toMatchObject({ gate: "errors", reason, counts });
});

test("no data is never a pass, and good requests never make a verdict worse", () => {
  const figures = fc.record({
    good: fc.nat(10_000),
    bad: fc.nat(1_000),
    max: fc.integer({ min: 0, max: 100 }),
    min: fc.integer({ min: 1, max: 500 }),
  });
  fc.assert(
    fc.property(figures, fc.nat(10_000), ({ good, bad, max, min }, more) => {
      const judge = (requests: number) => judgeErrors({ requests, bad }, gate(max, min)).kind;
      if (good + bad < min) expect(judge(good + bad)).not.toBe("healthy");
      if (judge(good + bad) !== "regress") expect(judge(good + bad + more)).not.toBe("regress");
      expect(judge(good + bad) === "healthy").toBe(good + bad >= min && (100 * bad) / (good + bad) <= max);
    }),
  );
});
