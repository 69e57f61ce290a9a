import { exceeds } from "../core/chance.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import type { RequestCounts, Verdict } from "../core/verdict.ts";

export type ErrorsGate = Exclude<ServiceSpec["gates"]["errors"], false>;

/**
 * The judge of the `errors` gate. A share of bad requests above `max-percent` is a regression, once chance no
 * longer explains it; until then, and with fewer than `min-requests`, there is no evidence. Fewer do when so
 * many went bad that `min-requests` could not have absorbed them.
 */
export function judgeErrors(counts: RequestCounts, gate: ErrorsGate): Verdict {
  const minRequests = gate["min-requests"];
  const maxPercent = gate["max-percent"];
  const percent = counts.requests === 0 ? 0 : (100 * counts.bad) / counts.requests;
  const seen = `${counts.bad} of ${counts.requests} requests to the new version went bad (${formatPercent(percent)})`;
  const verdict = (kind: Verdict["kind"], reason: string): Verdict => ({
    kind,
    gate: "errors",
    reason,
    counts,
  });
  if (exceeds(counts.bad, Math.max(counts.requests, minRequests), maxPercent / 100)) {
    return verdict("regress", `${seen}, allowed are ${maxPercent} %`);
  }
  if (counts.requests < minRequests) {
    const reason = `${counts.requests} requests to the new version so far; ${minRequests} are needed to judge`;
    return verdict("insufficient", reason);
  }
  if (percent > maxPercent) {
    return verdict("insufficient", `${seen}; allowed are ${maxPercent} %, and so few may be chance`);
  }
  return verdict("healthy", `${seen}, allowed are ${maxPercent} %`);
}

function formatPercent(percent: number): string {
  return `${percent >= 10 ? percent.toFixed(0) : Number(percent.toFixed(2))} %`;
}
