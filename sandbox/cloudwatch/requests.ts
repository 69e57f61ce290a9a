import type { Dimension } from "@aws-sdk/client-cloudwatch";
import type { Settings, Surroundings } from "../ports.ts";
import { AwsError } from "../wire/service.ts";
import type { Window } from "./store.ts";

/** What the operations' inputs have in common: dimensions, periods, times and page tokens. */

export function dimensionsOf(dimensions: readonly Dimension[] | undefined): Record<string, string> {
  return Object.fromEntries((dimensions ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""]));
}

export function toDimensions(dimensions: Readonly<Record<string, string>>): Dimension[] {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}

/** CloudWatch takes 1, 5, 10, 20, 30 and multiples of 60. */
export function checkPeriod(periodSeconds: number, code: string): void {
  if ([1, 5, 10, 20, 30].includes(periodSeconds)) return;
  if (periodSeconds > 0 && periodSeconds % 60 === 0) return;
  throw new AwsError(code, "The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.");
}

export function checkTimes(start: Date, end: Date, code: string): void {
  if (start.getTime() < end.getTime()) return;
  throw new AwsError(code, "The parameter StartTime must be less than the parameter EndTime.");
}

/** Samples of the metric whose period ended before this can be read at `asOfMs`. */
export function visibleMs({ settings }: Surroundings, metric: string, asOfMs: number): number {
  return asOfMs - delayOf(settings, metric);
}

export function delayOf(settings: Settings, metric: string): number {
  return settings.metricDelaysMs?.[metric] ?? settings.metricDelayMs;
}

/**
 * The window of a request. `aligned` (GetMetricData): periods start at multiples of the period; else
 * (GetMetricStatistics): at the start time, which counts from its full minute.
 */
export function windowOf(
  times: { readonly start: Date; readonly end: Date; readonly periodSeconds: number },
  aligned: boolean,
  visible: number,
): Window {
  const periodMs = times.periodSeconds * 1000;
  const gridMs = aligned ? periodMs : Math.min(periodMs, 60_000);
  const startMs = Math.floor(times.start.getTime() / gridMs) * gridMs;
  const originMs = aligned ? 0 : startMs;
  return { startMs, endMs: times.end.getTime(), periodMs, originMs, visibleMs: visible };
}

/** Where the next page begins, and the moment as of which all pages are read. */
export interface PageToken {
  readonly offset: number;
  readonly asOfMs: number;
}

export function writeToken(token: PageToken): string {
  return Buffer.from(`${token.offset}/${token.asOfMs}`).toString("base64url");
}

export function readToken(text: string): PageToken {
  const [, offset, asOfMs] = /^(\d+)\/(\d+)$/.exec(Buffer.from(text, "base64url").toString()) ?? [];
  if (offset === undefined) throw new AwsError("InvalidNextToken", "The next token specified is invalid.");
  return { offset: Number(offset), asOfMs: Number(asOfMs) };
}
