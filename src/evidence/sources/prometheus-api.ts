import { z } from "zod";
import { SluiceError } from "../../core/errors.ts";
import { excerpt } from "../../core/fill.ts";
import type { PrometheusSpec } from "../../core/spec/gate-schema.ts";
import { type Asked, ask, failureOf, jsonOf, redact, type SourceDeps, secretOf } from "./ask.ts";
import type { Periods } from "./points.ts";

/** A request as AWS's signature covers it. */
export interface SignableRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The headers to send, those of the signature among them. Throws SluiceError where there are no credentials. */
export type SignRequest = (request: SignableRequest) => Promise<Readonly<Record<string, string>>>;

export interface PrometheusDeps extends SourceDeps {
  /** Signs for Amazon Managed Service for Prometheus in a Region. */
  readonly signFor: (region: string) => SignRequest;
}

/** A value of a series at a time. */
export interface Sample {
  readonly atMs: number;
  readonly value: number;
}

/** The little of Prometheus' HTTP API that gates need. All throw SluiceError, as `CountSource.read` does. */
export interface PrometheusApi {
  readonly title: string;
  /** The only series of the answer, at the end of each period; none where it found no series. */
  range(query: string, periods: Periods, signal: AbortSignal): Promise<readonly Sample[]>;
  /** Whether a query finds anything at a time. */
  finds(query: string, atMs: number, signal: AbortSignal): Promise<boolean>;
  /** The metrics that had samples. */
  metrics(fromMs: number, toMs: number, signal: AbortSignal): Promise<readonly string[]>;
  /** The labels of a metric's series. */
  labels(metric: string, fromMs: number, toMs: number, signal: AbortSignal): Promise<readonly string[]>;
}

/** `data` has other members, too; an error comes with most statuses, and with some proxies as a success. */
const answerSchema = z.object({
  status: z.enum(["success", "error"]),
  data: z.unknown().optional(),
  error: z.string().optional(),
  errorType: z.string().optional(),
});
const matrixSchema = z.object({
  resultType: z.literal("matrix"),
  result: z.array(
    z.object({
      metric: z.record(z.string(), z.string()),
      values: z.array(z.tuple([z.number(), z.string()])).default([]),
    }),
  ),
});
const instantSchema = z.object({ resultType: z.string(), result: z.array(z.unknown()) });
const namesSchema = z.array(z.string());

/** Prometheus' own names for what may pass: https://prometheus.io/docs/prometheus/latest/querying/api/#format-overview */
const PASSING_ERRORS = ["timeout", "canceled", "unavailable"];

export function createPrometheusApi(spec: PrometheusSpec, deps: PrometheusDeps): PrometheusApi {
  const title = titleOf(spec);
  const call = <T>(schema: z.ZodType<T>, path: string, form: Form, signal: AbortSignal, isGet = false) =>
    callApi(spec, deps, title, { schema, path, form, signal, isGet });
  const seconds = (ms: number): string => String(ms / 1000);
  return {
    title,
    async range(query, { fromMs, toMs, periodMs }, signal) {
      const step = { start: seconds(fromMs + periodMs), end: seconds(toMs), step: seconds(periodMs) };
      const { result } = await call(matrixSchema, "query_range", { query, ...step }, signal);
      if (result.length > 1) throw severalSeries(title, query, result);
      const values = result[0]?.values ?? [];
      return values.flatMap(([time, text]) => sampleOf(title, query, time, text));
    },
    async finds(query, atMs, signal) {
      const { result } = await call(instantSchema, "query", { query, time: seconds(atMs) }, signal);
      return result.length > 0;
    },
    metrics(fromMs, toMs, signal) {
      const form = { start: seconds(fromMs), end: seconds(toMs) };
      return call(namesSchema, "label/__name__/values", form, signal, true);
    },
    labels(metric, fromMs, toMs, signal) {
      const form = { "match[]": metric, start: seconds(fromMs), end: seconds(toMs) };
      return call(namesSchema, "labels", form, signal, true);
    },
  };
}

type Form = Readonly<Record<string, string>>;

interface Call<T> {
  readonly schema: z.ZodType<T>;
  readonly path: string;
  readonly form: Form;
  readonly signal: AbortSignal;
  readonly isGet: boolean;
}

async function callApi<T>(
  spec: PrometheusSpec,
  deps: PrometheusDeps,
  title: string,
  { schema, path, form, signal, isGet }: Call<T>,
): Promise<T> {
  const variable = spec["bearer-token"];
  const token = variable === undefined ? undefined : secretOf(deps.env, variable, "bearer-token");
  const asked: Asked = {
    title,
    secrets: [...(token === undefined ? [] : [token]), ...userSecrets(spec.url)],
    whenDenied: whenDenied(spec),
  };
  const request = requestFor(spec.url, path, form, isGet, token);
  const headers = spec.sigv4 ? await deps.signFor(spec.sigv4.region)(request) : request.headers;
  const answer = await ask(deps.send, asked, { ...request, headers, signal });
  const said = answerSchema.safeParse(parseLoosely(answer.body)).data;
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (isSuccess && said?.status !== "error") {
    const data = schema.safeParse(said?.data);
    if (said && data.success) return data.data;
    jsonOf(answer, asked);
    throw new SluiceError(
      "configuration",
      `${title} answered ${path} with something other than Prometheus does`,
    );
  }
  const words = said ? `${said.error ?? ""}${about(form)}` : answer.body;
  if (isSuccess || PASSING_ERRORS.includes(said?.errorType ?? "")) {
    const kind = PASSING_ERRORS.includes(said?.errorType ?? "") ? "transient" : "configuration";
    throw new SluiceError(kind, `${title} answered: ${redact(excerpt(words, 300), asked.secrets)}`);
  }
  throw failureOf(answer.status, words, asked);
}

function requestFor(
  base: string,
  path: string,
  form: Form,
  isGet: boolean,
  token: string | undefined,
): SignableRequest {
  const url = new URL(base);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/api/v1/${path}`;
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const accept = { accept: "application/json", ...authorization };
  if (isGet) {
    for (const [name, value] of Object.entries(form)) url.searchParams.append(name, value);
    return { method: "GET", url, headers: accept };
  }
  const body = new URLSearchParams(form).toString();
  const headers = { ...accept, "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", url, headers, body };
}

/** "NaN" is what 0/0 gives, and no count; "+Inf" is a query that divides. */
function sampleOf(title: string, query: string, seconds: number, text: string): readonly Sample[] {
  const value = Number(text.replace(/Inf$/, "Infinity"));
  if (Number.isNaN(value)) return [];
  if (Number.isFinite(value)) return [{ atMs: Math.round(seconds * 1000), value }];
  throw new SluiceError(
    "configuration",
    `${title} answered ${text} to ${excerpt(query)}, which therefore does not count anything`,
  );
}

function severalSeries(
  title: string,
  query: string,
  series: readonly { readonly metric: Readonly<Record<string, string>> }[],
): SluiceError {
  const names = new Set(series.flatMap(({ metric }) => Object.keys(metric)));
  const differing = [...names].filter((name) => new Set(series.map(({ metric }) => metric[name])).size > 1);
  const by = differing.length > 0 ? `, by ${differing.sort().join(", ")}` : "";
  return new SluiceError(
    "configuration",
    `${title} answered with ${series.length} series${by}, where one is a count: ${excerpt(query)}`,
    { hint: "Add them up: sum(…)." },
  );
}

function titleOf({ url }: PrometheusSpec): string {
  const { origin, pathname } = new URL(url);
  return `Prometheus at ${origin}${pathname.replace(/\/+$/, "")}`;
}

/** A password in the URL, which should not be there. */
function userSecrets(url: string): readonly string[] {
  const { password } = new URL(url);
  return password === "" ? [] : [password, decodeURIComponent(password)];
}

function whenDenied(spec: PrometheusSpec): string {
  if (spec.sigv4) {
    return "Allow aps:QueryMetrics, aps:GetLabels and aps:GetSeries on the workspace to the role (docs/reference/sources/prometheus.md).";
  }
  const variable = spec["bearer-token"];
  return variable === undefined
    ? "It wants credentials: name the environment variable that has a token as `bearer-token`."
    : `Is the token in ${variable} right, and not expired?`;
}

const about = ({ query }: Form): string => (query === undefined ? "" : ` (${excerpt(query, 150)})`);

function parseLoosely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
