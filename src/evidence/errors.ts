import type { ServiceSpec } from "../core/spec/schema.ts";
import type { RequestCounts, Verdict } from "../core/verdict.ts";

export type ErrorsGate = Exclude<ServiceSpec["gates"]["errors"], false>;

/**
 * The judge of the `errors` gate: a share of bad requests above `max-percent` is a regression, fewer than
 * `min-requests` are no evidence. It regresses on fewer, too, once the bad ones alone would exceed the share.
 */
export function judgeErrors(counts: RequestCounts, gate: ErrorsGate): Verdict {
  const minRequests = gate["min-requests"];
  const maxPercent = gate["max-percent"];
  const percent = counts.requests === 0 ? 0 : (100 * counts.bad) / counts.requests;
  const seen = `${counts.bad} of ${counts.requests} requests to the new version went bad (${formatPercent(percent)})`;
  const beyondRescue = (100 * counts.bad) / Math.max(counts.requests, minRequests) > maxPercent;
  if (beyondRescue)
    return { kind: "regress", gate: "errors", reason: `${seen}, allowed are ${maxPercent} %`, counts };
  if (counts.requests < minRequests) {
    return {
      kind: "insufficient",
      gate: "errors",
      reason: `${counts.requests} requests to the new version so far; ${minRequests} are needed to judge`,
      counts,
    };
  }
  return { kind: "healthy", gate: "errors", reason: `${seen}, allowed are ${maxPercent} %`, counts };
}

function formatPercent(percent: number): string {
  return `${percent >= 10 ? percent.toFixed(0) : Number(percent.toFixed(2))} %`;
}
