import { describe, expect, test } from "vitest";
import type { TimedArm } from "../../../../src/core/counts.ts";
import { parseTrace } from "../../../../src/evidence/backtest/parse-trace.ts";
import { periodsOf, tellApart } from "../../../../src/evidence/backtest/record.ts";
import { formatTrace } from "../../../../src/evidence/backtest/trace.ts";

const arm = (minute: number, requests: number, bad: number): TimedArm => ({
  atMs: minute * 60_000,
  requests,
  bad,
});
const group = (groupArn: string, ...errors: readonly TimedArm[]) => ({ groupArn, errors });

describe("which group had the new version", () => {
  const early = group("blue", arm(0, 9, 0), arm(1, 9, 0));
  const late = group("green", arm(1, 1, 0));

  test.each([
    [early, late],
    [late, early],
  ])("the one that had its first requests later", (one, other) => {
    expect(tellApart([one, other])).toEqual({
      kind: "told-apart",
      stable: early,
      canary: late,
      canaryFromMs: 60_000,
    });
  });

  test.each([
    [group("blue"), group("green"), "neither target group had a request"],
    [early, group("green"), "only one target group had requests"],
    [early, group("green", arm(0, 1, 0)), "both target groups had requests from the first period on"],
  ])("unclear", (one, other, reason) => {
    expect(tellApart([one, other])).toEqual({ kind: "unclear", reason: expect.stringContaining(reason) });
  });
});

describe("the recorded periods", () => {
  const recording = {
    stable: [arm(2, 90, 1), arm(3, 80, 0), arm(6, 85, 2)],
    canary: [arm(5, 10, 1), arm(6, 9, 0)],
    periodMs: 60_000,
    canaryFromMs: 300_000,
  };

  test("every one from the first to the last, with a canary from its first on", () => {
    expect(periodsOf(recording)).toEqual([
      { atMs: 120_000, stable: { requests: 90, errors: 1 } },
      { atMs: 180_000, stable: { requests: 80, errors: 0 } },
      { atMs: 240_000, stable: { requests: 0, errors: 0 } },
      { atMs: 300_000, stable: { requests: 0, errors: 0 }, canary: { requests: 10, errors: 1 } },
      { atMs: 360_000, stable: { requests: 85, errors: 2 }, canary: { requests: 9, errors: 0 } },
    ]);
  });

  test("with slow ones, of which there are no more than requests", () => {
    const slow = { stable: [arm(2, 88, 7), arm(4, 1, 1)], canary: [arm(6, 9, 12)] };
    const periods = periodsOf({ ...recording, slow });
    expect(periods.map(({ stable, canary }) => [stable?.slow, canary?.slow])).toEqual([
      [7, undefined],
      [0, undefined],
      [0, undefined],
      [0, 0],
      [0, 9],
    ]);
    expect(parseTrace(formatTrace({ periods }))).toMatchObject({ kind: "trace", trace: { hasSlow: true } });
  });
});
