import { describe, expect, test } from "vitest";
import { exceeds, requestsUntilCaught } from "../../../src/core/chance.ts";
import { judgeErrors } from "../../../src/evidence/errors.ts";

const DEFAULT = { maxPercent: 1, minRequests: 100 };

/** Numbers in [0, 1), the same each time (Park and Miller's generator). */
function* numbers(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (state * 48_271) % 2_147_483_647;
    yield state / 2_147_483_647;
  }
}

/** How many of `releases` releases the errors gate has caught once each had `requests` requests. */
function caught(badPercent: number, requests: number, releases: number): number {
  const random = numbers(7);
  const fails = () => (random.next().value ?? 1) * 100 < badPercent;
  const gate = { "max-percent": 1, "min-requests": 100, period: 60_000, patience: 0 };
  return Array.from({ length: releases }, () => {
    const bad = Array.from({ length: requests }, fails).filter(Boolean).length;
    return judgeErrors({ requests, bad }, gate).kind;
  }).filter((kind) => kind === "regress").length;
}

describe("requestsUntilCaught", () => {
  test.each([3, 5, 10, 20, 50])(
    "at %d %% the gate catches about nine releases in ten by then",
    (badPercent) => {
      const requests = requestsUntilCaught(badPercent, DEFAULT) ?? 0;
      const share = caught(badPercent, requests, 1000) / 1000;
      expect(share).toBeGreaterThan(0.84);
      expect(share).toBeLessThan(0.97);
    },
  );

  test("a worse release is caught sooner, and a stricter gate catches sooner", () => {
    const of = (badPercent: number, maxPercent = 1) =>
      requestsUntilCaught(badPercent, { maxPercent, minRequests: 100 }) ?? Number.POSITIVE_INFINITY;
    expect(of(50)).toBeLessThan(of(20));
    expect(of(20)).toBeLessThan(of(5));
    expect(of(5)).toBeLessThan(of(2));
    expect(of(5, 0.5)).toBeLessThan(of(5));
    expect(of(100)).toBe(7);
  });

  test.each([
    [1, 1],
    [0.5, 1],
    [5, 5],
    [5, 100],
  ])("%d %% with %d %% allowed is never caught", (badPercent, maxPercent) => {
    expect(requestsUntilCaught(badPercent, { maxPercent, minRequests: 1 })).toBeUndefined();
  });

  test("where none may go bad, one that does is enough", () => {
    expect(requestsUntilCaught(100, { maxPercent: 0, minRequests: 100 })).toBe(1);
  });
});

test("exceeds asks for more than chance yields once in a thousand", () => {
  expect(exceeds(7, 100, 0.01)).toBe(true);
  expect(exceeds(6, 100, 0.01)).toBe(false);
  expect(exceeds(1, 100, 0.01)).toBe(false);
});
