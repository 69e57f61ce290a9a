import { describe, expect, test } from "vitest";
import { blastOf } from "../../../../bench/blast-radius/blast.ts";
import { blastFigures, promisedFailures } from "../../../../bench/blast-radius/figures.ts";
import type { MeasuredRelease } from "../../../../bench/blast-radius/release.ts";
import { misses } from "../../../../bench/figure.ts";

const answers = [
  { atMs: 1_000, bad: false },
  { atMs: 2_000, bad: true },
  { atMs: 3_000, bad: false },
  { atMs: 9_500, bad: true },
];

describe("blastOf", () => {
  test("counts from the first bad answer to the last of any kind", () => {
    expect(blastOf({ answers, weightlessAtMs: 9_000 }, [2_001, 9_502])).toEqual({
      seconds: 7.5,
      secondsToWeightZero: 7,
      requests: 3,
      failed: 2,
    });
  });

  test.each([
    ["users saw fewer failures than the load balancer", answers, 9_000, [2_001], /users saw 1 failures/],
    ["nobody had a failure", answers.slice(0, 1), 9_000, [], /nobody had a bad answer/],
    ["the weight never was 0", answers, undefined, [2_001, 9_502], /still answers/],
  ])("is refused where %s", (_, seen, weightlessAtMs, failedAtMs, words) => {
    expect(() => blastOf({ answers: seen, weightlessAtMs }, failedAtMs)).toThrow(words);
  });
});

const released = (over: Partial<MeasuredRelease>): MeasuredRelease => ({
  source: "prometheus",
  failPercent: 20,
  seconds: 30,
  secondsToWeightZero: 29,
  requests: 150,
  failed: 30,
  reason: "7 of 22 requests went bad",
  otherFailures: 0,
  onTimeShare: 1,
  ...over,
});

describe("blastFigures", () => {
  test("the promise is 5 % of users for 90 s, of which so many fail", () => {
    expect(promisedFailures(100, 20)).toBe(90);
    expect(promisedFailures(100, 5)).toBe(22.5);
  });

  test("the worst of several releases is held to the promise, and it alone", () => {
    const figures = blastFigures([released({}), released({ seconds: 91, failed: 90 }), released({})], 100);
    expect(figures.map(({ measured, reference }) => [measured, reference.value])).toEqual([
      [91, 90],
      [90, 90],
    ]);
    expect(figures.map(misses)).toEqual([true, false]);
  });

  test("each failure share has its own, and CloudWatch none that it could miss", () => {
    const late = { seconds: 400, failed: 400 } as const;
    const figures = blastFigures(
      [released({ failPercent: 5, failed: 23 }), released({ source: "cloudwatch", ...late }), released({})],
      100,
    );
    expect(figures.filter(misses).map(({ name }) => name)).toEqual(["Prometheus, 5 % fail: failed requests"]);
    expect(figures.filter(({ bound }) => !bound).map(({ measured }) => measured)).toEqual([400, 400]);
  });
});
