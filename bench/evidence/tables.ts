import { markdownTable } from "markdown-table";
import type { FalseAlarms } from "./false-alarms.ts";
import type { Harm, Hurt } from "./hurt.ts";

export function renderAlarms(alarms: readonly FalseAlarms[]): string {
  const head = ["", ...(alarms[0]?.rules.map(({ name }) => name) ?? [])];
  const rows = alarms.map(({ scenario, rules }) => [
    scenario,
    ...rules.map(({ share }) => (100 * share).toFixed(2)),
  ]);
  return markdownTable([head, ...rows], { align: ["l", ...head.slice(1).map(() => "r")] });
}

/** A row for each regression; the least possible beside ours, the false alarms beside what has others than α. */
export function renderHarms(hurts: readonly Hurt[], kinds: readonly Harm["kind"][]): string {
  const shown = (harms: readonly Harm[]): readonly Harm[] => harms.filter(({ kind }) => kinds.includes(kind));
  const withBound = kinds.includes("ours");
  const names = shown(hurts[0]?.harms ?? []).map(({ rule }) => rule);
  const head = ["", "times", ...names, ...(withBound ? ["least possible"] : [])];
  const rows = hurts.map(({ scenario, ratio, harms, bound }) => [
    scenario,
    `${ratio}`,
    ...shown(harms).map(cellOf),
    ...(withBound ? [bound === undefined ? "–" : bound.toFixed(1)] : []),
  ]);
  return markdownTable([head, ...rows]);
}

function cellOf({ kind, bad, minutes, power, alarms }: Harm): string {
  const found = `${bad.toFixed(1)} (${minutes.toFixed(1)} min; ${(100 * power).toFixed(0)} %)`;
  return kind === "default" ? `${found} [${(100 * alarms).toFixed(0)} %]` : found;
}
