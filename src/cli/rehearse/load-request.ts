import { Client, type Dispatcher } from "undici";
import type { EndedRequest, FailureKind } from "./load-figures.ts";

/** What requests a load is made of. Shares are 0-1. */
export interface Mix {
  readonly slowShare: number;
  readonly writeShare: number;
  readonly newConnectionShare: number;
  /** One of these, drawn evenly. */
  readonly reads: readonly RequestShape[];
  readonly write: RequestShape;
  readonly slow: RequestShape;
  readonly headers: Readonly<Record<string, string>>;
  /** The others go to the load's own URL without more headers. */
  readonly audiences: readonly Audience[];
  readonly expectedStatuses: readonly number[];
  readonly versionHeader: string;
}

/** A part of the users that takes another way, or can be told by its headers. */
export interface Audience {
  readonly share: number;
  /** Default: the load's own. */
  readonly url?: string;
  readonly headers: Readonly<Record<string, string>>;
}

interface RequestShape {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly body?: string;
}

export interface PlannedRequest {
  readonly dueAtMs: number;
  readonly shape: RequestShape;
  readonly slow: boolean;
  readonly newConnection: boolean;
  readonly audience?: Audience;
}

/** The next request of a load. Pure but for `random`, of which it takes two numbers, and more where there is more to draw. */
export function drawRequest(mix: Mix, random: () => number, dueAtMs: number): PlannedRequest {
  const kind = random();
  const slow = kind < mix.slowShare;
  const fast = kind < mix.slowShare + mix.writeShare ? mix.write : drawRead(mix, random);
  const newConnection = random() < mix.newConnectionShare;
  const planned = { dueAtMs, shape: slow ? mix.slow : fast, slow, newConnection };
  const audience = mix.audiences.length === 0 ? undefined : drawAudience(mix.audiences, random());
  return audience ? { ...planned, audience } : planned;
}

function drawRead({ reads }: Mix, random: () => number): RequestShape {
  const index = reads.length > 1 ? Math.floor(random() * reads.length) : 0;
  return reads[index] ?? { method: "GET", path: "/" };
}

function drawAudience(audiences: readonly Audience[], drawn: number): Audience | undefined {
  let end = 0;
  return audiences.find(({ share }) => {
    end += share;
    return drawn < end;
  });
}

interface Channel {
  readonly mix: Mix;
  /** Kept-alive connections. */
  readonly pool: Dispatcher | undefined;
  readonly origin: string;
  readonly timeoutMs: number;
  readonly nowMs: () => number;
}

/** Sends the request and reads its whole answer. Never rejects: a failure is how it ended. */
export async function sendRequest(request: PlannedRequest, channel: Channel): Promise<EndedRequest> {
  const { origin, timeoutMs, nowMs } = channel;
  const own = request.newConnection || !channel.pool;
  const dispatcher =
    (own ? undefined : channel.pool) ?? new Client(origin, { connect: { timeout: timeoutMs } });
  const result = await withDeadline(timeoutMs, (signal) =>
    exchange(request, dispatcher, channel.mix, signal),
  );
  if (own) void dispatcher.destroy();
  const atMs = nowMs();
  const ended = {
    atMs,
    version: result.version,
    latencyMs: Math.max(0, atMs - request.dueAtMs),
    slow: request.slow,
  };
  if (!result.failure) return ended;
  const { method, path } = request.shape;
  return { ...ended, failure: { ...result.failure, request: `${method} ${path}` } };
}

interface Result {
  readonly version: string;
  readonly failure?: { readonly kind: FailureKind; readonly seen: string };
}

/** Settles by the deadline even where the connection attempt cannot be interrupted. */
async function withDeadline(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Result>((resolve) => {
    timer = setTimeout(() => {
      resolve({
        version: "none",
        failure: { kind: "timeout", seen: `no whole answer after ${timeoutMs} ms` },
      });
      deadline.abort();
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(deadline.signal), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function exchange(
  { shape, audience }: PlannedRequest,
  via: Dispatcher,
  mix: Mix,
  signal: AbortSignal,
): Promise<Result> {
  const seen = { version: "none" };
  try {
    const response = await via.request({
      method: shape.method,
      path: shape.path,
      headers: {
        ...(shape.body === undefined ? {} : { "content-type": "application/json" }),
        ...mix.headers,
        ...audience?.headers,
      },
      body: shape.body ?? null,
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
    });
    seen.version = String(response.headers[mix.versionHeader] ?? "none");
    const start = await readBody(response.body);
    const { statusCode } = response;
    const good = statusCode < 400 || mix.expectedStatuses.includes(statusCode);
    if (good) return seen;
    const kind = statusCode >= 500 ? "status-5xx" : "status-4xx";
    return { ...seen, failure: { kind, seen: `${statusCode} ${start}`.trim() } };
  } catch (error) {
    return { ...seen, failure: describeFailure(error) };
  }
}

const SHOWN_CHARACTERS = 120;

/** Reads to the end, so that an answer cut short is a failure; returns how it begins, on one line. */
async function readBody(body: AsyncIterable<Buffer>): Promise<string> {
  let start = "";
  for await (const chunk of body) {
    if (start.length < SHOWN_CHARACTERS) start += chunk.toString("utf8", 0, SHOWN_CHARACTERS);
  }
  return start.replace(/\s+/g, " ").trim().slice(0, SHOWN_CHARACTERS);
}

const KINDS: Readonly<Record<string, FailureKind>> = {
  ECONNREFUSED: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  UND_ERR_SOCKET: "reset",
  UND_ERR_CONNECT_TIMEOUT: "timeout",
  ETIMEDOUT: "timeout",
};

function describeFailure(error: unknown): { kind: FailureKind; seen: string } {
  if (!(error instanceof Error)) return { kind: "other", seen: String(error) };
  const code = "code" in error ? String(error.code) : error.name;
  return { kind: KINDS[code] ?? "other", seen: `${code}: ${error.message}`.slice(0, SHOWN_CHARACTERS) };
}
