import { markdownTable } from "markdown-table";
import type { TimedCall } from "./timed-call.ts";

/** One look by facts of AWS's throttling: what each kind of read may be made of, in calls. */
export const LOOK_BUDGET: Readonly<Record<string, number>> = {
  DescribeServices: 1,
  DescribeTaskSets: 1,
  DescribeTargetHealth: 2,
};

export const LOOK_BUDGET_CALLS = Object.values(LOOK_BUDGET).reduce((sum, calls) => sum + calls, 0);

/** Reads that belong to a write, not to a look: what stands there is read right before it is replaced. */
const READS_OF_WRITES: Readonly<Record<string, readonly string[]>> = {
  CreateTaskSet: ["DescribeServices", "DescribeTaskSets", "DescribeTaskDefinition"],
  ModifyRule: ["DescribeRules"],
  ModifyListener: ["DescribeListeners"],
};

/** Evidence, which a look does not read. */
const MEASURES = ["GetMetricData"];

export interface OperationCount {
  readonly operation: string;
  readonly write: boolean;
  /** Of the whole rollout, the plan's included. */
  readonly calls: number;
  /** Of the looks alone: without the plan's and those that belong to a write. */
  readonly inLooks: number;
}

export interface CallCount {
  readonly operations: readonly OperationCount[];
  readonly calls: number;
  readonly writes: number;
  readonly looks: number;
  readonly callsPerLook: number;
  /** Only the operations of the budget. */
  readonly budgetedPerLook: number;
}

/**
 * Counts the calls of one rollout. Pure. `plannedAtMs` is when it had read what it plans by; every later
 * DescribeTargetHealth is part of a look, one for each of two target groups. Throws where there was no look.
 */
export function countCalls(calls: readonly TimedCall[], plannedAtMs: number): CallCount {
  const later = calls.filter(({ beganAtMs }) => beganAtMs >= plannedAtMs);
  const looks = later.filter(({ operation }) => operation === "DescribeTargetHealth").length / 2;
  if (looks === 0) throw new Error("the rollout never looked");
  const ofWrites = later.flatMap(({ operation }) => READS_OF_WRITES[operation] ?? []);
  const names = [...new Set(calls.map(({ operation }) => operation))].sort();
  const operations = names.map((operation): OperationCount => {
    const isThis = (call: TimedCall): boolean => call.operation === operation;
    const write = calls.some((call) => isThis(call) && call.write);
    const read = later.filter(isThis).length - ofWrites.filter((name) => name === operation).length;
    const inLooks = write || MEASURES.includes(operation) ? 0 : Math.max(0, read);
    return { operation, write, calls: calls.filter(isThis).length, inLooks };
  });
  const inLooks = (counted: readonly OperationCount[]): number =>
    counted.reduce((sum, { inLooks }) => sum + inLooks, 0);
  return {
    operations,
    calls: calls.length,
    writes: calls.filter(({ write }) => write).length,
    looks,
    callsPerLook: inLooks(operations) / looks,
    budgetedPerLook: inLooks(operations.filter(({ operation }) => operation in LOOK_BUDGET)) / looks,
  };
}

/** The most calls that began within any `windowMs`. Pure. */
export function busiest(calls: readonly TimedCall[], windowMs: number): number {
  const begins = calls.map(({ beganAtMs }) => beganAtMs).sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [index, atMs] of begins.entries()) {
    while ((begins[first] ?? atMs) <= atMs - windowMs) first++;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

/** A Markdown table of one rollout's calls, a row for each operation. */
export function renderCalls(count: CallCount): string {
  const head = ["operation", "calls", "a look", "budget"];
  const rows = count.operations.map(({ operation, write, calls, inLooks }) => [
    operation,
    String(calls),
    write ? "write" : (inLooks / count.looks).toFixed(2),
    String(LOOK_BUDGET[operation] ?? "–"),
  ]);
  const all = ["all", String(count.calls), count.callsPerLook.toFixed(2), String(LOOK_BUDGET_CALLS)];
  return markdownTable([head, ...rows, all], { align: ["l", "r", "r", "r"] });
}
