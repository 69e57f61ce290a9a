import type { IncomingMessage } from "node:http";
import type { RequestFacts } from "../routing/conditions.ts";

/** What rules can look at in a request. */
export function factsOf(request: IncomingMessage): RequestFacts {
  const { path, search } = splitTarget(request.url ?? "/");
  return {
    method: request.method ?? "GET",
    path,
    query: search === "" ? [] : search.split("&").map(pairOf),
    host: request.headers.host ?? "",
    headers: headersOf(request.rawHeaders),
    sourceIp: clientIp(request),
  };
}

export const clientIp = (request: IncomingMessage): string =>
  (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, "");

/** Path and query of a request target in origin form, or absolute form (as proxies send it). */
export function splitTarget(target: string): { readonly path: string; readonly search: string } {
  const origin = target.replace(/^https?:\/\/[^/?]*/i, "") || "/";
  const mark = origin.indexOf("?");
  return mark < 0
    ? { path: origin, search: "" }
    : { path: origin.slice(0, mark), search: origin.slice(mark + 1) };
}

function pairOf(part: string): readonly [string, string] {
  const mark = part.indexOf("=");
  return mark < 0 ? ["", part] : [part.slice(0, mark), part.slice(mark + 1)];
}

function headersOf(rawHeaders: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const headers: Record<string, string[]> = Object.create(null);
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? "").toLowerCase();
    const values = headers[name] ?? [];
    values.push(rawHeaders[at + 1] ?? "");
    headers[name] = values;
  }
  return headers;
}
