import type {
  Observation,
  ObservedRoute,
  ObservedService,
  ObservedTaskSet,
  ServiceTags,
  TaskSetOrigin,
  TaskStop,
} from "../../../src/core/observation.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { type ServiceSpec, serviceSchema } from "../../../src/core/spec/schema.ts";

const ELB = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";
const APP = "app/shop/50dc6c495c0c9188";
const TASK_SET = "arn:aws:ecs:eu-west-1:111122223333:task-set/shop/orders";
const TASK_DEFINITION = "arn:aws:ecs:eu-west-1:111122223333:task-definition";

export const LISTENER = `${ELB}:listener/${APP}/f2f7dc8efc522ab2`;
export const RULE = `${ELB}:listener-rule/${APP}/f2f7dc8efc522ab2/9683b2d02a6cabee`;
export const TEST_RULE = `${ELB}:listener-rule/${APP}/f2f7dc8efc522ab2/1291d13826f405c3`;
export const BLUE = `${ELB}:targetgroup/orders-blue/73e2d6bc24d8a067`;
export const GREEN = `${ELB}:targetgroup/orders-green/943f017f100becff`;
/** Another service's group in the same action. */
export const THIRD = `${ELB}:targetgroup/search/0123456789abcdef`;
export const SERVICE = "arn:aws:ecs:eu-west-1:111122223333:service/shop/orders";

export const NOW_MS = Date.UTC(2026, 0, 5, 9, 0, 0);
export const ROLLOUT = "run-2";
export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;

/** A spec with every default of the schema; `more` has durations as text, as a file has. */
export function spec(more: Readonly<Record<string, unknown>> = {}): ServiceSpec {
  return serviceSchema.parse({
    service: "orders",
    cluster: "shop",
    strategy: "blue-green",
    traffic: { production: [{ "listener-rule": RULE }], test: { "listener-rule": TEST_RULE } },
    ...more,
  });
}

export function plan(more: Partial<Plan> = {}): Plan {
  return {
    rollout: ROLLOUT,
    spec: spec(),
    clusterArn: "arn:aws:ecs:eu-west-1:111122223333:cluster/shop",
    serviceArn: SERVICE,
    routes: [{ kind: "listener-rule", arn: RULE }],
    testRoute: { kind: "listener-rule", arn: TEST_RULE },
    groups: [BLUE, GREEN],
    zones: [],
    drainMs: 30 * SECOND_MS,
    container: { name: "app", port: 8080 },
    imageContainer: "app",
    release: { source: { kind: "image", image: "registry/orders:2" } },
    approvals: 0,
    scalable: false,
    cohortListeners: [],
    startedAtMs: NOW_MS,
    ...more,
  };
}

/** A service's steady task set of four tasks; `id` makes its ARN. */
export function taskSet(more: Partial<ObservedTaskSet> & { readonly id: string }): ObservedTaskSet {
  const scalePercent = more.scalePercent ?? 100;
  const computedDesiredCount = more.computedDesiredCount ?? Math.ceil((4 * scalePercent) / 100);
  return {
    arn: `${TASK_SET}/${more.id}`,
    status: "ACTIVE",
    taskDefinitionArn: `${TASK_DEFINITION}/orders:1`,
    targetGroupArn: BLUE,
    scalePercent,
    computedDesiredCount,
    runningCount: computedDesiredCount,
    pendingCount: 0,
    createdAtMs: NOW_MS - 60 * MINUTE_MS,
    origin: undefined,
    healthyCount: computedDesiredCount,
    healthyZones: ["eu-west-1a", "eu-west-1b"],
    unhealthyReasons: [],
    stops: [],
    ...more,
  };
}

export function origin(more: Partial<TaskSetOrigin> = {}): TaskSetOrigin {
  return {
    rollout: ROLLOUT,
    replaces: "ecs-svc/1",
    strategy: "blue-green",
    previousTaskDefinition: `${TASK_DEFINITION}/orders:1`,
    ...more,
  };
}

/** The set that serves: orders:1 in the blue group, PRIMARY. */
export function stableSet(more: Partial<ObservedTaskSet> = {}): ObservedTaskSet {
  return taskSet({ id: "ecs-svc/1", status: "PRIMARY", ...more });
}

/** This rollout's set: orders:2 in the green group, as large as the stable one. */
export function freshSet(more: Partial<ObservedTaskSet> = {}): ObservedTaskSet {
  return taskSet({
    id: "ecs-svc/2",
    taskDefinitionArn: `${TASK_DEFINITION}/orders:2`,
    targetGroupArn: GREEN,
    createdAtMs: NOW_MS - 5 * MINUTE_MS,
    origin: origin(),
    ...more,
  });
}

/** A route with blue at `blue` and green at `green`; undefined leaves the group out. */
export function route(
  blue: number | undefined,
  green: number | undefined,
  more: Partial<ObservedRoute> = {},
): ObservedRoute {
  return {
    kind: "listener-rule",
    arn: RULE,
    weights: [
      ...(blue === undefined ? [] : [{ groupArn: BLUE, weight: blue }]),
      ...(green === undefined ? [] : [{ groupArn: GREEN, weight: green }]),
    ],
    sticky: false,
    ...more,
  };
}

export function testRoute(groupArn: string, more: Partial<ObservedRoute> = {}): ObservedRoute {
  return {
    kind: "listener-rule",
    arn: TEST_RULE,
    weights: [{ groupArn, weight: 1 }],
    sticky: false,
    ...more,
  };
}

export function service(tags: ServiceTags = {}, desiredCount = 4): ObservedService {
  return { arn: SERVICE, desiredCount, tags };
}

/** At rest on blue, unless told otherwise. */
export function observation(more: Partial<Observation> = {}): Observation {
  return {
    atMs: NOW_MS,
    service: service(),
    taskSets: [stableSet()],
    routes: [route(100, 0)],
    testRoute: testRoute(BLUE),
    cohorts: [],
    ...more,
  };
}

/** Both sets stand and are healthy, the new one at weight 0, the test route leads to it. */
export function staged(more: Partial<Observation> = {}): Observation {
  return observation({ taskSets: [stableSet(), freshSet()], testRoute: testRoute(GREEN), ...more });
}

/** The new version has all traffic since `sinceMs`. */
export function flipped(sinceMs: number, more: Partial<Observation> = {}): Observation {
  return staged({
    service: service({ shifted: ROLLOUT, step: { weightPercent: 100, atMs: sinceMs } }),
    routes: [route(0, 100)],
    ...more,
  });
}

/** … and is PRIMARY: the bake is over. */
export function promoted(more: Partial<Observation> = {}): Observation {
  return flipped(NOW_MS - 60 * MINUTE_MS, {
    taskSets: [stableSet({ status: "ACTIVE" }), freshSet({ status: "PRIMARY" })],
    ...more,
  });
}

export function stop(more: Partial<TaskStop> = {}): TaskStop {
  return {
    taskArn: "arn:aws:ecs:eu-west-1:111122223333:task/shop/1f2e3d",
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    stoppedAtMs: NOW_MS - MINUTE_MS,
    exits: [{ container: "app", exitCode: 1 }],
    ...more,
  };
}
