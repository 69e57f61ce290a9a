import type { Clock } from "../clock.ts";
import type { Elbv2 } from "../elbv2/elbv2.ts";
import { type TargetResult, TrafficMetrics } from "../elbv2/traffic/metrics.ts";
import type { DataPlaneEvents, MetricSink } from "../ports.ts";
import type { VirtualTarget } from "../runtime/behaviour.ts";
import type { VirtualRuntime } from "../runtime/virtual.ts";
import { type ClientOptions, Clients } from "./clients.ts";
import { Dealer } from "./dealer.ts";

export interface TrafficOptions {
  readonly clock: Clock;
  /** Of each route. */
  readonly requestsPerSecond: number;
  /** Where users come in: ARNs of rules, or of listeners for their default actions. */
  readonly routeArns: readonly string[];
  readonly elbv2: Pick<Elbv2, "routeShares" | "routeWith" | "targetsOf">;
  /** Users among them whose requests carry headers, which a rule may look at. Default: none. */
  readonly cohort?: Cohort;
  /** Users among them who keep their cookies, so that a sticky action pins them. Default: none. */
  readonly clients?: ClientOptions;
  /** How often requests are sent, all that are due at once. Default: once a second. */
  readonly tickMs?: number;
  readonly runtime: Pick<VirtualRuntime, "targetAt">;
  readonly metrics: MetricSink;
  /** Hears of every request, as of a real one. */
  readonly events: Pick<DataPlaneEvents, "request">;
}

export interface Cohort {
  readonly headers: Readonly<Record<string, string>>;
  /** Of each route's requests, 0 to 1. */
  readonly share: number;
}

/** By image. `failed` are those that the app answered with an error or not at all, or whose connection it reset. */
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
  /** Those of the cohort; in `versions` as well. */
  cohortVersions(): VersionCounts;
  readonly lost: readonly LostRequest[];
  /** How many of `clients` a cookie pins to this target group now. */
  pinnedTo(targetGroupArn: string): number;
  stop(): void;
}

const TICK_MS = 1000;
/** A load balancer's idle timeout, where nobody has set another. */
const IDLE_TIMEOUT_MS = 60_000;

/**
 * Users of a simulated sandbox: at every tick of the clock, each route's requests go to the groups by the
 * weights in force, to the targets in turn, and fail as often as the image's behaviour says. No randomness: of
 * 20 % every fifth request fails.
 */
export function startTraffic(options: TrafficOptions): Traffic {
  const { clock, tickMs = TICK_MS } = options;
  const users = new Users(options);
  const tick = (): void => {
    users.send(tickMs / 1000);
    cancel = clock.after(tickMs, tick);
  };
  let cancel = clock.after(tickMs, tick);
  return {
    versions: () => users.versions.all(),
    cohortVersions: () => users.cohortVersions.all(),
    lost: users.lost,
    pinnedTo: (targetGroupArn) => users.clients?.pinnedTo(targetGroupArn, clock.nowMs()) ?? 0,
    stop: () => cancel(),
  };
}

class Counts {
  readonly #byImage = new Map<string, { readonly requests: number; readonly failed: number }>();

  add(image: string, failed: boolean): void {
    const count = this.#byImage.get(image) ?? { requests: 0, failed: 0 };
    this.#byImage.set(image, { requests: count.requests + 1, failed: count.failed + (failed ? 1 : 0) });
  }

  all(): VersionCounts {
    return Object.fromEntries(this.#byImage);
  }
}

class Users {
  readonly versions = new Counts();
  readonly cohortVersions = new Counts();
  readonly lost: LostRequest[] = [];
  readonly clients: Clients | undefined;
  readonly #options: TrafficOptions;
  readonly #metrics: TrafficMetrics;
  readonly #dealer = new Dealer();

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#metrics = new TrafficMetrics(options.metrics);
    this.clients = options.clients && new Clients(options.clients);
  }

  send(seconds: number): void {
    const { elbv2, requestsPerSecond, routeArns, cohort, clients } = this.#options;
    const requests = requestsPerSecond * seconds;
    const ofCohort = requests * (cohort?.share ?? 0);
    const ofClients = requests * (clients?.share ?? 0);
    for (const route of elbv2.routeShares()) {
      if (!routeArns.includes(route.routeArn)) continue;
      this.#serve(route, requests - ofCohort - ofClients, [this.versions]);
      if (this.clients) this.#serveClients(route, this.clients, ofClients);
      const met = cohort && elbv2.routeWith(route.routeArn, cohort.headers);
      if (met) this.#serve(met, ofCohort, [this.versions, this.cohortVersions]);
    }
  }

  #serve(route: Route, requests: number, counts: readonly Counts[]): void {
    const groups = Object.entries(route.shares);
    const key = `${counts.length} ${route.routeArn}`;
    if (groups.every(([, share]) => share === 0))
      this.#lose(route, 503, "no weight", this.#dealer.count(key, requests));
    for (const [groupArn, share] of groups) {
      const count = this.#dealer.count(`${key} ${groupArn}`, requests * share);
      const targets = this.#options.elbv2.targetsOf(groupArn);
      if (targets.length === 0) this.#lose(route, 503, groupArn, count);
      else
        for (let n = 0; n < count; n++)
          this.#serveOne(route, groupArn, this.#dealer.next(groupArn, targets), counts);
    }
  }

  #serveClients(route: Route, clients: Clients, requests: number): void {
    const { clock, elbv2 } = this.#options;
    const key = `clients ${route.routeArn}`;
    for (let left = this.#dealer.count(key, requests); left > 0; left--) {
      const choose = (): string | undefined => this.#dealer.choose(key, route.shares);
      const groupArn = clients.next(route, clock.nowMs(), choose);
      const targets = groupArn ? elbv2.targetsOf(groupArn) : [];
      if (!groupArn || targets.length === 0) this.#lose(route, 503, groupArn ?? "no weight", 1);
      else this.#serveOne(route, groupArn, this.#dealer.next(groupArn, targets), [this.versions]);
    }
  }

  #serveOne(route: Route, groupArn: string, receiving: Target | undefined, counts: readonly Counts[]): void {
    if (!receiving) return;
    const { target, state } = receiving;
    const found = this.#options.runtime.targetAt(target.id, target.port);
    const answer = found?.ready ? this.#answerOf(found) : { kind: "none" as const };
    const end = (): void => {
      const result = resultOf(answer);
      this.#metrics.targetRequest(route.loadBalancerArn, groupArn, result, state !== "healthy");
      this.#options.events.request({
        loadBalancerArn: route.loadBalancerArn,
        routeArn: route.routeArn,
        targetGroupArn: groupArn,
        target,
        targetHealth: state,
        status: result.status,
        fromLoadBalancer: result.kind === "failed",
        durationMs: answer.kind === "hung" ? IDLE_TIMEOUT_MS : 0,
        webSocket: false,
      });
    };
    if (answer.kind === "hung") this.#options.clock.after(IDLE_TIMEOUT_MS, end);
    else end();
    if (found?.ready)
      for (const count of counts) count.add(found.image, answer.kind !== "answered" || answer.status >= 500);
    else this.#lost(route, 502, `${groupArn} ${target.id}:${target.port}`);
  }

  #answerOf({ image, behaviour }: VirtualTarget): Answer {
    const isDue = (what: string, rate = 0): boolean => this.#dealer.count(`${what} ${image}`, rate) > 0;
    if (isDue("resets", behaviour.resetRate)) return { kind: "reset" };
    if (isDue("hangs", behaviour.hangRate)) return { kind: "hung" };
    const status = isDue("errors", behaviour.errorRate) ? 500 : 200;
    return { kind: "answered", status, responseTimeMs: behaviour.latencyMs ?? DEFAULT_LATENCY_MS };
  }

  #lose(route: Route, status: 502 | 503, where: string, count: number): void {
    for (let n = 0; n < count; n++) {
      this.#metrics.ownAnswer(route.loadBalancerArn, status);
      this.#lost(route, status, where);
    }
  }

  #lost({ routeArn }: Route, status: 502 | 503, where: string): void {
    const shortWhere = where.slice(where.lastIndexOf(":targetgroup/") + 1);
    this.lost.push({ atMs: this.#options.clock.nowMs(), routeArn, status, where: shortWhere });
  }
}

/** What a target did with a request. */
type Answer =
  | { readonly kind: "answered"; readonly status: number; readonly responseTimeMs: number }
  | { readonly kind: "reset" }
  | { readonly kind: "hung" }
  /** Nothing listens there. */
  | { readonly kind: "none" };

const DEFAULT_LATENCY_MS = 10;

function resultOf(answer: Answer): Exclude<TargetResult, { kind: "client-gone" }> {
  if (answer.kind === "answered") return answer;
  const status = answer.kind === "hung" ? 504 : 502;
  return { kind: "failed", status, connectionFailed: answer.kind === "none" };
}

type Route = ReturnType<Elbv2["routeShares"]>[number];
type Target = ReturnType<Elbv2["targetsOf"]>[number];
