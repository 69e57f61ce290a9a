import type { Decision } from "../../core/story/ending.ts";
import type { Passage } from "../../core/story/passages.ts";
import type { Story } from "../../core/story/story.ts";
import type { TrafficSpan } from "../../core/story/traffic.ts";
import { formatPercent } from "../../core/weights.ts";
import { fenced } from "./text.ts";

/** A chart with more bars is no picture any more; the table beside it has the rest. */
const MOST_BARS = 24;

/**
 * The rollout as a Mermaid gantt, which GitHub draws: the new version's weight, the phases, and who decided when.
 * Times are written without a zone, so that the axis says UTC wherever it is read. Undefined where nothing lasted.
 */
export function chartOf({ traffic, passages, decisions, fromMs, toMs }: Story): string {
  const lasted = (toMs ?? 0) - (fromMs ?? 0);
  if (traffic.length === 0 || lasted <= 0) return "";
  const shown = most(traffic);
  return fenced(
    "mermaid",
    [
      "gantt",
      "  dateFormat YYYY-MM-DD HH:mm:ss.SSS",
      `  axisFormat ${lasted < 10 * MINUTE_MS ? "%H:%M:%S" : "%H:%M"}`,
      `  tickInterval ${tickOf(lasted)}`,
      "  section Weight",
      ...shown.map((span) => bar(formatPercent(span.percent), toneOf(span, shown), span.fromMs, span.toMs)),
      ...(passages.length > 1 ? ["  section Phases", ...most(passages).map(phaseBar)] : []),
      ...peopleBars(decisions, fromMs ?? 0),
    ].join("\n"),
  );
}

const MINUTE_MS = 60_000;
const MOST_TICKS = 10;

/** Mermaid's own choice overlaps where it is seconds. */
function tickOf(lastedMs: number): string {
  const ticks = [
    ...[1, 2, 5, 10, 30].map((count) => ({ name: `${count}second`, ms: count * 1_000 })),
    ...[1, 2, 5, 10, 30].map((count) => ({ name: `${count}minute`, ms: count * MINUTE_MS })),
    ...[1, 2, 6, 12].map((count) => ({ name: `${count}hour`, ms: count * 60 * MINUTE_MS })),
  ];
  return ticks.find(({ ms }) => lastedMs / ms <= MOST_TICKS)?.name ?? "1day";
}

/** Those that lasted longest, in their order. */
function most<T extends { readonly fromMs: number; readonly toMs: number }>(
  spans: readonly T[],
): readonly T[] {
  if (spans.length <= MOST_BARS) return spans;
  const longest = new Set(
    [...spans].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, MOST_BARS),
  );
  return spans.filter((span) => longest.has(span));
}

/** Users' weight is blue, all of it done, and a weight that was taken away red. */
function toneOf(span: TrafficSpan, spans: readonly TrafficSpan[]): string {
  const next = spans[spans.indexOf(span) + 1];
  if (next && next.percent < span.percent) return "crit";
  return span.percent === 0 ? "done" : "active";
}

function phaseBar({ phase, fromMs, toMs, outcome }: Passage): string {
  const isBad = outcome?.kind === "failed" || outcome?.kind === "rolled-back" || !outcome;
  return bar(phase, isBad ? "crit" : phase === "rollback" ? "active" : "done", fromMs, toMs);
}

/** What was decided before would make the rest small. */
function peopleBars(decisions: readonly Decision[], fromMs: number): readonly string[] {
  const timed = decisions.filter(({ decidedAtMs = 0 }) => decidedAtMs >= fromMs).slice(0, MOST_BARS);
  if (timed.length === 0) return [];
  return [
    "  section People",
    ...timed.map(({ what, by, decidedAtMs = 0 }) =>
      bar(`${what} by ${by}`, "milestone", decidedAtMs, decidedAtMs),
    ),
  ];
}

function bar(name: string, tone: string, fromMs: number, toMs: number): string {
  return `    ${label(name)} :${tone}, ${stamp(fromMs)}, ${stamp(toMs)}`;
}

/** Mermaid has words and signs of its own, and no way to quote them in a gantt: what remains can be none. */
function label(text: string): string {
  const plain = text.replaceAll(/[^\p{L}\p{N} %.()/+-]/gu, " ").replaceAll(/%{2,}/g, "%");
  return plain.replaceAll(/\s+/g, " ").trim().slice(0, 60) || "-";
}

function stamp(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").replace("Z", "");
}
