import { SluiceError } from "../../core/errors.ts";
import { excerpt, type FillValues } from "../../core/fill.ts";
import type { HttpSourceSpec } from "../../core/spec/gate-schema.ts";
import { type Asked, ask, failureOf, jsonOf, redact, type SourceDeps, secretOf } from "./ask.ts";
import { compileExpression, type Expression, find, pointsIn } from "./http-points.ts";
import { addressOf, bodyOf, contentTypeOf, type RequestSpec, windowValues } from "./http-request.ts";
import type { Periods, Point } from "./points.ts";

/** An endpoint that answers a query with points. */
export interface HttpApi {
  /** "https://api.datadoghq.eu" */
  readonly title: string;
  /** Throws SluiceError, as `CountSource.read` does. */
  points(query: string, periods: Periods, signal: AbortSignal): Promise<readonly Point[]>;
}

type FollowUp = HttpSourceSpec["follow-up"][number];

interface Step {
  readonly request: RequestSpec;
  readonly take: Expression | undefined;
  readonly until: Expression | undefined;
}

const POLL_MS = 1_000;
const MOST_POLLS = 60;

/** What some APIs say with a status of 200 and is over before long. */
const PASSING = /time(d )?[ -]?out|too many|rate limit|unavailable|try again/i;

/** Throws SluiceError "configuration" where an expression of the spec is none, or a request is for another server. */
export function createHttpApi(spec: HttpSourceSpec, deps: SourceDeps): HttpApi {
  const { origin } = new URL(spec.url);
  const points = compileExpression("points", spec.points);
  const steps = [
    { request: spec, take: undefined, until: undefined },
    ...spec["follow-up"].map((one) => stepOf(one)),
  ];
  for (const { url } of spec["follow-up"]) {
    if (new URL(url).origin === origin) continue;
    throw new SluiceError(
      "configuration",
      `${new URL(url).origin} in \`follow-up\` is another server than ${origin}, whose headers are not for it`,
    );
  }
  return {
    title: origin,
    async points(query, periods, signal) {
      const headers = headersOf(spec, deps);
      const asked = askedOf(spec, deps, origin);
      let answer: unknown;
      for (const { request, take, until } of steps) {
        const taken = take && takenFrom(take, answer, asked);
        const values = { ...windowValues(query, periods), ...(taken === undefined ? {} : { taken }) };
        answer = await askUntil({ deps, asked, headers, request, values, signal }, until);
      }
      const found = redacting(asked, () => pointsIn(points, answer));
      if (found.length === 0) refuseErrors(answer, asked);
      return found;
    },
  };
}

function stepOf({ take, until, ...request }: FollowUp): Step {
  return {
    request,
    take: compileExpression("take", take),
    until: until === undefined ? undefined : compileExpression("until", until),
  };
}

interface Exchange {
  readonly deps: SourceDeps;
  readonly asked: Asked;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: RequestSpec;
  readonly values: FillValues;
  readonly signal: AbortSignal;
}

async function askUntil(exchange: Exchange, until: Expression | undefined): Promise<unknown> {
  const { deps, asked, signal } = exchange;
  for (let poll = 1; poll <= MOST_POLLS; poll++) {
    const answer = await askOnce(exchange);
    if (!until || redacting(asked, () => find(until, answer)) === true) return answer;
    await deps.sleep(POLL_MS, signal);
  }
  throw new SluiceError(
    "transient",
    `${asked.title} had no answer after a minute: ${until?.text} has not become true`,
  );
}

async function askOnce({ deps, asked, headers, request, values, signal }: Exchange): Promise<unknown> {
  const contentType = contentTypeOf(headers);
  const body = bodyOf(request, contentType, values);
  const answer = await ask(deps.send, asked, {
    url: addressOf(request, values),
    method: request.method,
    headers: body === undefined ? headers : { "content-type": contentType, ...headers },
    ...(body === undefined ? {} : { body }),
    signal,
  });
  if (answer.status < 200 || answer.status >= 300) throw failureOf(answer.status, answer.body, asked);
  return jsonOf(answer, asked);
}

function headersOf(spec: HttpSourceSpec, { env }: SourceDeps): Readonly<Record<string, string>> {
  const secret = Object.entries(spec["secret-headers"]).map(([header, variable]) => [
    header,
    secretOf(env, variable, `secret-headers.${header}`),
  ]);
  return { accept: "application/json", ...spec.headers, ...Object.fromEntries(secret) };
}

function askedOf(spec: HttpSourceSpec, { env }: SourceDeps, title: string): Asked {
  const variables = Object.values(spec["secret-headers"]);
  const { password } = new URL(spec.url);
  return {
    title,
    secrets: [...variables.flatMap((variable) => env[variable]?.trim() ?? []), password],
    whenDenied:
      variables.length === 0
        ? "It wants credentials: name the environment variables that have them under `secret-headers`."
        : `Are ${variables.join(" and ")} right, and do they allow it to be read?`,
  };
}

/** An id, which goes into an address or a body: text or a number. */
function takenFrom(take: Expression, answer: unknown, asked: Asked): string {
  const found = redacting(asked, () => find(take, answer));
  if ((typeof found === "string" && found !== "") || typeof found === "number") return String(found);
  refuseErrors(answer, asked);
  const seen = redact(excerpt(JSON.stringify(answer), 120), asked.secrets);
  throw new SluiceError(
    "configuration",
    `take, ${take.text}, finds no text in what ${asked.title} said: ${seen}`,
  );
}

/** Some APIs, GraphQL's among them, report errors with a status of 200 under `errors` or `error`. */
function refuseErrors(answer: unknown, asked: Asked): void {
  if (typeof answer !== "object" || answer === null) return;
  const errors = "errors" in answer ? answer.errors : "error" in answer ? answer.error : undefined;
  if (!errors || errors === true || (Array.isArray(errors) && errors.length === 0)) return;
  const words = typeof errors === "string" ? errors : JSON.stringify(errors);
  const kind = PASSING.test(words) ? "transient" : "configuration";
  throw new SluiceError(kind, `${asked.title} answered: ${redact(excerpt(words, 300), asked.secrets)}`);
}

/** A server may say anything, what it was sent included. */
function redacting<T>({ secrets, title }: Asked, task: () => T): T {
  try {
    return task();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    throw new SluiceError(error.kind, `${title}: ${redact(error.message, secrets)}`);
  }
}
