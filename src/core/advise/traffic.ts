import type { TrafficFacts } from "./facts.ts";

/** Requests of a service in the minute that begins at `atMs`. */
export interface MinuteCounts {
  readonly atMs: number;
  readonly requests: number;
  /** Answered with 2xx, 3xx or 4xx. */
  readonly good: number;
  readonly connectionErrors: number;
}

const MINUTE_MS = 60_000;

/**
 * What a day's minutes come to; undefined where there is no request in them. Minutes without a request, which
 * CloudWatch leaves out, count as such from the first one that has some until `endMs`.
 */
export function trafficOf(minutes: readonly MinuteCounts[], endMs: number): TrafficFacts | undefined {
  const busy = minutes.filter(({ requests, atMs }) => requests > 0 && atMs < endMs);
  if (busy.length === 0) return undefined;
  const firstMs = Math.min(...busy.map(({ atMs }) => atMs));
  const count = Math.max(busy.length, Math.ceil((endMs - firstMs) / MINUTE_MS));
  const silent = Array.from({ length: count - busy.length }, () => 0);
  const sorted = [...silent, ...busy.map(({ requests }) => requests)].sort((a, b) => a - b);
  const at = (part: number): number => sorted[Math.round(part * (count - 1))] ?? 0;
  const sum = (of: (minute: MinuteCounts) => number): number =>
    busy.reduce((total, minute) => total + of(minute), 0);
  return {
    spanMs: count * MINUTE_MS,
    perMinute: { peak: at(1), median: at(0.5), quiet: at(0.1) },
    requests: sum(({ requests }) => requests),
    bad: sum(({ requests, good }) => Math.max(0, requests - good)),
    connectionErrors: sum(({ connectionErrors }) => connectionErrors),
  };
}
