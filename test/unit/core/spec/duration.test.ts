import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDuration } from "../../../../src/core/spec/duration.ts";

test.each([
  ["90s", 90_000],
  ["1.5h", 5_400_000],
  ["100ms", 100],
  ["0s", 0],
  ["7d", 604_800_000],
  ["10", undefined],
  ["10 m", undefined],
  ["-5s", undefined],
  ["5M", undefined],
  ["1h30m", undefined],
  ["", undefined],
])("parseDuration %j", (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  [0, "0ms"],
  [850, "850ms"],
  [1500, "1.5s"],
  [12_000, "12s"],
  [270_000, "4m 30s"],
  [7_200_000, "2h"],
])("formatDuration %j", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test("formatDuration always says something, in at most two units", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e10 }), (ms) => {
      expect(formatDuration(ms)).toMatch(/^[\d.]+(ms|[dhms])( \d+[hms])?$/);
    }),
  );
});
