import type { Backoff } from "./state.ts";

/** After a task that ran. Tasks that run and then die cause no backoff in AWS. */
export const NO_BACKOFF: Backoff = { failures: 0, untilMs: 0 };

const FIRST_MS = 10_000;
const LONGEST_MS = 15 * 60_000;

/**
 * The next backoff after a task failed to start: it doubles from 10 s to the 15 min that AWS documents.
 * Failures of tasks that were started together count once.
 */
export function afterStartFailure(backoff: Backoff, nowMs: number, speed: number): Backoff {
  if (nowMs < backoff.untilMs) return backoff;
  const delayMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** backoff.failures);
  return { failures: backoff.failures + 1, untilMs: nowMs + delayMs / speed };
}
