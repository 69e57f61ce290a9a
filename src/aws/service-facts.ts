import { type Action, DescribeTargetGroupsCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { ServiceFacts } from "../core/advise/facts.ts";
import { type MinuteCounts, trafficOf } from "../core/advise/traffic.ts";
import { SluiceError } from "../core/errors.ts";
import type { RouteRef } from "../core/observation.ts";
import type { Infrastructure } from "../core/preflight/infrastructure.ts";
import { groupsOf, routeProblems } from "../core/preflight/routes.ts";
import { toRef } from "../core/preflight.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";
import { loadBalancerOf, readInfrastructure } from "./infrastructure.ts";
import { readListeners, readRules } from "./routes.ts";
import { readTraffic } from "./traffic.ts";

const DAY_MS = 86_400_000;
/** The newest two minutes of metrics may be partial. */
const UNPUBLISHED_MS = 120_000;

/** What only people know of a service. */
export type SaidFacts = Pick<ServiceFacts, "oneVersionOnly" | "spareTasks">;

/** The facts, and the day's minutes that they sum up. */
export interface ReadFacts {
  readonly facts: ServiceFacts;
  readonly minutes: readonly MinuteCounts[];
  readonly toMs: number;
}

/** Reads what `advise` rests on. Reads only. Throws "configuration" where the routes do not show the service. */
export async function readServiceFacts(
  clients: Clients,
  spec: ServiceSpec,
  said: SaidFacts,
  nowMs: number,
): Promise<ReadFacts> {
  const production = spec.traffic.production.map(toRef);
  const infra = await readInfrastructure(clients, spec, { source: { kind: "staged" } });
  const groupArns = groupsOrThrow(spec, production, infra);
  const toMs = nowMs - UNPUBLISHED_MS;
  const loadBalancer = loadBalancerOf(production[0]?.arn ?? "").replace(/^.*:loadbalancer\//, "");
  const [minutes, routes, failureDetectionMs] = await Promise.all([
    readTraffic(clients, { loadBalancer, groupArns, fromMs: nowMs - DAY_MS, toMs }),
    readStickiness(clients, production),
    readFailureDetection(clients, groupArns),
  ]);
  const chosen = infra.groups.filter((group) => groupArns.includes(group.arn));
  const facts: ServiceFacts = {
    desiredCount: infra.desiredCount,
    traffic: trafficOf(minutes, Math.floor(toMs / 60_000) * 60_000),
    routes,
    drainMs: Math.max(0, ...chosen.map((group) => group.deregistrationDelayMs)),
    failureDetectionMs,
    scalable: infra.scaling !== undefined,
    ...said,
  };
  return { facts, minutes, toMs };
}

function groupsOrThrow(
  spec: ServiceSpec,
  production: readonly RouteRef[],
  infra: Infrastructure,
): readonly string[] {
  const groups = groupsOf(spec, production, infra);
  const missing = routeProblems(production, toRef(spec.traffic.test), infra).filter(
    ({ subject, onlyRelease }) => !onlyRelease || production.some(({ arn }) => arn === subject),
  );
  if (groups.kind === "groups" && missing.length === 0) return groups.groups;
  const problems = [...missing, ...(groups.kind === "problems" ? groups.problems : [])];
  const lines = problems.map(({ subject, message, hint }) => `- ${subject}: ${message}\n  ${hint}`);
  throw new SluiceError(
    "configuration",
    ["the routes do not show how the service is reached:", ...lines].join("\n"),
  );
}

async function readStickiness(clients: Clients, refs: readonly RouteRef[]): Promise<ServiceFacts["routes"]> {
  const arnsOf = (kind: RouteRef["kind"]) => refs.filter((ref) => ref.kind === kind).map(({ arn }) => arn);
  const [rules, listeners] = await Promise.all([
    readRules(clients, arnsOf("listener-rule")),
    readListeners(clients, arnsOf("listener")),
  ]);
  const actions = new Map([
    ...rules.map((rule) => [rule.RuleArn ?? "", rule.Actions ?? []] as const),
    ...listeners.map((listener) => [listener.ListenerArn ?? "", listener.DefaultActions ?? []] as const),
  ]);
  return refs.map(({ kind, arn }) => ({ kind, stickySeconds: stickySecondsOf(actions.get(arn) ?? []) }));
}

function stickySecondsOf(actions: readonly Action[]): number | undefined {
  const forward = actions.find((action) => action.Type === "forward");
  const { Enabled, DurationSeconds } = forward?.ForwardConfig?.TargetGroupStickinessConfig ?? {};
  return Enabled ? DurationSeconds : undefined;
}

/** The slower of the groups: interval × unhealthy threshold, AWS's defaults where it says nothing. */
async function readFailureDetection(clients: Clients, groupArns: readonly string[]): Promise<number> {
  const answer = await call("elasticloadbalancing:DescribeTargetGroups", () =>
    clients.elb.send(new DescribeTargetGroupsCommand({ TargetGroupArns: [...groupArns] })),
  );
  const times = (answer.TargetGroups ?? []).map(
    (group) => 1000 * (group.HealthCheckIntervalSeconds ?? 30) * (group.UnhealthyThresholdCount ?? 2),
  );
  return Math.max(0, ...times);
}
