import type { TimedArm } from "../core/counts.ts";
import { SluiceError } from "../core/errors.ts";
import type { Points } from "./metric-points.ts";

/** What one target group's requests came to, period by period; a counter of zero has no point. */
export interface GroupPoints {
  readonly requests: Points;
  /** Answers with 2xx, 3xx, 4xx: each is good. */
  readonly answered: readonly Points[];
  /** Answers with 5xx. */
  readonly failed: Points;
  /** Connections that a target refused. */
  readonly refused: Points;
}

export interface Now {
  readonly nowMs: number;
  readonly periodMs: number;
}

/** After so long, what has not been published is not there. */
const LATE_MS = 180_000;

/** Usual is what that many of the ten periods before had. */
const USUAL = { of: 10, periods: 5 };

/**
 * Each group's complete periods that had requests, in order; bad is what has no good answer. A period is complete
 * when it is known where all of its requests ended, so that no answer that is still to be published can be taken for
 * a missing one (docs/decisions/0010-complete-periods.md). Pure.
 *
 * @param unanswered what the load balancer answered itself since a target gave no answer, for all groups together
 */
export function completeArms(
  groups: readonly GroupPoints[],
  unanswered: Points,
  { nowMs, periodMs }: Now,
): readonly (readonly TimedArm[])[] {
  const kinds = [0, 1, 2, 3].map((kind) => {
    const ofGroups = groups.map((group): Points => answersOf(group)[kind] ?? new Map());
    return { ofGroups, newestMs: newestOf(ofGroups) };
  });
  const requests = groups.map((group) => group.requests);
  return groups.map((group) => {
    const newestAnswerMs = newestOf(answersOf(group));
    const areAnswersOut = (atMs: number): boolean =>
      atMs < newestAnswerMs &&
      isUsual(requests, atMs, periodMs) &&
      kinds.every(({ ofGroups, newestMs }) => atMs <= newestMs || !isUsual(ofGroups, atMs, periodMs));
    const isComplete = (atMs: number): boolean =>
      openIn(group, atMs) <= at(group.refused, atMs) ||
      sumOf(groups.map((other) => openIn(other, atMs))) <= at(unanswered, atMs) ||
      areAnswersOut(atMs) ||
      atMs + periodMs + LATE_MS <= nowMs;
    return [...group.requests]
      .filter(([atMs, count]) => count > 0 && isComplete(atMs))
      .sort(([one], [other]) => one - other)
      .map(([atMs, count]) => ({
        atMs,
        requests: count,
        bad: Math.max(0, count - sumOf(group.answered.map((points) => at(points, atMs)))),
      }));
  });
}

function answersOf({ answered, failed }: GroupPoints): readonly Points[] {
  return [...answered, failed];
}

/** Whether one of the groups has had it most often of late. */
function isUsual(ofGroups: readonly Points[], atMs: number, periodMs: number): boolean {
  return ofGroups.some((points) => {
    let periods = 0;
    for (let back = 1; back <= USUAL.of; back++) if (points.has(atMs - back * periodMs)) periods++;
    return periods >= USUAL.periods;
  });
}

/** More than this beside all that were counted is another thing than a part of it. */
const NOISE = { share: 1.1, count: 10 };

/**
 * Periods of any two metrics in which there was something, and the bad or the good ones of it are known. A point of
 * theirs in the same or a later period says so. Without one, bad ones are taken to be none once what is counted at all
 * is published for two periods later, and either once nothing more can come. Pure. Throws SluiceError "configuration"
 * where the one cannot be a part of the other.
 */
export function pairedArms(
  requests: Points,
  counted: Points,
  side: "bad" | "good",
  { nowMs, periodMs }: Now,
): readonly TimedArm[] {
  const newestCountedMs = newestOf([counted]);
  const newestRequestsMs = newestOf([requests]);
  const isComplete = (atMs: number): boolean =>
    atMs <= newestCountedMs ||
    (side === "bad" && atMs + 2 * periodMs <= newestRequestsMs) ||
    atMs + periodMs + LATE_MS <= nowMs;
  const known = [...requests]
    .map(([atMs, value]) => ({ atMs, requests: Math.round(value), part: Math.round(at(counted, atMs)) }))
    .filter((period) => period.requests > 0 && isComplete(period.atMs));
  const all = sumOf(known.map((period) => period.requests));
  const parts = sumOf(known.map(({ part }) => part));
  if (parts > NOISE.share * all + NOISE.count) {
    const message = `the metrics do not fit: ${side} counted ${parts}, requests ${all}, of which they should be a part`;
    throw new SluiceError("configuration", message);
  }
  return known
    .sort((one, other) => one.atMs - other.atMs)
    .map((period) => ({
      atMs: period.atMs,
      requests: period.requests,
      bad: Math.min(period.requests, Math.max(0, period.part)),
    }));
}

/** Requests of a period for which no target's answer has been published. */
function openIn(group: GroupPoints, atMs: number): number {
  const known = sumOf(answersOf(group).map((points) => at(points, atMs)));
  return Math.max(0, at(group.requests, atMs) - known);
}

/** The start of the newest period that has a point; -Infinity where there is none. */
function newestOf(all: readonly Points[]): number {
  let newestMs = Number.NEGATIVE_INFINITY;
  for (const points of all) for (const atMs of points.keys()) newestMs = Math.max(newestMs, atMs);
  return newestMs;
}

function at(points: Points, atMs: number): number {
  return points.get(atMs) ?? 0;
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
