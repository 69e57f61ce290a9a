import type { Sandbox } from "../../sandbox/sandbox.ts";
import type { CallRecord } from "../../sandbox/wire/calls.ts";
import type { LoadFigures } from "../../src/cli/rehearse/load.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { routeArn } from "./orders.ts";

type Weights = Readonly<Record<string, number>>;

/** "orders-blue" of a target group's ARN. */
const nameOf = (arn: string): string => arn.split("/")[1] ?? arn;

/** Weights of a route by target group name, as last written. */
export const weightsOf = (sandbox: Sandbox, route = "http/orders"): Weights =>
  byName(routeOf(sandbox, route).weights);

/** As the data plane has them: it lags behind what was written. */
export const appliedWeightsOf = (sandbox: Sandbox, route = "http/orders"): Weights =>
  byName(routeOf(sandbox, route).appliedWeights ?? {});

function routeOf(sandbox: Sandbox, route: string) {
  const found = sandbox.elbv2.view().routes.find(({ arn }) => arn === routeArn(route));
  if (!found) throw new Error(`no route ${route}`);
  return found;
}

const byName = (weights: Weights): Weights =>
  Object.fromEntries(Object.entries(weights).map(([arn, weight]) => [nameOf(arn), weight]));

/** Which calls: after one with this number, and not before this moment. Default: all. */
interface Since {
  readonly seq?: number;
  readonly atMs?: number;
}

/** What a route's weights became with every write, in order, by target group name. */
export function weightWrites(sandbox: Sandbox, route = "http/orders", since: Since = {}): readonly Weights[] {
  return writesOf(sandbox, since)
    .filter(({ input }) => [input.RuleArn, input.ListenerArn].includes(routeArn(route)))
    .map(({ input }) => weightsIn(input));
}

const ROUTES = ["http/orders", "http/orders-test", "http/orders-more", "http", "test"];

/**
 * The writes that had their effect, in order: the operation, and the route where it is one of weights
 * ("ModifyRule http/orders"), or the tags ("TagResource sluice:shifted sluice:step").
 */
export function writeNames(sandbox: Sandbox, since: Since = {}): readonly string[] {
  return writesOf(sandbox, since).map(({ operation, input }) => {
    const route = ROUTES.find((name) => [input.RuleArn, input.ListenerArn].includes(routeArn(name)));
    const tags = operation === "TagResource" ? tagKeys(input.tags) : [];
    return [operation, ...(route ? [route] : []), ...tags].join(" ");
  });
}

/** The number of the latest call. */
export const lastSeq = (sandbox: Sandbox): number =>
  sandbox.calls.calls.reduce((latest, { seq }) => Math.max(latest, seq), 0);

/** Calls that would change something, whether or not AWS let them. */
export const attemptedWrites = (sandbox: Sandbox, since: Since = {}): readonly string[] =>
  sandbox.calls.calls.filter((call) => call.write && isSince(call, since)).map(({ action }) => action);

const writesOf = (sandbox: Sandbox, since: Since): readonly CallRecord[] =>
  sandbox.calls.writes().filter((call) => isSince(call, since));

const isSince = (call: CallRecord, { seq = 0, atMs = 0 }: Since): boolean =>
  call.seq > seq && call.atMs >= atMs;

function weightsIn(input: CallRecord["input"]): Weights {
  const actions = membersOf(input.Actions ?? input.DefaultActions);
  const groups = actions.flatMap((action) => membersOf(recordOf(action.ForwardConfig).TargetGroups));
  return Object.fromEntries(
    groups.map(({ TargetGroupArn, Weight }) => [nameOf(String(TargetGroupArn)), Number(Weight)]),
  );
}

const tagKeys = (tags: unknown): readonly string[] => membersOf(tags).map(({ key }) => String(key));

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};

const membersOf = (value: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(value) ? value.map(recordOf) : [];

/** `sluice:…` tags of a service. */
export const sluiceTags = (tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(tags).filter(([key]) => key.startsWith("sluice:")));

/** For `expect(failuresOf(figures)).toEqual([])`: what failed, in words that tell where to look. */
export const failuresOf = ({ failures }: LoadFigures): readonly string[] =>
  failures.map(
    ({ atMs, kind, version, request, seen }) =>
      `${new Date(atMs).toISOString()} ${kind} version ${version} ${request}: ${seen}`,
  );

export const violationsOf = ({ monitor }: Sandbox): readonly string[] =>
  monitor.violations.map(({ rule, message }) => `${rule}: ${message}`);

/** Annotations of a job's log: the lines that a runner shows beside the run. */
export const annotationsOf = (log: string, level: "error" | "warning"): readonly string[] =>
  log.split("\n").filter((line) => line.startsWith(`::${level}`));

export const isBaking = (line: JournalLine): boolean =>
  line.kind === "waiting" && line.reason.startsWith("baking");
