import { describe, expect, test } from "vitest";
import { misses } from "../../../bench/figure.ts";
import { callFigures, flipFigures, passThroughFigures, startUpFigures } from "../../../bench/promises.ts";
import { callOf, lookAt } from "./calls-of.ts";

/** A rollout that slept and called so long between health and weight. */
function rollout(flip: { readonly pausedMs: number; readonly callingMs: number }, roundTripMs = 0) {
  const totalMs = flip.pausedMs + flip.callingMs;
  return {
    roundTripMs,
    seconds: 15,
    flip: { healthyAtMs: 0, flippedAtMs: totalMs, totalMs, rounds: 14, ...flip },
    plannedAtMs: 50,
    calls: lookAt(100),
  };
}

const missed = (figures: Parameters<typeof misses>[0][]): string[] =>
  figures.filter(misses).map(({ name }) => name);

describe("flipFigures", () => {
  test.each([
    ["the longest interval and slow calls", { pausedMs: 2200, callingMs: 3000 }, 0],
    ["a second sleep", { pausedMs: 2700, callingMs: 60 }, 1],
    ["two intervals", { pausedMs: 4000, callingMs: 3000 }, 1],
  ])("%s", (_name, flip, bounds) => {
    expect(missed([...flipFigures([rollout(flip)])])).toHaveLength(bounds);
  });

  test("the worst run counts, each way of calling for itself", () => {
    const good = { pausedMs: 100, callingMs: 60 };
    const bad = { pausedMs: 5000, callingMs: 900 };
    const figures = flipFigures([rollout(good), rollout(good, 60), rollout(bad, 60), rollout(good, 60)]);
    expect(missed([...figures])).toEqual(["healthy → all weight on green, worst of 3, calls of 60 ms"]);
  });

  test("calls in a row stand beside one look and the writes", () => {
    const figures = flipFigures([rollout({ pausedMs: 1, callingMs: 900 }, 60)]);
    expect(figures).toContainEqual(
      expect.objectContaining({ measured: 14, reference: expect.objectContaining({ value: 7 }) }),
    );
  });
});

describe("callFigures", () => {
  const one = rollout({ pausedMs: 1, callingMs: 1 });

  test("a look within its budget misses nothing", () => {
    expect(missed([...callFigures([one])])).toEqual([]);
  });

  test("a look that asks twice misses the budget", () => {
    const twice = { ...one, calls: [...one.calls, callOf("DescribeTaskSets", 130, 140)] };
    expect(missed([...callFigures([twice])])).toEqual(["reads of the budget's four, a look, median"]);
  });

  test("more reads than AWS refills are missed in whichever rollout they were", () => {
    const looks = Array.from({ length: 40 }, (_, index) => lookAt(100 + index * 200)).flat();
    expect(missed([...callFigures([one, { ...one, calls: looks }, one])])).toEqual([
      "ELBv2 reads a second, busiest 10 s, worst",
    ]);
  });
});

test("a bundle that starts 13 times slower than Node misses its bound, the other does not", () => {
  const medianMs = { node: 30, main: 390, cli: 300 };
  const figures = startUpFigures({ runs: 10, medianMs, allMs: { node: [], main: [], cli: [] } });
  expect(missed([...figures])).toEqual(["dist/main.js, an input missing"]);
});

describe("passThroughFigures", () => {
  const measured = {
    requestsPerSecond: { listener: 4000, direct: 30_000 },
    aloneP50Ms: { listener: 0.25, direct: 0.05 },
    aloneP99Ms: { listener: 1, direct: 0.3 },
    atRateP50Ms: { listener: 1.5, direct: 1.2 },
    atRateP99Ms: { listener: 9, direct: 8 },
  };

  test("misses nothing with headroom and little latency", () => {
    expect(missed([...passThroughFigures(measured)])).toEqual([]);
  });

  test("too few requests for a rehearsal are missed", () => {
    const slow = { ...measured, requestsPerSecond: { listener: 1000, direct: 30_000 } };
    expect(missed([...passThroughFigures(slow)])).toEqual(["requests through one listener"]);
  });

  test("a millisecond of its own is missed", () => {
    const slow = { ...measured, aloneP50Ms: { listener: 1.2, direct: 0.1 } };
    expect(missed([...passThroughFigures(slow)])).toEqual(["latency p50 added, one at a time"]);
  });
});
