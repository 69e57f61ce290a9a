import { writeFile } from "node:fs/promises";
import { createClients } from "../../aws/clients.ts";
import { keptPeriodMs } from "../../aws/compared-metrics.ts";
import { SluiceError } from "../../core/errors.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import { moment } from "../../core/spec/fields.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { periodsOf } from "../../evidence/backtest/record.ts";
import { formatTrace } from "../../evidence/backtest/trace.ts";
import { loadService, regionOf } from "../by-hand/input.ts";
import { type Rollout, readRollout, type Span } from "./read-rollout.ts";

export interface RecordOptions {
  readonly spec: string;
  readonly service?: string | undefined;
  /** Default: the Region of the spec's routes. */
  readonly region?: string | undefined;
  /** ISO 8601, with its offset. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Default: standard output. */
  readonly out?: string | undefined;
}

export interface RecordStreams {
  readonly out: { write(text: string): unknown };
  readonly err: { write(text: string): unknown };
  readonly nowMs: () => number;
}

/**
 * `sluice backtest --from-cloudwatch`: a rollout of the past as a trace, from the load balancer's metrics of both target
 * groups. 0: it is written. 2: it is not, for the reason said.
 */
export async function recordCommand(options: RecordOptions, streams: RecordStreams): Promise<0 | 2> {
  const { out, err, nowMs } = streams;
  try {
    const spec = loadService(options.spec, options.service);
    const span = spanOf(options, spec, nowMs());
    const clients = createClients(regionOf(spec, options.region));
    const rollout = await readRollout(clients, spec, span, nowMs());
    const periods = periodsOf(rollout);
    const trace = formatTrace({ periods });
    if (options.out === undefined) out.write(trace);
    else await writeFile(options.out, trace);
    err.write(`${wordsOf(rollout, periods.length)}\n`);
    return 0;
  } catch (error) {
    const { message, hint } = said(error);
    err.write(`${[message, hint].filter(Boolean).join("\n")}\n`);
    return 2;
  }
}

/** A file that cannot be written is the user's to mend; anything else unexpected is a defect. */
function said(error: unknown): { readonly message: string; readonly hint?: string | undefined } {
  if (error instanceof SluiceError) return error;
  if (error instanceof Error && "syscall" in error) return { message: `--out: ${error.message}` };
  throw error;
}

/** The shortest period of the gates that CloudWatch still has of that time, and the whole ones of the time asked for. */
function spanOf({ from, to }: RecordOptions, { gates }: ServiceSpec, nowMs: number): Span {
  const fromMs = timeOf("--from", from);
  const toMs = Math.min(timeOf("--to", to), nowMs);
  const periods = [gates.errors || undefined, gates.latency].flatMap((gate) => gate?.period ?? []);
  const periodMs = Math.max(keptPeriodMs(nowMs - fromMs), periods.length > 0 ? Math.min(...periods) : 60_000);
  const span = {
    fromMs: Math.ceil(fromMs / periodMs) * periodMs,
    toMs: Math.floor(toMs / periodMs) * periodMs,
    periodMs,
  };
  if (span.toMs - span.fromMs >= 2 * periodMs) return span;
  const need = `two periods of ${formatDuration(periodMs)} at least`;
  throw new SluiceError("configuration", `--from and --to: expected a time in the past of ${need}`);
}

function timeOf(option: string, text: string | undefined): number {
  if (moment.safeParse(text).success) return Date.parse(text ?? "");
  const got = text === undefined ? "nothing" : JSON.stringify(text);
  throw new SluiceError(
    "configuration",
    `${option}: expected a time with its offset from UTC, such as 2026-11-20T14:00:00Z, got ${got}`,
  );
}

function wordsOf(rollout: Rollout, lines: number): string {
  const { stableArn, canaryArn, canaryFromMs, periodMs, slowWords } = rollout;
  const name = (arn: string) => arn.split("/")[1] ?? arn;
  const parts = [
    `${lines} periods of ${formatDuration(periodMs)}`,
    `stable is ${name(stableArn)}`,
    `canary is ${name(canaryArn)}, from ${new Date(canaryFromMs).toISOString()}`,
    slowWords === undefined ? "slow requests were not counted" : `slow ones ${slowWords}`,
  ];
  return parts.join("; ");
}
