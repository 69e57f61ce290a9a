import { type FillValues, fill } from "../../core/fill.ts";
import type { HttpSourceSpec } from "../../core/spec/gate-schema.ts";
import type { Periods } from "./points.ts";

/** One of a source's requests: its own, or one of those that follow. */
export type RequestSpec = Pick<HttpSourceSpec, "url" | "method" | "body">;

/** What `${…}` stands for in addresses and bodies: the query, the window, and those of queries. */
export function windowValues(query: string, { fromMs, toMs, periodMs }: Periods): FillValues {
  return {
    query,
    ...timeValues("from", fromMs),
    ...timeValues("to", toMs),
    "period-seconds": String(periodMs / 1000),
  };
}

/** The address with every value encoded as part of a URL. Throws SluiceError "configuration". */
export function addressOf({ url }: RequestSpec, values: FillValues): URL {
  return new URL(fill(url, values, encodeURIComponent));
}

/** The body, its values escaped as its content type asks for. Throws SluiceError "configuration". */
export function bodyOf({ body }: RequestSpec, contentType: string, values: FillValues): string | undefined {
  if (body === undefined) return undefined;
  if (/json/i.test(contentType)) return fill(body, values, escapeJson);
  const isForm = /x-www-form-urlencoded/i.test(contentType);
  return fill(body, values, isForm ? encodeURIComponent : (value) => value);
}

/** The content type that the spec's headers name; JSON is what else is sent. */
export function contentTypeOf(headers: Readonly<Record<string, string>>): string {
  const given = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type");
  return given?.[1] ?? "application/json";
}

function timeValues(name: "from" | "to", atMs: number): FillValues {
  return {
    [`${name}-seconds`]: String(Math.floor(atMs / 1000)),
    [`${name}-milliseconds`]: String(atMs),
    [`${name}-iso`]: new Date(atMs).toISOString(),
  };
}

/** Within a string its inside, elsewhere JSON of its own: a list of filters, say. */
function escapeJson(value: string, before: string): string {
  const quotes = before.replaceAll(/\\./gs, "").match(/"/g)?.length ?? 0;
  return quotes % 2 === 1 ? JSON.stringify(value).slice(1, -1) : value;
}
