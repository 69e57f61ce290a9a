import { countOf } from "../../core/count-words.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import type { Verdict } from "../../core/verdict.ts";
import { problemCount } from "../../evidence/backtest/parse-trace.ts";
import type { GateReplay } from "../../evidence/backtest/replay.ts";
import type { Trace } from "../../evidence/backtest/trace.ts";
import type { Paint, Tone } from "../rehearse/paint.ts";
import type { TraceReport } from "./report.ts";

/** One trace in one line, with its reasons. */
export function traceLine(report: TraceReport, paint: Paint): string {
  if (report.kind === "unusable") {
    const count = countOf(problemCount(report.problems) + report.omitted, "problem");
    return `${report.file}: ${paint("unusable", "bad")}: ${count}\n`;
  }
  return `${head(report, paint)}: ${report.replay.overall.verdict.reason}${lacking(report, paint)}\n`;
}

/** One trace in a line, and one for what each gate alone would have said, with its reasons. */
export function traceLines(report: TraceReport, paint: Paint): string {
  if (report.kind === "unusable") return traceLine(report, paint);
  const { gates } = report.replay;
  if (gates.length < 2 && !gates.some(({ verdict }) => verdict.isDryRun)) return traceLine(report, paint);
  const lines = gates.map((gate) => {
    const { verdict } = gate;
    const name = verdict.isDryRun ? `${verdict.gate} (dry run)` : verdict.gate;
    return `  ${name}: ${said(gate, report.trace, paint)}: ${verdict.reason}\n`;
  });
  return `${head(report, paint)}${lacking(report, paint)}\n${lines.join("")}`;
}

type Replayed = Extract<TraceReport, { kind: "replayed" }>;

function head({ file, trace, replay: { overall } }: Replayed, paint: Paint): string {
  const by = overall.atMs === undefined ? "" : `, by ${overall.verdict.gate}`;
  return `${file}: ${said(overall, trace, paint)}${by}`;
}

function lacking({ replay: { notInTrace } }: Replayed, paint: Paint): string {
  return notInTrace.length === 0 ? "" : paint(`; not in the trace: ${notInTrace.join(", ")}`, "faint");
}

/** What makes a trace unusable, each with its place. */
export function problemLines(report: Extract<TraceReport, { kind: "unusable" }>): string {
  const { file, problems, omitted } = report;
  const lines = problems.map(({ line, message, again }) => {
    const where = line === undefined ? file : `${file}:${line}`;
    return `${where}: ${message}${again ? ` (the same on ${countOf(again, "later line")})` : ""}\n`;
  });
  return `${lines.join("")}${omitted === 0 ? "" : `${file}: and ${countOf(omitted, "more problem")}\n`}`;
}

const WORDS: Readonly<Record<Verdict["kind"], readonly [string, Tone]>> = {
  regress: ["regress", "bad"],
  error: ["error", "bad"],
  insufficient: ["insufficient evidence", "warn"],
  healthy: ["healthy", "good"],
};

/** "regress at 740 s (12m 20s into the canary), after 13 bad canary requests" */
function said({ verdict, atMs, badCanaryRequests }: GateReplay, trace: Trace, paint: Paint): string {
  const { periods, periodMs, canaryFromMs } = trace;
  const [word, tone] = WORDS[verdict.kind];
  const bad = countOf(badCanaryRequests, "bad canary request");
  if (atMs !== undefined) {
    const into = `${formatDuration(atMs - canaryFromMs)} into the canary`;
    return `${paint(word, tone)} at ${atMs / 1000} s (${into}), after ${bad}`;
  }
  const lastedMs = (periods.at(-1)?.atMs ?? canaryFromMs) + periodMs - canaryFromMs;
  return `${paint(word, tone)} after ${formatDuration(lastedMs)} of canary with ${bad}`;
}
