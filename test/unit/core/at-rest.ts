import type { GroupWeight, RouteRef } from "../../../src/core/observation.ts";
import type { Chance, ModelRoute, World } from "./model.ts";
import { BLUE, NOW_MS } from "./world.ts";

export interface Start {
  readonly desiredCount: number;
  readonly routes: readonly (RouteRef & {
    readonly sticky: boolean;
    readonly weights: readonly GroupWeight[];
  })[];
  readonly testRoute: RouteRef;
  readonly chance: Chance;
}

/** A service at rest: `ecs-svc/1` on blue, PRIMARY, every task healthy. */
export function atRest(start: Start): World {
  const routeOf = (route: Start["routes"][number]): ModelRoute => ({
    ...route,
    before: route.weights,
    freshAtMs: 0,
  });
  const groups = start.routes.flatMap((route) => route.weights.map((entry) => entry.groupArn));
  return {
    nowMs: NOW_MS,
    desiredCount: start.desiredCount,
    tags: {},
    sets: [
      {
        arn: "arn:aws:ecs:eu-west-1:111122223333:task-set/shop/orders/ecs-svc/1",
        id: "ecs-svc/1",
        groupArn: BLUE,
        taskDefinitionArn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:1",
        origin: undefined,
        primary: true,
        scalePercent: 100,
        createdAtMs: 0,
        tasks: Array.from({ length: start.desiredCount }, () => ({ healthyAtMs: 0 })),
        stopping: [],
        stops: [],
        goneAtMs: undefined,
      },
    ],
    routes: start.routes.map(routeOf),
    testRoute: routeOf({ ...start.testRoute, sticky: false, weights: [{ groupArn: BLUE, weight: 1 }] }),
    cohorts: [],
    lostWeightAtMs: {},
    attachedSinceMs: Object.fromEntries(groups.map((arn) => [arn, 0])),
    chance: start.chance,
    serial: 1,
  };
}
