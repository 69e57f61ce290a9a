import type { Verdict } from "../../core/verdict.ts";

/** From the worst to the best. No data is never a pass, and that it could not be asked for is worse still. */
const SEVERITY = [
  "regress",
  "error",
  "insufficient",
  "healthy",
] as const satisfies readonly Verdict["kind"][];

/**
 * Of all gates together: the worst of those that are no dry runs. Its `gate` and its reason name all that share that
 * severity. Of dry runs alone it is healthy by time, since they hold up nothing; of nothing at all it is no evidence.
 */
export function overallOf(verdicts: readonly Verdict[]): Verdict {
  const worst = worstOf(verdicts.filter(({ isDryRun }) => !isDryRun));
  const [first, ...others] = worst;
  if (!first) return ofNone(verdicts);
  if (others.length === 0) return first;
  const counts = worst.find((verdict) => verdict.counts)?.counts;
  return {
    kind: first.kind,
    gate: worst.map(({ gate }) => gate).join(", "),
    reason: worst.map(({ gate, reason }) => `${gate}: ${reason}`).join("; "),
    ...(counts ? { counts } : {}),
    ...(worst.some(({ basis }) => basis === "floor") ? { basis: "floor" as const } : {}),
    ...(worst.some(({ isIncident }) => isIncident) ? { isIncident: true as const } : {}),
  };
}

/** Those that share the worst severity. */
export function worstOf<V extends Pick<Verdict, "kind">>(verdicts: readonly V[]): readonly V[] {
  const kind = SEVERITY.find((severity) => verdicts.some((verdict) => verdict.kind === severity));
  return verdicts.filter((verdict) => verdict.kind === kind);
}

function ofNone(dryRuns: readonly Verdict[]): Verdict {
  const gate = "gates";
  return dryRuns.length === 0
    ? { kind: "insufficient", gate, reason: "no gate has been asked" }
    : { kind: "healthy", gate, basis: "floor", reason: "all gates are dry runs, so time alone decides" };
}
