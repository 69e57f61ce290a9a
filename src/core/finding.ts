import { formatCount, formatRatio, formatShare, isAboutSame } from "./count-words.ts";
import type { RequestCounts, Verdict } from "./verdict.ts";

/** The gate of the verdict that follows a rollback: whether the old version, alone again, is as good as it was. */
export const RECOVERY_GATE = "recovery";

/**
 * What a verdict means to whoever reads it: its kind, told apart where one kind means several things. `shown` is proven by
 * figures, `floor` is time and volume with nothing against it, `incident` is not this release's doing.
 */
export type Finding = Verdict["kind"] | "shown" | "floor" | "incident";

/** Journals of earlier versions know neither proof nor floor: theirs is `healthy`, like that of a gate without counts. */
export function findingOf({ kind, basis, counts, isIncident }: Verdict): Finding {
  if (isIncident && kind !== "regress") return "incident";
  if (kind !== "healthy") return kind;
  if (basis === "floor") return "floor";
  return counts?.neededRequests === undefined ? "healthy" : "shown";
}

/**
 * A line for a log: "errors is regress: 12 of 480 requests …"; of what passes only the figures. One that only reports never
 * reads like a cause.
 */
export function describeVerdict(verdict: Verdict): string {
  const figures = verdict.kind === "healthy" ? figuresOf(verdict.counts) : undefined;
  return `${subjectOf(verdict)}: ${figures ?? verdict.reason}`;
}

function subjectOf(verdict: Verdict): string {
  const { gate, kind, isDryRun } = verdict;
  const finding = findingOf(verdict);
  if (gate === RECOVERY_GATE) return gate;
  if (isDryRun) return `${gate} (dry run) ${finding === "regress" ? "would have rolled back" : `is ${kind}`}`;
  if (finding === "floor") return `${gate} has nothing against it`;
  return finding === "incident" ? `${gate} sees an incident` : `${gate} is ${kind}`;
}

/** "10 of 4,500 (0.22 %, allowed are 1 %), 1.1 times the old version's rate". Not of a journal of an earlier version. */
function figuresOf(counts: RequestCounts | undefined): string | undefined {
  if (!counts?.requests || counts.neededRequests === undefined) return undefined;
  const { requests, bad, rateRatio, allowedPercent = 100, isGood } = counts;
  const limit = allowedPercent < 100 ? `, allowed are ${formatShare(allowedPercent)}` : "";
  const share = `${formatShare((100 * bad) / requests)}${limit}`;
  const beside = rateRatio === undefined ? "" : `, ${besideOldRate(rateRatio)}`;
  return `${formatCount(bad)} of ${formatCount(requests)}${isGood ? " good" : ""} (${share})${beside}`;
}

/** "26 times the old version's rate", "about the old version's rate". */
export function besideOldRate(ratio: number): string {
  return isAboutSame(ratio) ? "about the old version's rate" : `${formatRatio(ratio)} the old version's rate`;
}
