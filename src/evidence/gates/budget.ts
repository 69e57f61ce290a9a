import type { GatesSpec } from "../../core/spec/gate-schema.ts";

/**
 * The false alarms that each gate on counts may give, as chances, by gate: all of them together no more than
 * `budgetShare` of the spec's `false-alarm-percent`, however they depend on each other (Boole's inequality). A dry run takes back nothing, so it costs the others nothing, and
 * gets as much as one of them, so that it shows what it would do.
 *
 * @param budgetShare the part of the rollout's budget that the window asked about may spend, in (0, 1]
 */
export function budgetsOf(gates: GatesSpec, budgetShare: number): ReadonlyMap<string, number> {
  const names = namedGates(gates);
  const acting = names.filter(([, isDryRun]) => !isDryRun);
  const alpha = (gates["false-alarm-percent"] / 100) * budgetShare;
  const each = alpha / Math.max(1, acting.length);
  return new Map(names.map(([name]) => [name, each]));
}

function namedGates({ errors, latency, ratios }: GatesSpec): readonly (readonly [string, boolean])[] {
  return [
    ...(errors ? [["errors", errors["dry-run"]] as const] : []),
    ...(latency ? [["latency", latency["dry-run"]] as const] : []),
    ...ratios.map((ratio) => [ratio.name, ratio["dry-run"]] as const),
  ];
}
