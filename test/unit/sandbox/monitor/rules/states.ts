import type {
  GroupState,
  ProductionRoute,
  ServiceState,
  SetState,
  Weights,
} from "../../../../../sandbox/monitor/state.ts";

export const route = (weights: Weights, appliedWeights: Weights = weights): ProductionRoute => ({
  arn: "rule",
  label: "rule 10 of web:80",
  weights,
  appliedWeights,
});

export const group = (arn: string, given: Partial<GroupState> = {}): GroupState => ({
  arn,
  name: arn,
  healthyCount: 4,
  registeredCount: 4,
  deregistrationDelayMs: 30_000,
  lostWeightAtMs: undefined,
  fullSinceMs: undefined,
  emptyUntilMs: given.healthyCount === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY,
  ...given,
});

export const stableSet = (given: Partial<SetState> = {}): SetState => ({
  id: "ecs-svc/1",
  groupArn: "blue",
  role: "stable",
  replaces: undefined,
  rollout: "r0",
  rolling: false,
  unprovenFirst: false,
  primary: false,
  live: true,
  scalePercent: 100,
  computedCount: 4,
  healthyCount: 4,
  createdAtMs: 0,
  taskCount: 4,
  growing: false,
  provenCount: 4,
  stood: true,
  ...given,
});

export const newSet = (given: Partial<SetState> = {}): SetState =>
  stableSet({
    id: "ecs-svc/2",
    groupArn: "green",
    role: "new",
    replaces: "ecs-svc/1",
    rollout: "r1",
    createdAtMs: 1000,
    ...given,
  });

/** Four tasks desired; stable on blue with all the weight, and a new set of full size on green. */
export const service = (given: Partial<ServiceState> = {}): ServiceState => ({
  arn: "orders",
  name: "orders",
  desiredCount: 4,
  served: true,
  routes: [route({ blue: 100, green: 0 })],
  cohorts: [],
  groups: [group("blue"), group("green")],
  sets: [stableSet(), newSet()],
  aborted: undefined,
  ...given,
});
