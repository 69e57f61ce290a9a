import type { Clock } from "../clock.ts";
import type { Elbv2 } from "../elbv2/elbv2.ts";
import { type TargetResult, TrafficMetrics } from "../elbv2/traffic/metrics.ts";
import type { DataPlaneEvents, MetricSink } from "../ports.ts";
import type { VirtualRuntime } from "../runtime/virtual.ts";
import { Dealer } from "./dealer.ts";

export interface TrafficOptions {
  readonly clock: Clock;
  /** Of each route. */
  readonly requestsPerSecond: number;
  /** Where users come in: ARNs of rules, or of listeners for their default actions. */
  readonly routeArns: readonly string[];
  readonly elbv2: Pick<Elbv2, "routeShares" | "targetsOf">;
  readonly runtime: Pick<VirtualRuntime, "targetAt">;
  readonly metrics: MetricSink;
  /** Hears of every request, as of a real one. */
  readonly events: Pick<DataPlaneEvents, "request">;
}

/** By image. `failed` are those that the app itself answered with an error. */
export type VersionCounts = Readonly<Record<string, { readonly requests: number; readonly failed: number }>>;

/** A request that no app answered. */
export interface LostRequest {
  readonly atMs: number;
  readonly routeArn: string;
  /** 502: the target was not there. 503: there was no target. */
  readonly status: 502 | 503;
  /** "targetgroup/orders-green/… 10.0.0.12:8080". */
  readonly where: string;
}

export interface Traffic {
  versions(): VersionCounts;
  readonly lost: readonly LostRequest[];
  stop(): void;
}

const TICK_MS = 1000;

/**
 * Users of a simulated sandbox: once a second of the clock, each route's requests go to the groups by the
 * weights in force, to the targets in turn, and fail as often as the image's behaviour says. No randomness: of
 * 20 % every fifth request fails.
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const { clock } = options;
  const metrics = new TrafficMetrics(options.metrics);
  const dealer = new Dealer();
  const versions = new Map<string, { requests: number; failed: number }>();
  const lost: LostRequest[] = [];
  let cancel = clock.after(TICK_MS, tick);

  function tick(): void {
    for (const route of options.elbv2.routeShares()) {
      if (options.routeArns.includes(route.routeArn)) serveRoute(route);
    }
    cancel = clock.after(TICK_MS, tick);
  }

  function serveRoute(route: Route): void {
    const groups = Object.entries(route.shares);
    if (groups.every(([, share]) => share === 0)) lose(route, 503, "no weight", options.requestsPerSecond);
    for (const [groupArn, share] of groups) {
      const count = dealer.count(`${route.routeArn} ${groupArn}`, options.requestsPerSecond * share);
      const targets = options.elbv2.targetsOf(groupArn);
      if (targets.length === 0) lose(route, 503, groupArn, count);
      else for (let n = 0; n < count; n++) serveOne(route, groupArn, dealer.next(groupArn, targets));
    }
  }

  function serveOne(route: Route, groupArn: string, receiving: Target | undefined): void {
    if (!receiving) return;
    const { target, state } = receiving;
    const found = options.runtime.targetAt(target.id, target.port);
    const answers = found?.ready === true;
    const failed = answers && dealer.count(`errors ${found.image}`, found.behaviour.errorRate ?? 0) > 0;
    const result: TargetResult = answers
      ? { kind: "answered", status: failed ? 500 : 200, responseTimeMs: found.behaviour.latencyMs ?? 10 }
      : { kind: "failed", status: 502, connectionFailed: true };
    metrics.targetRequest(route.loadBalancerArn, groupArn, result, state !== "healthy");
    options.events.request({
      loadBalancerArn: route.loadBalancerArn,
      routeArn: route.routeArn,
      targetGroupArn: groupArn,
      target,
      targetHealth: state,
      status: answers ? (failed ? 500 : 200) : 502,
      fromLoadBalancer: !answers,
      durationMs: 0,
      webSocket: false,
    });
    if (answers) countAnswer(found.image, failed);
    else lost.push(lostRequest(route, 502, `${groupArn} ${target.id}:${target.port}`));
  }

  function countAnswer(image: string, failed: boolean): void {
    const count = versions.get(image) ?? { requests: 0, failed: 0 };
    versions.set(image, { requests: count.requests + 1, failed: count.failed + (failed ? 1 : 0) });
  }

  function lose(route: Route, status: 502 | 503, where: string, count: number): void {
    for (let n = 0; n < count; n++) {
      metrics.ownAnswer(route.loadBalancerArn, status);
      lost.push(lostRequest(route, status, where));
    }
  }

  function lostRequest({ routeArn }: Route, status: 502 | 503, where: string): LostRequest {
    return {
      atMs: clock.nowMs(),
      routeArn,
      status,
      where: where.slice(where.lastIndexOf(":targetgroup/") + 1),
    };
  }

  return {
    versions: () => Object.fromEntries(versions),
    lost,
    stop: () => cancel(),
  };
}

type Route = ReturnType<Elbv2["routeShares"]>[number];
type Target = ReturnType<Elbv2["targetsOf"]>[number];
