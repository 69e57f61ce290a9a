import { setTimeout as sleep } from "node:timers/promises";

/** What one reader of server-sent events saw. */
export type StreamEvent =
  | { readonly kind: "opened"; readonly atMs: number; readonly version: string }
  /** The answer's body ended, or its connection did, after so many events. */
  | { readonly kind: "ended"; readonly atMs: number; readonly version: string; readonly events: number }
  /** No answer of 200. */
  | { readonly kind: "refused"; readonly atMs: number; readonly seen: string };

export interface EventReader {
  readonly events: readonly StreamEvent[];
  close(): Promise<void>;
}

/** As `retry:` of an event stream has a browser wait before it connects again. */
const RETRY_MS = 300;

/** Reads server-sent events, and connects again whenever they end. */
export function readEvents(url: string): EventReader {
  const events: StreamEvent[] = [];
  const stopping = new AbortController();
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await readOnce(url, stopping.signal, events);
      await sleep(RETRY_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  })();
  return {
    events,
    async close() {
      stopping.abort();
      await running;
    },
  };
}

async function readOnce(url: string, signal: AbortSignal, seen: StreamEvent[]): Promise<void> {
  let version: string | undefined;
  let events = 0;
  try {
    const answer = await fetch(url, { signal });
    if (!answer.ok || !answer.body) throw new Error(`${answer.status}`);
    version = answer.headers.get("x-version") ?? "none";
    seen.push({ kind: "opened", atMs: Date.now(), version });
    const text = answer.body.pipeThrough(new TextDecoderStream());
    for await (const part of text) events += part.split("\n\n").length - 1;
  } catch (error) {
    if (signal.aborted) return;
    if (version === undefined) seen.push({ kind: "refused", atMs: Date.now(), seen: String(error) });
  }
  if (version !== undefined && !signal.aborted)
    seen.push({ kind: "ended", atMs: Date.now(), version, events });
}
