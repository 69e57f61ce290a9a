import type { Outcome } from "../../core/outcome.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import type { GitHubDesk } from "../desk.ts";

const ASK_EVERY_MS = 15_000;
/** An approve job starts at about the same time as the watch, so nothing waits for anybody at first. */
const UNASKED_MS = 120_000;

export interface WatchEndOptions {
  /** In which people approve; undefined: nobody is asked in this run. */
  readonly environment: string | undefined;
  /** How long the watch may last. */
  readonly limitMs: number;
  readonly nowMs: () => number;
}

/**
 * How a watch ends: when nothing waits for the environment any more, or its time is over. It answers at once by what
 * GitHub last said, and asks again beside the watch, which judges on meanwhile. Never throws.
 */
export function createWatchEnd(
  desk: Pick<GitHubDesk, "pendingIn">,
  { environment, limitMs, nowMs }: WatchEndOptions,
): () => Promise<Outcome | undefined> {
  const beganMs = nowMs();
  let wasPending = false;
  let isSettled = false;
  let askedMs = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  const ask = async (name: string): Promise<void> => {
    isAsking = true;
    askedMs = nowMs();
    const seen = await desk.pendingIn(name);
    isAsking = false;
    wasPending ||= seen === "pending";
    isSettled = seen === "settled" && (wasPending || nowMs() - beganMs >= UNASKED_MS);
  };
  return async () => {
    if (isSettled) return { kind: "reached", reason: `nothing waits for ${environment} any more` };
    if (nowMs() - beganMs >= limitMs) {
      const limit = formatDuration(limitMs);
      return {
        kind: "held",
        reason: `the watch is over after ${limit} (watch-for); nobody watches from here on, the scheduled sweep does`,
      };
    }
    if (environment && !isAsking && nowMs() - askedMs >= ASK_EVERY_MS) void ask(environment);
    return undefined;
  };
}
