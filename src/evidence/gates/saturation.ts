import { formatShare } from "../../core/count-words.ts";
import type { Level, LevelPoint, SaturationReading } from "../../core/levels.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import type { SaturationGate } from "../../core/spec/gate-schema.ts";
import type { Verdict } from "../../core/verdict.ts";
import { worstOf } from "./overall.ts";

type LevelVerdict = Pick<Verdict, "kind" | "reason" | "isIncident">;

/**
 * Whether the service has used too much of its CPU or memory since the step. The figure is of both versions together, so
 * one that was too high before the step already is not blamed on the release. Periods without a point are left out.
 */
export function judgeSaturation(reading: SaturationReading, gate: SaturationGate): Verdict {
  const worst = worstOf(gate.of.map((resource) => judgeLevel(resource, reading[resource], gate)));
  return {
    kind: worst[0]?.kind ?? "insufficient",
    gate: "saturation",
    reason: worst.map(({ reason }) => reason).join("; "),
    ...(gate["dry-run"] ? { isDryRun: true } : {}),
    ...(worst.some(({ isIncident }) => isIncident) ? { isIncident: true } : {}),
  };
}

function judgeLevel(
  resource: "cpu" | "memory",
  { before, since }: Level = { before: [], since: [] },
  { "max-percent": maxPercent, periods, period }: SaturationGate,
): LevelVerdict {
  const name = `the whole service's ${resource === "cpu" ? "CPU" : "memory"}`;
  const latest = since.at(-1);
  if (!latest) return { kind: "insufficient", reason: `${name} has no figure since the step yet` };
  const allowed = `allowed are ${formatShare(maxPercent)}`;
  const isAbove = ({ percent }: LevelPoint): boolean => percent > maxPercent;
  const run = longestRun(since, isAbove);
  if (run.length < periods && !isAbove(latest))
    return { kind: "healthy", reason: `${name} is used to ${formatShare(latest.percent)}, ${allowed}` };
  const lasting = formatDuration(run.length * period);
  const seen = `${name} was used to ${formatShare(meanOf(run))} for ${lasting}, ${allowed}`;
  if (run.length < periods)
    return {
      kind: "insufficient",
      reason: `${seen}; ${formatDuration(periods * period)} of that are a regression`,
    };
  const former = before.slice(-periods);
  if (former.length === 0) return { kind: "regress", reason: seen };
  const told = `${seen}; before the step ${formatShare(meanOf(former))}`;
  return meanOf(former) > maxPercent
    ? { kind: "insufficient", reason: `${told}: it was too high already`, isIncident: true }
    : { kind: "regress", reason: told };
}

/** The longest run of neighbours that are above, the earliest of the longest ones. */
function longestRun(
  points: readonly LevelPoint[],
  isAbove: (point: LevelPoint) => boolean,
): readonly LevelPoint[] {
  let longest: readonly LevelPoint[] = [];
  let from = 0;
  points.forEach((point, index) => {
    if (!isAbove(point)) from = index + 1;
    else if (index + 1 - from > longest.length) longest = points.slice(from, index + 1);
  });
  return longest;
}

const meanOf = (points: readonly LevelPoint[]): number =>
  points.reduce((sum, { percent }) => sum + percent, 0) / points.length;
