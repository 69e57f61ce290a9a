import type { IncomingMessage, ServerResponse } from "node:http";

/** Names and values in turn, as they go on the wire. */
export type RawHeaders = string[];

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** ALB answers 100-continue itself and writes these anew. */
const REWRITTEN: ReadonlySet<string> = new Set([
  "expect",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-amzn-trace-id",
]);

export interface Hop {
  readonly clientIp: string;
  readonly listenerPort: number;
  readonly protocol: "http" | "https";
  /** `Root=…` of a request that comes without one. */
  readonly newTraceRoot: string;
  /** The request asks for another protocol on its connection (WebSocket). */
  readonly upgrade: boolean;
}

/** The headers of a request as its target gets them: hop-by-hop ones dropped, the load balancer's own added. */
export function requestHeaders(request: IncomingMessage, hop: Hop): RawHeaders {
  const headers = copy(request, (name) => REWRITTEN.has(name));
  const before = joined(request, "x-forwarded-for");
  const trace = joined(request, "x-amzn-trace-id");
  if (request.headers.host === undefined) headers.push("Host", `127.0.0.1:${hop.listenerPort}`);
  headers.push(
    "X-Forwarded-For",
    before ? `${before}, ${hop.clientIp}` : hop.clientIp,
    "X-Forwarded-Proto",
    hop.protocol,
    "X-Forwarded-Port",
    String(hop.listenerPort),
    "X-Amzn-Trace-Id",
    trace?.includes("Root=") ? `${hop.newTraceRoot.replace("Root", "Self")};${trace}` : hop.newTraceRoot,
  );
  if (hop.upgrade) headers.push("Connection", "Upgrade", "Upgrade", request.headers.upgrade ?? "websocket");
  else headers.push("Connection", "keep-alive", ...framing(request));
  return headers;
}

/** The headers of a target's answer as the client gets them, with the load balancer's cookies. */
export function responseHeaders(
  answer: IncomingMessage,
  response: ServerResponse,
  cookies: readonly string[],
): RawHeaders {
  const headers = copy(answer, () => false);
  for (const cookie of cookies) headers.push("Set-Cookie", cookie);
  headers.push("Connection", response.shouldKeepAlive ? "keep-alive" : "close");
  return headers;
}

/** The head of a 101 answer, whose connection headers are what it is about. */
export function upgradeHead(answer: IncomingMessage, cookies: readonly string[]): string {
  const lines = [`HTTP/1.1 101 ${answer.statusMessage || "Switching Protocols"}`];
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    lines.push(`${answer.rawHeaders[at]}: ${answer.rawHeaders[at + 1]}`);
  }
  for (const cookie of cookies) lines.push(`Set-Cookie: ${cookie}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A trace id of this moment, in the form of X-Amzn-Trace-Id. */
export function traceRoot(nowMs: number, random: () => number): string {
  const hex = (length: number) =>
    Math.floor(random() * 16 ** length)
      .toString(16)
      .padStart(length, "0");
  return `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${hex(12)}${hex(12)}`;
}

function framing(request: IncomingMessage): RawHeaders {
  if (request.headers["transfer-encoding"] !== undefined) return ["Transfer-Encoding", "chunked"];
  const bodiless = request.method === "GET" || request.method === "HEAD";
  return bodiless || request.headers["content-length"] !== undefined ? [] : ["Content-Length", "0"];
}

function copy(message: IncomingMessage, without: (lowerCaseName: string) => boolean): RawHeaders {
  const named = new Set(
    (message.headers.connection ?? "").split(",").map((token) => token.trim().toLowerCase()),
  );
  const headers: RawHeaders = [];
  for (let at = 0; at < message.rawHeaders.length; at += 2) {
    const name = message.rawHeaders[at] ?? "";
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || named.has(lower) || without(lower)) continue;
    headers.push(name, message.rawHeaders[at + 1] ?? "");
  }
  return headers;
}

function joined(message: IncomingMessage, name: string): string | undefined {
  const value = message.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}
