import { data, Evaluator, Lexer, Parser } from "@actions/expressions";
import type { Job, Workflow } from "./files.ts";

export type Result = "success" | "failure" | "cancelled" | "skipped";

/** What happens to a job that runs. Default: it succeeds, and its action's outcome is "reached". */
export interface Fate {
  readonly result?: Exclude<Result, "skipped">;
  /** Of the step `sluice`; undefined: the runner was lost, and the job has no outputs. */
  readonly outputs?: Readonly<Record<string, string>> | undefined;
  /** The run is cancelled while the job runs, or right after it. */
  readonly cancels?: "during" | "after";
}

export interface Run {
  /** The jobs that were not skipped, in an order in which they may begin, each with its result. */
  readonly jobs: Readonly<Record<string, Result>>;
  /** The values that each job's action got. */
  readonly inputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface Done {
  readonly result: Result;
  readonly outputs: Readonly<Record<string, string>>;
}

const STATUS_FUNCTION = /\b(always|success|failure|cancelled)\(\)/;

/**
 * Runs a reusable workflow as GitHub does, without its steps and without secrets: a job is looked at when all of its needs are done; without
 * a status function its condition also asks that all of its ancestors succeeded, skipped ones included.
 */
export function runJobs(
  { jobs, on }: Workflow,
  given: Readonly<Record<string, string | boolean>>,
  fates: Readonly<Record<string, Fate>>,
): Run {
  const defaults = Object.entries(on.workflow_call?.inputs ?? {}).map(([name, input]) => [
    name,
    input.default ?? "",
  ]);
  const inputs: Readonly<Record<string, string | boolean>> = { ...Object.fromEntries(defaults), ...given };
  const done = new Map<string, Done>();
  const handed: Record<string, Readonly<Record<string, string>>> = {};
  let isCancelled = false;
  for (const id of inOrder(jobs)) {
    const job = jobOf(jobs, id);
    const needs = needsOf(job, done);
    const ancestors = ancestorsOf(jobs, id).map((ancestor) => done.get(ancestor)?.result ?? "skipped");
    const status = { isCancelled, ancestors };
    if (!isTruthy(evaluate(conditionOf(job), { inputs, needs }, status))) {
      done.set(id, { result: "skipped", outputs: {} });
      continue;
    }
    const fate = fates[id] ?? {};
    isCancelled ||= fate.cancels !== undefined;
    const steps = { sluice: { outputs: { outcome: "reached", ...fate.outputs } } };
    const isLost = "outputs" in fate && fate.outputs === undefined;
    const text = (source: string | number | boolean): string =>
      textOf(String(source), { inputs, needs, steps, secrets: {} }, status);
    const outputs = isLost ? {} : mapValues(job.outputs, text);
    handed[id] = mapValues(job.steps.find((step) => step.id === "sluice")?.with ?? {}, text);
    done.set(id, { result: fate.cancels === "during" ? "cancelled" : (fate.result ?? "success"), outputs });
  }
  const ran = [...done].filter(([, { result }]) => result !== "skipped");
  return { jobs: Object.fromEntries(ran.map(([id, { result }]) => [id, result])), inputs: handed };
}

function conditionOf({ if: condition }: Job): string {
  const text = (condition ?? "success()").replaceAll(/^\s*\$\{\{|\}\}\s*$/g, "");
  return STATUS_FUNCTION.test(text) ? text : `success() && (${text})`;
}

function needsOf(job: Job, done: ReadonlyMap<string, Done>): Readonly<Record<string, Done>> {
  return Object.fromEntries(
    job.needs.map((need) => [need, done.get(need) ?? { result: "skipped", outputs: {} }]),
  );
}

function jobOf(jobs: Workflow["jobs"], id: string): Job {
  const job = jobs[id];
  if (!job) throw new Error(`there is no job ${id}`);
  return job;
}

/** Each after all that it needs. */
function inOrder(jobs: Workflow["jobs"]): readonly string[] {
  const ordered = new Set<string>();
  const visit = (id: string): void => {
    if (ordered.has(id)) return;
    for (const need of jobOf(jobs, id).needs) visit(need);
    ordered.add(id);
  };
  for (const id of Object.keys(jobs)) visit(id);
  return [...ordered];
}

function ancestorsOf(jobs: Workflow["jobs"], id: string): readonly string[] {
  return [...new Set(jobOf(jobs, id).needs.flatMap((need) => [need, ...ancestorsOf(jobs, need)]))];
}

interface Status {
  readonly isCancelled: boolean;
  readonly ancestors: readonly Result[];
}

function evaluate(
  text: string,
  contexts: Readonly<Record<string, unknown>>,
  { isCancelled, ancestors }: Status,
): data.ExpressionData {
  const functions = {
    always: () => true,
    cancelled: () => isCancelled,
    failure: () => ancestors.includes("failure"),
    success: () => !isCancelled && ancestors.every((result) => result === "success"),
  };
  const known = Object.entries(functions).map(([name, is]) => ({
    name,
    minArgs: 0,
    maxArgs: 0,
    call: () => new data.BooleanData(is()),
  }));
  const { tokens } = new Lexer(text).lex();
  const expression = new Parser(tokens, Object.keys(contexts), known).parse();
  const dictionary = asData(contexts) as data.Dictionary;
  return new Evaluator(
    expression,
    dictionary,
    new Map(known.map((definition) => [definition.name, definition])),
  ).evaluate();
}

function textOf(source: string, contexts: Readonly<Record<string, unknown>>, status: Status): string {
  return source.replaceAll(/\$\{\{(.*?)\}\}/gs, (_, text: string) =>
    evaluate(text, contexts, status).coerceString(),
  );
}

function asData(value: unknown): data.ExpressionData {
  if (typeof value === "boolean") return new data.BooleanData(value);
  if (typeof value === "string") return new data.StringData(value);
  const dictionary = new data.Dictionary();
  for (const [key, member] of Object.entries(value as object)) dictionary.add(key, asData(member));
  return dictionary;
}

function isTruthy(value: data.ExpressionData): boolean {
  if (value instanceof data.BooleanData) return value.value;
  throw new Error(`a condition gave ${value.coerceString()}, which is neither true nor false`);
}

function mapValues<T>(
  record: Readonly<Record<string, T>>,
  change: (value: T) => string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
