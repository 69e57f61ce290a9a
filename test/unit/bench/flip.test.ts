import { describe, expect, test } from "vitest";
import { flipOf } from "../../../bench/flip.ts";
import type { TimedCall } from "../../../bench/timed-call.ts";
import { callOf, lookAt } from "./calls-of.ts";

const route = { ruleArn: "production", tasks: 2 };
const healthyAt = (...times: readonly number[]) => times.map((atMs) => ({ atMs, targetGroupArn: "green" }));
const modify = (beganAtMs: number, other: Partial<TimedCall> = {}): TimedCall =>
  callOf("ModifyRule", beganAtMs, beganAtMs + 10, {
    write: true,
    ruleArn: "production",
    weighted: ["green"],
    ...other,
  });

describe("flipOf", () => {
  test("counts from the last task's health to the answer to the weight's write", () => {
    const flip = flipOf({ calls: [...lookAt(3000), modify(3030)], healthy: healthyAt(900, 1000) }, route);
    expect(flip).toMatchObject({ healthyAtMs: 1000, flippedAtMs: 3040, totalMs: 2040 });
  });

  test("tells sleeping from calling, and the client's own work is calling", () => {
    const calls = [...lookAt(995), ...lookAt(3000), modify(3200)];
    const flip = flipOf({ calls, healthy: healthyAt(900, 1000) }, route);
    expect(flip.pausedMs).toBe(3000 - 1015);
    expect(flip.callingMs).toBe(15 + 210);
  });

  test("a second sleep on the way counts as sleeping, so that the bound sees it", () => {
    const calls = [...lookAt(2900), ...lookAt(3420), modify(3450)];
    const flip = flipOf({ calls, healthy: healthyAt(900, 1000) }, route);
    expect(flip.pausedMs).toBe(2900 - 1000 + (3420 - 2920));
  });

  test("rounds are the calls that waited for the one before, since the last sleep", () => {
    const calls = [...lookAt(995), ...lookAt(3000), callOf("DescribeRules", 3022, 3029), modify(3030)];
    const flip = flipOf({ calls, healthy: healthyAt(900, 1000) }, route);
    expect(flip.rounds).toBe(4);
  });

  test("neither another rule's weight, nor a share of it, nor a refused write is the flip", () => {
    const calls = [
      modify(2000, { ruleArn: "test" }),
      modify(2100, { weighted: ["blue", "green"] }),
      modify(2200, { ok: false }),
      modify(2300),
    ];
    expect(flipOf({ calls, healthy: healthyAt(900, 1000) }, route).flippedAtMs).toBe(2310);
  });

  test("health of the other group, and after the flip, does not count", () => {
    const healthy = [...healthyAt(900, 1000), { atMs: 1900, targetGroupArn: "blue" }, ...healthyAt(5000)];
    expect(flipOf({ calls: [modify(2000)], healthy }, route).healthyAtMs).toBe(1000);
  });

  test("a weight that moved before all tasks were healthy is an error", () => {
    expect(() => flipOf({ calls: [modify(2000)], healthy: healthyAt(900, 3000) }, route)).toThrow(
      "when 1 of 2 tasks had turned healthy",
    );
  });

  test("no flip is an error", () => {
    expect(() => flipOf({ calls: lookAt(10), healthy: healthyAt(1, 2) }, route)).toThrow("no ModifyRule");
  });
});
