import { type Paint, paintLine, type Span, span, type Tone } from "./paint.ts";
import type { GateView, PhaseState, ReleaseView, VersionView } from "./timeline.ts";
import { formatCount, formatElapsed, formatLatency, formatPercent, onOneLine } from "./words.ts";

const LONGEST_BAR = 20;
const SHORTEST_BAR = 5;
const PERCENT_WIDTH = 8;
const FIGURES_WIDTH = 40;
const MARGIN = "  ";

const PHASE_MARKS: Readonly<Record<PhaseState, { readonly mark: string; readonly tone: Tone }>> = {
  ahead: { mark: "·", tone: "faint" },
  begun: { mark: "●", tone: "strong" },
  reached: { mark: "✓", tone: "good" },
  failed: { mark: "✗", tone: "bad" },
};

const VERDICT_TONES = { healthy: "good", regress: "bad", insufficient: "faint", error: "warn" } as const;

/** The live view of a release: lines to be drawn in place, none longer than `columns`. Pure. */
export function renderFrame(view: ReleaseView, options: { paint: Paint; columns: number }): string[] {
  const versions = view.versions.filter((one) => one.version !== "none" || (one.sample?.requests ?? 0) > 0);
  const layout = layOut(versions, options.columns);
  const gateWidth = Math.max(0, ...view.verdicts.map(({ gate }) => gate.length));
  const lines: (readonly Span[])[] = [
    heading(view),
    [],
    view.phases.flatMap(({ name, state }) => {
      const { mark, tone } = PHASE_MARKS[state];
      return [span(`${name} ${mark}`, tone), span("   ")];
    }),
    ...(view.steps.length > 1 ? [stepSpans(view)] : []),
    [],
    versionHead(layout),
    ...versions.map((version) => versionRow(version, layout)),
    [],
    ...view.verdicts.map((verdict) => verdictLine(verdict, gateWidth)),
    ...remarkLines(view),
  ];
  return lines.map((line) => paintLine([span(MARGIN), ...line], options.columns, options.paint));
}

/** "5 % ✓ 00:04   25 % ● 00:13   50 % ·": each with when it was begun. */
function stepSpans({ steps, step, stepsBegun, phases, rollback }: ReleaseView): Span[] {
  const isDone = phases.some(({ name, state }) => name === "promote" && state === "reached");
  const stateOf = (index: number): PhaseState => {
    if (index > step) return "ahead";
    if (index < step || isDone) return "reached";
    return rollback === undefined ? "begun" : "failed";
  };
  return steps.flatMap(({ label }, index) => {
    const { mark, tone } = PHASE_MARKS[stateOf(index)];
    const begun = stepsBegun[index];
    const time = begun === undefined ? [] : [span(` ${formatElapsed(begun)}`, "faint")];
    return [span(`${label} ${mark}`, tone), ...time, span("   ")];
  });
}

interface Layout {
  readonly nameWidth: number;
  readonly barCells: number;
}

/** A narrow terminal gets a shorter bar before it loses figures. */
function layOut(versions: readonly VersionView[], columns: number): Layout {
  const nameWidth = Math.max("version".length, ...versions.map((one) => label(one).length)) + 2;
  const left = columns - MARGIN.length - nameWidth - PERCENT_WIDTH - FIGURES_WIDTH;
  return { nameWidth, barCells: Math.min(LONGEST_BAR, Math.max(SHORTEST_BAR, left)) };
}

function heading(view: ReleaseView): Span[] {
  const time = formatElapsed(view.elapsedSeconds);
  return [span(view.name, "strong"), span(`  ${view.strategy}`, "faint"), span(`  ${time}`, "faint")];
}

const label = (version: VersionView): string => (version.version === "none" ? "no answer" : version.version);

function versionHead({ nameWidth, barCells }: Layout): Span[] {
  const traffic = "traffic".padEnd(barCells + PERCENT_WIDTH);
  const figures = columns({
    tasks: "tasks",
    rate: "req/s",
    requests: "requests",
    failed: "failed",
    p99: "p99",
  });
  return [span("version".padEnd(nameWidth) + traffic + figures.join(""), "faint")];
}

/** The right-aligned figures of a row, FIGURES_WIDTH in all. */
function columns(row: {
  tasks: string;
  rate: string;
  requests: string;
  failed: string;
  p99: string;
}): string[] {
  return [
    row.tasks.padStart(7),
    row.rate.padStart(7),
    row.requests.padStart(10),
    row.failed.padStart(8),
    row.p99.padStart(8),
  ];
}

function versionRow(version: VersionView, { nameWidth, barCells }: Layout): Span[] {
  const { sample, tasks, weightPercent } = version;
  const [taskCell = "", rate = "", requests = "", failed = "", p99 = ""] = columns({
    tasks: tasks ? `${tasks.healthy}/${tasks.expected}` : "",
    rate: sample ? sample.requestsPerSecond.toFixed(1) : "",
    requests: sample ? formatCount(sample.requests) : "",
    failed: sample ? formatCount(sample.failed) : "",
    p99: sample ? formatLatency(sample.p99Ms) : "",
  });
  const short = tasks !== undefined && tasks.healthy < tasks.expected;
  return [
    span(label(version).padEnd(nameWidth), "strong"),
    ...bar(weightPercent, barCells),
    span(taskCell, short ? "warn" : "plain"),
    span(rate + requests),
    span(failed, (sample?.failed ?? 0) > 0 ? "bad" : "plain"),
    span(p99),
  ];
}

function bar(weightPercent: number | undefined, cells: number): Span[] {
  if (weightPercent === undefined) return [span("".padEnd(cells + PERCENT_WIDTH))];
  const filled = filledCells(weightPercent, cells);
  const percent = formatPercent(weightPercent).padStart(PERCENT_WIDTH);
  return [span("█".repeat(filled)), span("░".repeat(cells - filled), "faint"), span(percent)];
}

/** Neither empty while there is any weight, nor full while some of it is elsewhere. */
function filledCells(weightPercent: number, cells: number): number {
  if (weightPercent <= 0) return 0;
  if (weightPercent >= 100) return cells;
  return Math.min(cells - 1, Math.max(1, Math.round((weightPercent / 100) * cells)));
}

function verdictLine({ gate, verdict, reason }: GateView, width: number): Span[] {
  const tone = VERDICT_TONES[verdict];
  return [span(`${gate.padEnd(width)}  `, "faint"), span(verdict, tone), span(`  ${onOneLine(reason)}`)];
}

function remarkLines({ remark, rollback }: ReleaseView): Span[][] {
  const why = rollback === undefined ? [] : [[span(`rolling back ${onOneLine(rollback)}`, "bad")]];
  return remark ? [...why, [span(onOneLine(remark.text), remark.kind === "note" ? "faint" : "warn")]] : why;
}
