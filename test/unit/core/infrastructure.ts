import type { Infrastructure } from "../../../src/core/preflight/infrastructure.ts";
import type { PlanRequest } from "../../../src/core/preflight.ts";
import { BLUE, GREEN, NOW_MS, ROLLOUT, RULE, route, SERVICE, spec, TEST_RULE, testRoute } from "./world.ts";

export const BALANCER =
  "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188";

export const APP = { name: "app", port: 8080 };

export function group(arn: string, more: Partial<Infrastructure["groups"][number]> = {}) {
  return {
    arn,
    loadBalancerArns: [BALANCER],
    targetType: "ip",
    deregistrationDelayMs: 30_000,
    crossZone: true,
    ...more,
  };
}

/** Everything in order for a release, unless told otherwise. */
export function infrastructure(more: Partial<Infrastructure> = {}): Infrastructure {
  return {
    serviceArn: SERVICE,
    clusterArn: "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
    controller: "EXTERNAL",
    status: "ACTIVE",
    desiredCount: 4,
    tags: {},
    taskSets: [{ id: "ecs-svc/1", status: "PRIMARY", targetGroupArn: BLUE, container: APP }],
    unfinished: [],
    containers: ["app", "log"],
    routes: [route(100, 0), testRoute(BLUE)],
    loadBalancers: [{ arn: BALANCER, type: "application", zones: ["eu-west-1a", "eu-west-1b"] }],
    groups: [group(BLUE), group(GREEN)],
    users: [
      { arn: RULE, groupArns: [BLUE, GREEN] },
      { arn: TEST_RULE, groupArns: [BLUE] },
    ],
    ...more,
  };
}

export function request(more: Partial<PlanRequest> = {}): PlanRequest {
  return {
    spec: spec(),
    rollout: ROLLOUT,
    release: { source: { kind: "image", image: "registry/orders:2" } },
    approvals: 0,
    nowMs: NOW_MS,
    ...more,
  };
}
