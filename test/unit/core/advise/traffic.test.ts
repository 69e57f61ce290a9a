import { expect, test } from "vitest";
import { trafficOf } from "../../../../src/core/advise/traffic.ts";

const MINUTE_MS = 60_000;
const minute = (number: number, requests: number, good = requests, connectionErrors = 0) => ({
  atMs: number * MINUTE_MS,
  requests,
  good,
  connectionErrors,
});

test("minutes without requests count, from the first one that has some", () => {
  const minutes = [minute(5, 100), minute(6, 300), minute(9, 200)];
  expect(trafficOf(minutes, 15 * MINUTE_MS)).toEqual({
    spanMs: 10 * MINUTE_MS,
    perMinute: { peak: 300, median: 0, quiet: 0 },
    requests: 600,
    bad: 0,
    connectionErrors: 0,
  });
});

test("peak, median and quiet of a busy day; what is not good is bad", () => {
  const minutes = Array.from({ length: 101 }, (_, index) =>
    minute(index, index + 1, index, index === 3 ? 2 : 0),
  );
  expect(trafficOf(minutes, 101 * MINUTE_MS)).toEqual({
    spanMs: 101 * MINUTE_MS,
    perMinute: { peak: 101, median: 51, quiet: 11 },
    requests: 5151,
    bad: 101,
    connectionErrors: 2,
  });
});

test.each([[[]], [[minute(1, 0)]], [[minute(20, 5)]]])(
  "nothing before the end is no traffic: %j",
  (minutes) => {
    expect(trafficOf(minutes, 15 * MINUTE_MS)).toBeUndefined();
  },
);

test("more good answers than requests, as metrics in flight have them, are not negative errors", () => {
  expect(trafficOf([minute(0, 5, 7)], MINUTE_MS)?.bad).toBe(0);
});
