import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { LoadBook, type Outcomes } from "./load-figures.ts";
import { type Audience, drawRequest, type Mix, type PlannedRequest, sendRequest } from "./load-request.ts";

/** How a load is shaped. Shares are 0-1. */
export interface LoadOptions {
  /** Where users send their requests, e.g. "http://127.0.0.1:4000". */
  readonly url: string;
  readonly requestsPerSecond: number;
  /** Requests of `paths.slow`, which are asked to take `slowMs`. Default 0.02. */
  readonly slowShare?: number;
  /** Default 2000. */
  readonly slowMs?: number;
  /** Requests that open a connection of their own; the others use kept-alive ones. Default 0.3. */
  readonly newConnectionShare?: number;
  /** Requests that POST `writeBody` to `paths.write`. Default 0.1. */
  readonly writeShare?: number;
  readonly writeBody?: string;
  /** Default: those of the example service. `slow` gets `?ms=<slowMs>`. */
  readonly paths?: {
    readonly read?: string | readonly string[];
    readonly write?: string;
    readonly slow?: string;
  };
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Users that take another way, or have headers of their own. Their shares add up to 1 at most. */
  readonly audiences?: readonly Audience[];
  /** 4xx statuses that are as good as any. Default: none. */
  readonly expectedStatuses?: readonly number[];
  /** The response header that names the version. Default "x-version". */
  readonly versionHeader?: string;
  /** A request without a whole answer after this long has failed. Default 15 000. */
  readonly timeoutMs?: number;
  /** How far back the recent figures reach. Default 10. */
  readonly windowSeconds?: number;
  /** How many failures are kept to be shown. Default 50. */
  readonly keptFailures?: number;
  /** In [0, 1). */
  readonly random: () => number;
  readonly nowMs: () => number;
}

/** What a load has done so far. */
export interface LoadFigures extends Outcomes {
  readonly startedAtMs: number;
  /** Requests that were due by now. */
  readonly scheduled: number;
  readonly sent: number;
  /** Of those sent, the ones that were sent within 50 ms of when they were due. */
  readonly sentOnTime: number;
  readonly inFlight: number;
}

export interface Load {
  figures(): LoadFigures;
  /** Sends no more, waits for what is in flight (at most `timeoutMs`), and closes all connections. */
  stop(): Promise<LoadFigures>;
}

const ON_TIME_MS = 50;
/** Requests are spread over this many sets of kept-alive connections, as they come from many clients. */
const POOLS = 8;

/**
 * Begins an open-loop load: request n is due n / rate after the start and is sent then, however late the
 * answers to others are; latency counts from when it was due. So a stall is seen in full.
 */
export function startLoad(options: LoadOptions): Load {
  const { nowMs, random, requestsPerSecond, timeoutMs = 15_000 } = options;
  const { windowSeconds = 10, keptFailures = 50 } = options;
  const startedAtMs = nowMs();
  const book = new LoadBook({ startedAtMs, windowSeconds, keptFailures });
  const mix = mixOf(options);
  const { origin } = new URL(options.url);
  const pools = createPools(options, timeoutMs);
  const inFlight = new Set<Promise<void>>();
  const counts = { sent: 0, sentOnTime: 0 };
  const stopping = new AbortController();

  const figures = (): LoadFigures => ({
    ...book.outcomes(nowMs()),
    ...counts,
    startedAtMs,
    scheduled: Math.max(counts.sent, stopping.signal.aborted ? 0 : dueBy(options, nowMs() - startedAtMs)),
    inFlight: inFlight.size,
  });

  const send = (request: PlannedRequest): void => {
    counts.sent++;
    if (nowMs() - request.dueAtMs <= ON_TIME_MS) counts.sentOnTime++;
    const to = request.audience?.url ? new URL(request.audience.url).origin : origin;
    const pool = pools.get(to)?.[Math.floor(random() * POOLS)];
    const sending = sendRequest(request, { mix, pool, origin: to, timeoutMs, nowMs }).then((ended) => {
      book.add(ended);
      inFlight.delete(sending);
    });
    inFlight.add(sending);
  };

  const running = run(stopping.signal, () => {
    const due = dueBy(options, nowMs() - startedAtMs);
    while (counts.sent < due)
      send(drawRequest(mix, random, startedAtMs + (counts.sent * 1000) / requestsPerSecond));
    return startedAtMs + (counts.sent * 1000) / requestsPerSecond - nowMs();
  });

  return {
    figures,
    async stop() {
      stopping.abort();
      await running;
      await Promise.all(inFlight);
      await Promise.all([...pools.values()].flat().map((pool) => pool.destroy()));
      return figures();
    },
  };
}

/** Sets of kept-alive connections, by where they lead. */
function createPools(
  { url, audiences = [] }: LoadOptions,
  timeoutMs: number,
): ReadonlyMap<string, readonly Pool[]> {
  const urls = new Set(
    [url, ...audiences.map((audience) => audience.url ?? url)].map((one) => new URL(one).origin),
  );
  return new Map(
    [...urls].map((origin) => [
      origin,
      Array.from({ length: POOLS }, () => new Pool(origin, { connect: { timeout: timeoutMs } })),
    ]),
  );
}

/** How many requests are due after `elapsedMs`: the first at once. */
function dueBy({ requestsPerSecond }: LoadOptions, elapsedMs: number): number {
  return Math.floor((elapsedMs * requestsPerSecond) / 1000) + 1;
}

/** Calls `sendDue` whenever a request is due. It returns how long it is until the next one, in milliseconds. */
async function run(signal: AbortSignal, sendDue: () => number): Promise<void> {
  while (!signal.aborted) {
    const waitMs = sendDue();
    await sleep(Math.max(1, waitMs), undefined, { signal }).catch(() => {});
  }
}

function mixOf(options: LoadOptions): Mix {
  const { slowShare = 0.02, writeShare = 0.1, newConnectionShare = 0.3, slowMs = 2000 } = options;
  const { read = "/orders", write = "/orders", slow = "/slow" } = options.paths ?? {};
  return {
    slowShare,
    writeShare,
    newConnectionShare,
    reads: [read].flat().map((path) => ({ method: "GET" as const, path })),
    write: { method: "POST", path: write, body: options.writeBody ?? '{"item":"espresso","quantity":1}' },
    slow: { method: "GET", path: `${slow}?ms=${slowMs}` },
    headers: options.headers ?? {},
    audiences: options.audiences ?? [],
    expectedStatuses: options.expectedStatuses ?? [],
    versionHeader: options.versionHeader ?? "x-version",
  };
}
