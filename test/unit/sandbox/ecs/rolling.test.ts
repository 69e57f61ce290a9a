import fc from "fast-check";
import { expect, test } from "vitest";
import { afterStartFailure, NO_BACKOFF } from "../../../../sandbox/ecs/backoff.ts";
import { rollingCounts } from "../../../../sandbox/ecs/rolling.ts";

const count = fc.integer({ min: 0, max: 20 });
const tally = fc.tuple(count, count).map(([a, b]) => ({ alive: Math.max(a, b), healthy: Math.min(a, b) }));

test("a rolling deployment never starts beyond its maximum, nor stops below its minimum", () => {
  fc.assert(
    fc.property(
      count,
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 100, max: 200 }),
      tally,
      tally,
      (desiredCount, minimumHealthyPercent, maximumPercent, fresh, old) => {
        const counts = rollingCounts({ desiredCount, minimumHealthyPercent, maximumPercent, fresh, old });
        const ceiling = Math.floor((desiredCount * maximumPercent) / 100);
        const floor = Math.ceil((desiredCount * minimumHealthyPercent) / 100);
        if (counts.fresh > fresh.alive) expect(counts.fresh + old.alive).toBeLessThanOrEqual(ceiling);
        expect(counts.fresh).toBeLessThanOrEqual(desiredCount);
        const healthyBefore = fresh.healthy + old.healthy;
        expect(fresh.healthy + Math.min(counts.old, old.healthy)).toBeGreaterThanOrEqual(
          Math.min(floor, healthyBefore),
        );
      },
    ),
  );
});

test("backoff doubles from ten seconds to fifteen minutes, once for failures that come together", () => {
  let backoff = NO_BACKOFF;
  const delays: number[] = [];
  for (let n = 0; n < 9; n++) {
    const nowMs = backoff.untilMs;
    backoff = afterStartFailure(backoff, nowMs, 1);
    delays.push((backoff.untilMs - nowMs) / 1000);
  }
  expect(delays).toEqual([10, 20, 40, 80, 160, 320, 640, 900, 900]);
  expect(afterStartFailure(backoff, backoff.untilMs - 1, 1)).toBe(backoff);
  expect(afterStartFailure(NO_BACKOFF, 0, 10).untilMs).toBe(1000);
});
