import { GitHubError } from "./errors.ts";

const HOUR_MS = 3_600_000;

/** Counts a call of a token, and gives the headers that say how many it has left; throws 403 when it has none. */
export type Limiter<T> = (token: T, nowMs: number, callsPerHour: number) => Readonly<Record<string, string>>;

export function createLimiter<T>(): Limiter<T> {
  const counts = new Map<T, { readonly hour: number; readonly count: number }>();
  return (token, nowMs, callsPerHour) => {
    const hour = Math.floor(nowMs / HOUR_MS);
    const last = counts.get(token);
    const count = (last?.hour === hour ? last.count : 0) + 1;
    counts.set(token, { hour, count });
    const resetMs = (hour + 1) * HOUR_MS;
    if (count > callsPerHour) throw limitExceeded(403, callsPerHour, resetMs);
    return limitHeaders(callsPerHour, count, resetMs);
  };
}

export function limitExceeded(status: 403 | 429, limit: number, resetMs: number): GitHubError {
  const message = "API rate limit exceeded for installation.";
  return new GitHubError(status, message, {}, limitHeaders(limit, limit, resetMs));
}

/** `x-ratelimit-reset` is in seconds since the epoch. */
function limitHeaders(limit: number, used: number, resetMs: number): Readonly<Record<string, string>> {
  return {
    "x-ratelimit-limit": String(limit),
    "x-ratelimit-remaining": String(Math.max(0, limit - used)),
    "x-ratelimit-used": String(used),
    "x-ratelimit-reset": String(Math.ceil(resetMs / 1000)),
    "x-ratelimit-resource": "core",
  };
}
