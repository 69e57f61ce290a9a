import type { Readable } from "node:stream";
import { SluiceError } from "../core/errors.ts";
import type { GatesSpec } from "../core/spec/gate-schema.ts";
import { jsonLine } from "./backtest/json.ts";
import { reportOn } from "./backtest/read-trace.ts";
import { type BacktestStatus, statusOf, type TraceReport } from "./backtest/report.ts";
import { problemLines, traceLine, traceLines } from "./backtest/text.ts";
import { loadService } from "./by-hand/input.ts";
import type { Screen } from "./by-hand/release.ts";
import { createPaint } from "./rehearse/paint.ts";

export interface BacktestOptions {
  /** Path of the spec. */
  readonly spec: string;
  readonly service?: string | undefined;
  /** Paths of traces; `-` is standard input. */
  readonly traces: readonly string[];
  /** One JSON object a trace, each on a line. */
  readonly json: boolean;
}

export interface BacktestStreams {
  readonly out: Screen;
  readonly err: Pick<Screen, "write">;
  readonly stdin: Readable;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** `sluice backtest`: what the spec's gates would have said of recorded rollouts. Asks nobody, changes nothing. */
export async function backtestCommand(
  options: BacktestOptions,
  streams: BacktestStreams,
): Promise<BacktestStatus> {
  const { out, err, stdin } = streams;
  let gates: GatesSpec;
  let service: string;
  try {
    checkTraces(options.traces);
    ({ gates, service } = loadService(options.spec, options.service));
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    err.write(`${[error.message, error.hint].filter(Boolean).join("\n")}\n`);
    return 2;
  }
  const reports: TraceReport[] = [];
  for (const file of options.traces) {
    const report = await reportOn(file, gates, stdin);
    reports.push(report);
    out.write(options.json ? jsonLine(report, service) : textOf(report, options, streams));
    if (report.kind === "unusable" && !options.json) err.write(problemLines(report));
  }
  return statusOf(reports);
}

function checkTraces(traces: readonly string[]): void {
  if (traces.length === 0) {
    throw new SluiceError("configuration", "no trace to replay", {
      hint: "Name one or more by --trace FILE; - is standard input.",
    });
  }
  if (traces.filter((trace) => trace === "-").length > 1) {
    throw new SluiceError("configuration", "standard input can be read only once: - is there twice");
  }
}

function textOf(report: TraceReport, { traces }: BacktestOptions, { out, env }: BacktestStreams): string {
  const paint = createPaint(out, env);
  return traces.length > 1 ? traceLine(report, paint) : traceLines(report, paint);
}
