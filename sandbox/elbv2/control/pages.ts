import { invalid } from "./validation.ts";

export interface PageInput {
  readonly Marker?: string | undefined;
  readonly PageSize?: number | undefined;
}

const LARGEST_PAGE = 400;

/** One page of a Describe… answer: at most `PageSize` (1-400, default 400) items after `Marker`. */
export function page<T>(
  items: readonly T[],
  input: PageInput,
): { readonly items: T[]; readonly NextMarker?: string } {
  const size = input.PageSize ?? LARGEST_PAGE;
  if (!Number.isInteger(size) || size < 1 || size > LARGEST_PAGE) {
    throw invalid(`Page size '${size}' must be between 1 and ${LARGEST_PAGE}`);
  }
  const start = input.Marker ? decode(input.Marker) : 0;
  const end = start + size;
  const next = end < items.length ? { NextMarker: encode(end) } : {};
  return { items: items.slice(start, end), ...next };
}

const encode = (offset: number): string => Buffer.from(`offset:${offset}`).toString("base64url");

function decode(marker: string): number {
  const match = /^offset:(\d+)$/.exec(Buffer.from(marker, "base64url").toString("utf8"));
  if (!match) throw invalid(`Marker '${marker}' is not valid`);
  return Number(match[1]);
}
