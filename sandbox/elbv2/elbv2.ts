import type {
  CreateListenerInput,
  CreateRuleInput,
  Listener,
  Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Addresses, DataPlaneEvents, MetricSink, Prober, Surroundings, TargetGroups } from "../ports.ts";
import type { Service } from "../wire/service.ts";
import { createListener, listenerOperations } from "./control/listeners.ts";
import { loadBalancerOperations } from "./control/load-balancers.ts";
import { type ControlPlane, type Effects, emptyModel, type ListenerRecord } from "./control/model.ts";
import { createRule, ruleOperations } from "./control/rules.ts";
import { tagOperations } from "./control/tags.ts";
import { targetGroupOperations } from "./control/target-groups.ts";
import { targetOperations } from "./control/targets.ts";
import { publishHostCounts } from "./host-counts.ts";
import { Propagation } from "./propagation.ts";
import { AppliedRoutes } from "./routing/applied-routes.ts";
import { weightsOf } from "./routing/route.ts";
import { TargetRegistry } from "./targets/registry.ts";
import { Balancer } from "./traffic/balancer.ts";
import { TargetConnections } from "./traffic/connections.ts";
import { RequestHandler } from "./traffic/handler.ts";
import { TrafficMetrics } from "./traffic/metrics.ts";
import { Selector } from "./traffic/selection.ts";
import {
  applicableShares,
  type Elbv2View,
  type ReceivingTarget,
  type RouteShares,
  receivingTargets,
  sharesWith,
  viewOf,
} from "./view.ts";

export interface Elbv2Parts {
  readonly surroundings: Surroundings;
  readonly addresses: Addresses;
  readonly prober: Prober;
  readonly metrics: MetricSink;
  readonly events: DataPlaneEvents;
  /** False: no sockets; whoever makes the traffic up asks `routeShares` and `targetsOf`. */
  readonly dataPlane: boolean;
  /** In [0, 1). Default: Math.random. */
  readonly random?: () => number;
}

export interface Elbv2 {
  readonly service: Service;
  readonly targetGroups: TargetGroups;
  /** CreateListener for a sandbox file: without a port any free one, and an ARN that follows from `name`. */
  createListener(input: CreateListenerInput, options?: { readonly name?: string }): Promise<Listener>;
  /** CreateRule for a sandbox file: an ARN that follows from `name`. */
  createRule(input: CreateRuleInput, options?: { readonly name?: string }): Rule;
  routeShares(): readonly RouteShares[];
  /** Where users of a route go who also send these headers; undefined if that does not forward. */
  routeWith(routeArn: string, headers: Readonly<Record<string, string>>): RouteShares | undefined;
  targetsOf(targetGroupArn: string): readonly ReceivingTarget[];
  view(): Elbv2View;
  /** Closes every port and connection and stops every timer. */
  close(): Promise<void>;
}

/** The sandbox's Elastic Load Balancing v2: its API, its health checks and, if asked for, its traffic. */
export function createElbv2(parts: Elbv2Parts): Elbv2 {
  const { surroundings, addresses, prober, events, random = Math.random } = parts;
  const model = emptyModel();
  const metrics = new TrafficMetrics(parts.metrics);
  const propagation = new Propagation(surroundings, random);
  const routes = new AppliedRoutes();
  const connections = new TargetConnections();
  const registry = new TargetRegistry({
    model,
    surroundings,
    prober,
    events,
    propagation,
    random,
    onUnrouted: (member) => connections.closeIdle(member),
    onGone: (member) => connections.cut(member),
  });
  const selector = new Selector({ model, registry, settings: surroundings.settings, random });
  const handler = new RequestHandler({
    model,
    surroundings,
    routes,
    selector,
    connections,
    addresses,
    metrics,
    events,
    random,
  });
  const balancer = parts.dataPlane ? new Balancer(handler, metrics) : undefined;
  const effects = effectsOn({ balancer, routes, registry, propagation, events });
  const plane: ControlPlane = { model, surroundings, effects };
  const stopHostCounts = publishHostCounts({ surroundings, model, registry, metrics });
  return {
    service: serviceOf(plane, registry),
    targetGroups: registry,
    createListener: (input, options = {}) => createListener(plane, input, options),
    createRule: (input, options = {}) => createRule(plane, input, options),
    routeShares: () => applicableShares(routes),
    routeWith: (routeArn, headers) => sharesWith(routes, routeArn, headers),
    targetsOf: (targetGroupArn) => receivingTargets(model, registry, targetGroupArn),
    view: () => viewOf(model, routes, registry),
    async close() {
      stopHostCounts();
      propagation.close();
      registry.close();
      connections.close();
      await balancer?.closeAll();
    },
  };
}

const serviceOf = (plane: ControlPlane, registry: TargetRegistry): Service => ({
  name: "elasticloadbalancing",
  operations: {
    ...loadBalancerOperations(plane),
    ...listenerOperations(plane),
    ...ruleOperations(plane),
    ...targetGroupOperations(plane),
    ...targetOperations(plane.model, registry),
    ...tagOperations(plane),
  },
});

/** Ports given to listeners that ask for any, where nothing really listens. */
const FIRST_VIRTUAL_PORT = 20_000;

function effectsOn(parts: {
  readonly balancer: Balancer | undefined;
  readonly routes: AppliedRoutes;
  readonly registry: TargetRegistry;
  readonly propagation: Propagation;
  readonly events: DataPlaneEvents;
}): Effects {
  const { balancer, routes, registry, propagation, events } = parts;
  let nextVirtualPort = FIRST_VIRTUAL_PORT;
  const listens = (listener: ListenerRecord) => listener.protocol === "HTTP" || listener.protocol === "HTTPS";
  const carry = (arn: string, atOnce: boolean, apply: () => void): void => {
    if (!atOnce) {
      propagation.schedule(arn, apply);
      return;
    }
    propagation.drop(arn);
    apply();
  };
  return {
    openListener(listener) {
      if (balancer && listens(listener)) return balancer.open(listener);
      return Promise.resolve(listener.port || nextVirtualPort++);
    },
    closeListener: (arn) => void balancer?.close(arn),
    putRoute(route, atOnce) {
      carry(route.arn, atOnce, () => {
        routes.put(route);
        events.applied({ arn: route.arn, weights: weightsOf(route) });
      });
    },
    removeRoute(arn, atOnce) {
      carry(arn, atOnce, () => {
        routes.remove(arn);
        events.applied({ arn, weights: {} });
      });
    },
    usageChanged: () => registry.usageChanged(),
    removeTargetGroup: (arn) => registry.removeGroup(arn),
  };
}
