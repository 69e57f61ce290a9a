import type { Target } from "./decide.ts";
import { describeWrite } from "./describe.ts";
import { type Foreseen, type ForeseenEnd, foresee } from "./foresee.ts";
import { isWrite } from "./moves.ts";
import type { Observation, ObservedTaskSet, RouteRef, ServiceTags } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { type Situation, shortArn, situationOf } from "./situation.ts";
import type { ServiceSpec } from "./spec/schema.ts";
import { wasAborted } from "./tags.ts";
import { formatWeights, groupName, sharePercent } from "./weights.ts";

/** What stands where right now, as AWS says it. The shape of `sluice status --json`, version 1. */
export interface Status {
  readonly version: 1;
  readonly service: string;
  readonly cluster: string;
  readonly at: string;
  readonly situation: Situation["kind"];
  /** Why it is unclear which version is the stable one, where it is. */
  readonly problem?: string;
  readonly desiredCount: number;
  readonly rollout?: RolloutStatus;
  readonly taskSets: readonly TaskSetStatus[];
  readonly routes: readonly RouteStatus[];
  readonly cohorts: readonly CohortStatus[];
  readonly tags: TagStatus;
  /** Absent where Application Auto Scaling does not scale the service. */
  readonly scaling?: { readonly scaleInSuspended: boolean };
  /** What the rollout's own phases would do from here on; absent where nothing is under way. */
  readonly next?: NextStatus;
  /** What a rollback would do; absent where nothing is under way. */
  readonly wayBack?: NextStatus;
}

export interface RolloutStatus {
  readonly name: string;
  readonly runUrl?: string;
  readonly commit?: string;
  readonly strategy: ServiceSpec["strategy"];
  /** Since when its present step stands; absent before the first. */
  readonly step?: { readonly weightPercent: number; readonly since: string };
  readonly takenBack: boolean;
}

export interface TaskSetStatus {
  readonly id: string;
  readonly role: "stable" | "new" | "other" | "leaving";
  readonly primary: boolean;
  /** "orders:12" */
  readonly taskDefinition: string;
  readonly image?: string;
  readonly rollout?: string;
  readonly runUrl?: string;
  readonly commit?: string;
  readonly targetGroup?: string;
  readonly scalePercent: number;
  readonly healthy: number;
  /** What ECS computes of the desired count and the scale. */
  readonly computed: number;
  readonly running: number;
  readonly unhealthyReasons: readonly string[];
  readonly since: string;
}

export interface RouteStatus {
  readonly kind: RouteRef["kind"] | "test";
  readonly arn: string;
  readonly weights: string;
  /** Of the service's traffic there, by task set; a group without a task set by its name. */
  readonly shares: readonly { readonly taskSet: string; readonly percent: number }[];
}

export interface CohortStatus {
  readonly rollout: string;
  readonly step: number;
  readonly ruleArn: string;
  readonly targetGroup: string;
}

export type TagStatus = Pick<ServiceTags, "shifted" | "aborted" | "freeze" | "scaleIn" | "history">;

export interface NextStatus {
  /** What it waits for before its next write. */
  readonly waitsFor?: string;
  /** The next write, and when that is at the earliest; absent where none is left. */
  readonly write?: string;
  readonly writeInMs?: number;
  /** Where people have to let it pass first, unless they have; the rest is told as if they had. */
  readonly heldAt?: string;
  readonly writes: number;
  /** At the earliest. */
  readonly endsInMs: number;
  readonly end: ForeseenEnd["kind"];
  readonly reason: string;
}

export interface StatusRequest {
  readonly plan: Plan;
  readonly observation: Observation;
  /** By task definition ARN: the image of the container that gets new ones. */
  readonly images: ReadonlyMap<string, string>;
  readonly nowMs: number;
}

/** Pure. `plan.rollout` is the rollout under way, where one is. */
export function statusOf({ plan, observation, images, nowMs }: StatusRequest): Status {
  const situation = situationOf(observation.taskSets, observation.service.tags);
  const { service } = observation;
  const { shifted, aborted, freeze, scaleIn, history } = service.tags;
  return {
    version: 1,
    service: plan.spec.service,
    cluster: shortArn(plan.clusterArn),
    at: timeOf(nowMs),
    situation: situation.kind,
    ...(situation.kind === "unclear" ? { problem: situation.reason } : {}),
    desiredCount: service.desiredCount,
    ...("fresh" in situation ? { rollout: rolloutStatus(situation.fresh, service.tags) } : {}),
    taskSets: observation.taskSets.map((set) => taskSetStatus(set, situation, images)),
    routes: routesStatus(plan, observation),
    cohorts: observation.cohorts.map(({ rollout, step, ruleArn, groupArn }) => ({
      rollout,
      step,
      ruleArn,
      targetGroup: groupName(groupArn),
    })),
    tags: {
      ...(shifted ? { shifted } : {}),
      ...(aborted ? { aborted } : {}),
      ...(freeze ? { freeze } : {}),
      ...(scaleIn ? { scaleIn } : {}),
      ...(history ? { history } : {}),
    },
    ...(service.scaling ? { scaling: service.scaling } : {}),
    ...("fresh" in situation ? outlook(plan, situation.fresh, observation, nowMs) : {}),
  };
}

function rolloutStatus(
  { origin }: Extract<Situation, { kind: "under-way" }>["fresh"],
  tags: ServiceTags,
): RolloutStatus {
  const { shifted, step } = tags;
  const isOwn = shifted === origin.rollout;
  return {
    name: origin.rollout,
    ...(origin.runUrl ? { runUrl: origin.runUrl } : {}),
    ...(origin.commit ? { commit: origin.commit } : {}),
    strategy: origin.strategy,
    ...(isOwn && step ? { step: { weightPercent: step.weightPercent, since: timeOf(step.atMs) } } : {}),
    takenBack: wasAborted(tags, origin.rollout),
  };
}

function taskSetStatus(
  set: ObservedTaskSet,
  situation: Situation,
  images: ReadonlyMap<string, string>,
): TaskSetStatus {
  const image = images.get(set.taskDefinitionArn);
  const { origin } = set;
  return {
    id: set.id,
    role: roleOf(set, situation),
    primary: set.status === "PRIMARY",
    taskDefinition: shortArn(set.taskDefinitionArn),
    ...(image ? { image } : {}),
    ...(origin ? { rollout: origin.rollout } : {}),
    ...(origin?.runUrl ? { runUrl: origin.runUrl } : {}),
    ...(origin?.commit ? { commit: origin.commit } : {}),
    ...(set.targetGroupArn ? { targetGroup: groupName(set.targetGroupArn) } : {}),
    scalePercent: set.scalePercent,
    healthy: set.healthyCount,
    computed: set.computedDesiredCount,
    running: set.runningCount,
    unhealthyReasons: set.unhealthyReasons,
    since: timeOf(set.createdAtMs),
  };
}

function roleOf(set: ObservedTaskSet, situation: Situation): TaskSetStatus["role"] {
  if (set.status === "DRAINING") return "leaving";
  if ("stable" in situation && situation.stable.id === set.id) return "stable";
  return "fresh" in situation && situation.fresh.id === set.id ? "new" : "other";
}

function routesStatus(plan: Plan, { routes, testRoute, taskSets }: Observation): readonly RouteStatus[] {
  const live = taskSets.filter(({ status }) => status !== "DRAINING");
  const all = [
    ...routes.map((route) => ({ kind: route.kind, route })),
    ...(testRoute ? [{ kind: "test" as const, route: testRoute }] : []),
  ];
  return all.map(({ kind, route }) => ({
    kind,
    arn: route.arn,
    weights: formatWeights(route.weights),
    shares: plan.groups.map((groupArn) => ({
      taskSet: live.find((set) => set.targetGroupArn === groupArn)?.id ?? groupName(groupArn),
      percent: Math.round(100 * (sharePercent(route, plan.groups, groupArn) ?? 0)) / 100,
    })),
  }));
}

/** A rollout that was taken back goes nowhere but back. */
function outlook(
  plan: Plan,
  { origin }: Extract<Situation, { kind: "under-way" }>["fresh"],
  observation: Observation,
  nowMs: number,
): Pick<Status, "next" | "wayBack"> {
  const own: Plan = {
    ...plan,
    rollout: origin.rollout,
    spec: { ...plan.spec, strategy: origin.strategy },
    release: { source: { kind: "staged" } },
  };
  const look = (targets: Target | readonly Target[]): NextStatus =>
    nextOrWhy(() => foresee(own, targets, observation, nowMs, { letPass: true }), nowMs);
  const wayBack = look("rollback");
  if (wasAborted(observation.service.tags, origin.rollout)) return { next: wayBack, wayBack };
  return { next: look(["stage", "verify", "shift", "promote", "finish"]), wayBack };
}

/** What stands is told even where what comes next cannot be. */
function nextOrWhy(look: () => Foreseen, nowMs: number): NextStatus {
  try {
    return nextOf(look(), nowMs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { writes: 0, endsInMs: 0, end: "refused", reason };
  }
}

function nextOf({ steps, end }: Foreseen, nowMs: number): NextStatus {
  const [first] = steps;
  const hold = steps.find(({ move }) => move.kind === "hold");
  const writes = steps.flatMap(({ atMs, move }) => (isWrite(move) ? [{ atMs, write: move }] : []));
  const [next] = writes;
  return {
    ...(first?.move.kind === "wait" ? { waitsFor: first.move.reason } : {}),
    ...(next ? { write: `${describeWrite(next.write)} (${next.write.reason})` } : {}),
    ...(next ? { writeInMs: next.atMs - nowMs } : {}),
    ...(hold ? { heldAt: hold.move.reason } : {}),
    writes: writes.length,
    endsInMs: end.atMs - nowMs,
    end: end.kind,
    reason: end.reason,
  };
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
