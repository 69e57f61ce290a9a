import type { Clients } from "../../aws/clients.ts";
import { createErrorsSource, createLatencySource } from "../../aws/cloudwatch-counts.ts";
import { loadBalancerOf } from "../../aws/infrastructure.ts";
import { readRoutes } from "../../aws/routes.ts";
import type { TimedArm } from "../../core/counts.ts";
import { SluiceError } from "../../core/errors.ts";
import type { CountSource } from "../../core/metric-source.ts";
import { toRef } from "../../core/preflight.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { type Recording, tellApart } from "../../evidence/backtest/record.ts";

/** What is read of the past: whole periods. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
}

export interface Rollout extends Recording {
  readonly stableArn: string;
  readonly canaryArn: string;
  /** What was slow, as a verb; undefined where nobody counted that. */
  readonly slowWords: string | undefined;
}

/** How long after a period's end the last of its metrics may be published. */
const PUBLISHED_MS = 10 * 60_000;

/**
 * A rollout of the past, from the load balancer's metrics of both target groups. Throws SluiceError "configuration" where
 * they do not tell which of the two had the new version, or whatever CloudWatch has against it.
 */
export async function readRollout(
  clients: Clients,
  spec: ServiceSpec,
  span: Span,
  nowMs: number,
): Promise<Rollout> {
  const { periodMs } = span;
  const loadBalancer = loadBalancerOf(toRef(spec.traffic.production[0] ?? {}).arn);
  const metrics = { loadBalancer: loadBalancer.replace(/^.*:loadbalancer\//, ""), periodMs };
  const groups = await readGroups(clients, spec);
  const counted = await read(createErrorsSource(clients, metrics), groups, span, span.fromMs, nowMs);
  const told = tellApart([
    { groupArn: groups[0], errors: counted.arms[0] },
    { groupArn: groups[1], errors: counted.arms[1] },
  ]);
  if (told.kind === "unclear") throw new SluiceError("configuration", told.reason);
  const { stable, canary, canaryFromMs } = told;
  const gate = spec.gates.latency;
  const source = gate && createLatencySource(clients, { ...metrics, slowerThanMs: gate["slower-than"] });
  const arns = [canary.groupArn, stable.groupArn] as const;
  const answered = source && (await read(source, arns, span, canaryFromMs, nowMs));
  const [slowCanary = [], slowStable = []] = answered?.arms ?? [];
  const hasSlow = slowCanary.length + slowStable.length > 0;
  return {
    stableArn: stable.groupArn,
    canaryArn: canary.groupArn,
    stable: stable.errors,
    canary: canary.errors,
    slow: hasSlow ? { stable: slowStable, canary: slowCanary } : undefined,
    slowWords: hasSlow ? answered?.fault : undefined,
    periodMs,
    canaryFromMs,
  };
}

/** Both target groups' periods within the span. @param fromMs where the old version's history ends */
async function read(
  source: CountSource,
  groupArns: readonly [string, string],
  span: Span,
  fromMs: number,
  nowMs: number,
) {
  const versions = groupArns.map((groupArn) => ({ groupArn, values: {} }));
  const toMs = Math.min(nowMs, span.toMs + PUBLISHED_MS);
  const window = { historyFromMs: span.fromMs, fromMs, toMs, periodMs: span.periodMs };
  const { arms, fault } = await source.read(versions, window, new AbortController().signal);
  const inSpan = (arm: readonly TimedArm[] = []) =>
    arm.filter(({ atMs }) => atMs + span.periodMs <= span.toMs);
  return { arms: [inSpan(arms[0]), inSpan(arms[1])] as const, fault };
}

/** Both target groups of the production routes. */
async function readGroups(clients: Clients, { traffic }: ServiceSpec): Promise<readonly [string, string]> {
  const routes = await readRoutes(clients, traffic.production.map(toRef));
  const groups = [...new Set(routes.flatMap(({ weights }) => weights.map(({ groupArn }) => groupArn)))];
  const [one, other, ...more] = groups;
  if (one && other && more.length === 0) return [one, other];
  throw new SluiceError(
    "configuration",
    `the production routes forward to ${groups.length} target groups; the two versions of a rollout have two`,
  );
}
