import fc from "fast-check";
import { expect, test } from "vitest";
import { LatencyHistogram } from "../../../../src/cli/rehearse/latency.ts";

function histogramOf(values: readonly number[]): LatencyHistogram {
  const histogram = new LatencyHistogram();
  for (const value of values) histogram.add(value);
  return histogram;
}

test("a quantile is the value of that rank, at most 2 % too high", () => {
  const latencies = fc.array(fc.double({ min: 1, max: 20_000, noNaN: true }), {
    minLength: 1,
    maxLength: 300,
  });
  fc.assert(
    fc.property(latencies, fc.double({ min: 0.01, max: 1, noNaN: true }), (values, quantile) => {
      const rank = Math.max(1, Math.ceil(quantile * values.length));
      const exact = [...values].sort((a, b) => a - b)[rank - 1] ?? Number.NaN;
      const told = histogramOf(values).quantileMs(quantile) ?? Number.NaN;
      // Told to a tenth of a millisecond.
      expect(told).toBeGreaterThanOrEqual(exact - 0.051);
      expect(told).toBeLessThanOrEqual(exact * 1.0201 + 0.051);
    }),
  );
});

test("two merged are as one of both", () => {
  const merged = histogramOf([1, 5, 900]);
  merged.merge(histogramOf([0, 40]));
  const whole = histogramOf([0, 1, 5, 40, 900]);
  expect(merged.count).toBe(5);
  for (const quantile of [0.2, 0.5, 0.99])
    expect(merged.quantileMs(quantile)).toBe(whole.quantileMs(quantile));
});

test("nothing has no quantile", () => {
  expect(new LatencyHistogram().quantileMs(0.5)).toBeNull();
});
