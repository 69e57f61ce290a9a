import { isDeepStrictEqual } from "node:util";
import type { ServiceSpec } from "../core/spec/schema.ts";
import type { Verdict } from "../core/verdict.ts";
import type { HttpAnswer, HttpRequest } from "./http.ts";

export type SmokeCheck = ServiceSpec["smoke-checks"][number];

export interface SmokeContext {
  readonly baseUrl: string;
  /** What the test route asks for, on every check. */
  readonly headers: Readonly<Record<string, string>>;
  /** What ${version} and its like stand for. */
  readonly values: Readonly<Record<string, string>>;
  readonly deadlineMs: number;
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  readonly nowMs: () => number;
  readonly sleep: (delayMs: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

const PAUSE_MS = 1_000;

/** Asks every check in turn, each as often as it may be tried. The first that fails for good is the verdict. */
export async function runSmokeChecks(checks: readonly SmokeCheck[], context: SmokeContext): Promise<Verdict> {
  for (const check of checks) {
    const failure = await tryCheck(check, context);
    if (failure) return { kind: "regress", gate: "smoke", reason: `${nameOf(check)}: ${failure}` };
  }
  const names = checks.map(nameOf).join(", ");
  return { kind: "healthy", gate: "smoke", reason: `smoke checks passed on the test route: ${names}` };
}

async function tryCheck(check: SmokeCheck, context: SmokeContext): Promise<string | undefined> {
  let failure: string | undefined = "not tried within the deadline of timeouts.verify";
  for (let attempt = 1; attempt <= check.attempts; attempt++) {
    const leftMs = context.deadlineMs - context.nowMs();
    if (leftMs <= 0) return failure;
    failure = await askOnce(check, context, Math.min(check.timeout, leftMs));
    if (!failure) return undefined;
    if (attempt < check.attempts) await context.sleep(PAUSE_MS, context.signal);
  }
  return check.attempts === 1 ? failure : `${failure} (tried ${check.attempts} times)`;
}

async function askOnce(
  check: SmokeCheck,
  context: SmokeContext,
  timeoutMs: number,
): Promise<string | undefined> {
  const fill = (text: string): string => fillIn(text, context.values);
  const headers = { ...context.headers, ...check.headers };
  try {
    const answer = await context.send({
      url: new URL(new URL(context.baseUrl).origin + fill(check.path)),
      method: check.method,
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)])),
      ...(check.body === undefined ? {} : { body: fill(check.body) }),
      timeoutMs,
      signal: context.signal,
    });
    return judgeAnswer(check, answer, context.values);
  } catch (error) {
    context.signal.throwIfAborted();
    return error instanceof Error && error.name === "TimeoutError"
      ? `no answer within ${timeoutMs} ms`
      : `no answer: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** What is wrong with an answer, or undefined. Pure. */
export function judgeAnswer(
  check: SmokeCheck,
  answer: HttpAnswer,
  values: Readonly<Record<string, string>>,
): string | undefined {
  if (answer.status !== check.status) {
    return `expected status ${check.status}, got ${answer.status}: ${excerpt(answer.body)}`;
  }
  const text = check.contains === undefined ? undefined : fillIn(check.contains, values);
  if (text !== undefined && !answer.body.includes(text)) {
    return `expected the body to contain ${JSON.stringify(text)}, got ${excerpt(answer.body)}`;
  }
  if (check.json === undefined) return undefined;
  const body = parseJson(answer.body);
  if (body === undefined) return `expected JSON, got ${excerpt(answer.body)}`;
  return mismatch(check.json, body, "", values);
}

/** The first member of `expected` that `seen` does not have so; objects may have more members, lists may not. */
function mismatch(
  expected: unknown,
  seen: unknown,
  path: string,
  values: Readonly<Record<string, string>>,
): string | undefined {
  if (isObject(expected) && isObject(seen)) {
    for (const [key, value] of Object.entries(expected)) {
      const problem = mismatch(value, seen[key], path ? `${path}.${key}` : key, values);
      if (problem) return problem;
    }
    return undefined;
  }
  const wanted = fillInAll(expected, values);
  if (isDeepStrictEqual(wanted, seen)) return undefined;
  return `expected ${path || "the body"} to be ${JSON.stringify(wanted)}, got ${JSON.stringify(seen) ?? "nothing"}`;
}

function fillInAll(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === "string") return fillIn(value, values);
  if (Array.isArray(value)) return value.map((item) => fillInAll(item, values));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillInAll(item, values)]));
}

function fillIn(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\$\{([a-z-]+)\}/g, (whole, name: string) => values[name] ?? whole);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function nameOf(check: SmokeCheck): string {
  return check.name ?? `${check.method} ${check.path}`;
}

function excerpt(body: string): string {
  const text = body.replaceAll(/\s+/g, " ").trim();
  return text === "" ? "an empty body" : JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}…` : text);
}
