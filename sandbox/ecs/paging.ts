import { invalidParameter } from "./errors.ts";

interface PageRequest {
  readonly maxResults?: number | undefined;
  readonly nextToken?: string | undefined;
}

export interface Page<T> {
  readonly items: T[];
  readonly nextToken: string | undefined;
}

/** One page of `items`: `maxResults` (at most 100), by default `defaultSize`; the token is opaque to clients. */
export function page<T>(items: readonly T[], request: PageRequest, defaultSize = 100): Page<T> {
  const size = request.maxResults ?? defaultSize;
  if (size < 1 || size > 100) throw invalidParameter("maxResults must be between 1 and 100.");
  const from = request.nextToken ? offsetOf(request.nextToken) : 0;
  const until = from + size;
  return { items: items.slice(from, until), nextToken: until < items.length ? tokenOf(until) : undefined };
}

const tokenOf = (offset: number): string => Buffer.from(`offset=${offset}`).toString("base64url");

function offsetOf(token: string): number {
  const match = /^offset=(\d+)$/.exec(Buffer.from(token, "base64url").toString());
  if (!match) throw invalidParameter("Invalid token");
  return Number(match[1]);
}
