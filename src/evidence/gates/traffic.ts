import type { MinuteCounts } from "../../core/advise/traffic.ts";
import { totalOf } from "../../core/counts.ts";
import { dispersionOf } from "../sequential/dispersion.ts";
import type { CountedTraffic } from "./outlook.ts";

const MINUTE_MS = 60_000;
const RECENT_MINUTES = 60;

/**
 * A service's traffic as its minutes have it: how much of the last hour, or of the whole where that has none; how bad of
 * the whole. Undefined where there is no request.
 */
export function countedTrafficOf(
  minutes: readonly MinuteCounts[],
  endMs: number,
): CountedTraffic | undefined {
  const inOrder = minutes
    .filter(({ requests, atMs }) => requests > 0 && atMs < endMs)
    .sort((a, b) => a.atMs - b.atMs);
  const [first] = inOrder;
  if (!first) return undefined;
  const arms = inOrder.map(({ requests, good }) => ({ requests, bad: Math.max(0, requests - good) }));
  const { requests, bad } = totalOf(arms);
  const requestsSince = (fromMs: number): number =>
    inOrder.reduce((sum, minute) => sum + (minute.atMs >= fromMs ? minute.requests : 0), 0);
  const perMinuteSince = (fromMs: number): number =>
    requestsSince(fromMs) / Math.max(1, (endMs - fromMs) / MINUTE_MS);
  const recentMs = Math.max(first.atMs, endMs - RECENT_MINUTES * MINUTE_MS);
  return {
    requestsPerMinute: perMinuteSince(recentMs) || perMinuteSince(first.atMs),
    badShare: bad / requests,
    bad,
    dispersion: dispersionOf(arms),
  };
}
