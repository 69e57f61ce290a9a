import type { GateReplay } from "../../evidence/backtest/replay.ts";
import type { Trace } from "../../evidence/backtest/trace.ts";
import type { TraceReport } from "./report.ts";

/** One trace as one line of JSON, of the shape that docs/how-to/backtest.md describes. */
export function jsonLine(report: TraceReport, service: string): string {
  const head = { version: 1, file: report.file, service };
  if (report.kind === "unusable") {
    const { problems, omitted } = report;
    return `${JSON.stringify({ ...head, verdict: "unusable", problems, omitted })}\n`;
  }
  const { trace, replay } = report;
  const body = {
    ...verdictMembers(replay.overall),
    gates: replay.gates.map((gate) => ({ gate: gate.verdict.gate, ...verdictMembers(gate) })),
    notInTrace: replay.notInTrace,
    trace: traceMembers(trace),
  };
  return `${JSON.stringify({ ...head, ...body })}\n`;
}

function verdictMembers({ verdict, atMs, badCanaryRequests }: GateReplay) {
  const { kind, reason, basis, isDryRun, isIncident } = verdict;
  return {
    verdict: kind,
    atSeconds: atMs === undefined ? null : atMs / 1000,
    badCanaryRequests,
    reason,
    ...(basis ? { basis } : {}),
    ...(isDryRun ? { isDryRun } : {}),
    ...(isIncident ? { isIncident } : {}),
  };
}

function traceMembers({ periods, periodMs, canaryFromMs }: Trace) {
  return {
    lines: periods.length,
    periodSeconds: periodMs / 1000,
    fromSeconds: (periods[0]?.atMs ?? 0) / 1000,
    canaryFromSeconds: canaryFromMs / 1000,
    toSeconds: ((periods.at(-1)?.atMs ?? 0) + periodMs) / 1000,
  };
}
