import type { TimedCall } from "../../../bench/timed-call.ts";

/** A call from `beganAtMs` to `endedAtMs`, a read that succeeded unless said otherwise. */
export function callOf(
  operation: string,
  beganAtMs: number,
  endedAtMs: number,
  other: Partial<TimedCall> = {},
): TimedCall {
  return { operation, write: false, ok: true, beganAtMs, endedAtMs, ...other };
}

/** One look from `atMs` on: three rounds of 10 ms, the first of four calls at once. */
export function lookAt(atMs: number): readonly TimedCall[] {
  return [
    callOf("DescribeServices", atMs, atMs + 10),
    callOf("DescribeRules", atMs + 1, atMs + 10),
    callOf("DescribeTargetHealth", atMs + 2, atMs + 10),
    callOf("DescribeTargetHealth", atMs + 3, atMs + 10),
    callOf("DescribeTaskSets", atMs + 12, atMs + 20),
  ];
}
