import type { TimedCall } from "./timed-call.ts";

/** A target that turned healthy, from the sandbox's events. */
export interface HealthyEvent {
  readonly atMs: number;
  readonly targetGroupArn: string;
}

/** From "last task healthy" to "all weight on green", and what the time went into. */
export interface Flip {
  readonly healthyAtMs: number;
  readonly flippedAtMs: number;
  readonly totalMs: number;
  /** No call was under way, nor about to be: the controller slept. */
  readonly pausedMs: number;
  /** Everything else: calls, and the client's own work between them. */
  readonly callingMs: number;
  /**
   * Calls that began after the one before had ended, since the last sleep. Times are whole milliseconds: calls
   * that take less look as if each had waited for another.
   */
  readonly rounds: number;
}

/** A gap between two calls is work of the client's up to here, and a sleep beyond: the shortest takes 500 ms. */
const SHORTEST_PAUSE_MS = 250;

/**
 * The flip of one blue-green rollout. Pure. Throws where there was none: no ModifyRule gave one group all of
 * the route's weight, or fewer than `tasks` of its targets had turned healthy before.
 */
export function flipOf(
  record: { readonly calls: readonly TimedCall[]; readonly healthy: readonly HealthyEvent[] },
  route: { readonly ruleArn: string; readonly tasks: number },
): Flip {
  const flip = record.calls.find(
    ({ ok, ruleArn, weighted }) => ok && ruleArn === route.ruleArn && weighted?.length === 1,
  );
  if (!flip) throw new Error(`no ModifyRule gave one target group all weight of ${route.ruleArn}`);
  const green = flip.weighted?.[0];
  const healthy = record.healthy.filter(
    ({ atMs, targetGroupArn }) => targetGroupArn === green && atMs <= flip.endedAtMs,
  );
  if (healthy.length < route.tasks) {
    throw new Error(`the weight moved when ${healthy.length} of ${route.tasks} tasks had turned healthy`);
  }
  const fromMs = Math.max(...healthy.map(({ atMs }) => atMs));
  const toMs = flip.endedAtMs;
  const within = record.calls.filter((call) => call.endedAtMs >= fromMs && call.beganAtMs <= toMs);
  const pauses = pausesOf(within, fromMs);
  const pausedMs = pauses.reduce((sum, pause) => sum + pause.toMs - pause.fromMs, 0);
  const lastPauseMs = pauses.at(-1)?.toMs ?? fromMs;
  return {
    healthyAtMs: fromMs,
    flippedAtMs: toMs,
    totalMs: toMs - fromMs,
    pausedMs,
    callingMs: toMs - fromMs - pausedMs,
    rounds: roundsOf(within.filter((call) => call.beganAtMs >= lastPauseMs && call.endedAtMs <= toMs)),
  };
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The gaps before and between calls that are too long to be the client's own work. */
function pausesOf(calls: readonly TimedCall[], fromMs: number): readonly Span[] {
  const pauses: Span[] = [];
  let quietSinceMs = fromMs;
  for (const { beganAtMs, endedAtMs } of inOrder(calls)) {
    if (beganAtMs - quietSinceMs >= SHORTEST_PAUSE_MS) pauses.push({ fromMs: quietSinceMs, toMs: beganAtMs });
    quietSinceMs = Math.max(quietSinceMs, endedAtMs);
  }
  return pauses;
}

/** The most calls of which each began after the one before had ended. */
function roundsOf(calls: readonly TimedCall[]): number {
  let rounds = 0;
  let roundEndedMs = Number.NEGATIVE_INFINITY;
  for (const { beganAtMs, endedAtMs } of [...calls].sort((a, b) => a.endedAtMs - b.endedAtMs)) {
    if (beganAtMs < roundEndedMs) continue;
    roundEndedMs = endedAtMs;
    rounds++;
  }
  return rounds;
}

const inOrder = (calls: readonly TimedCall[]): readonly TimedCall[] =>
  [...calls].sort((a, b) => a.beganAtMs - b.beganAtMs);
