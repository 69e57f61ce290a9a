import type { TakenBackMark, Write } from "../moves.ts";
import type {
  GroupWeight,
  Observation,
  ObservedRoute,
  ObservedTaskSet,
  RouteRef,
  ServiceTags,
} from "../observation.ts";
import type { Plan } from "../plan.ts";
import { listenerArnOf } from "../spec/elb-arn.ts";
import { parseServiceTags, REPLACES_NONE, TAG, type Tags, takenBackTags } from "../tags.ts";

/** In place of the ids that AWS chooses when a write is made; they are numbers, in hexadecimal at most. */
const NEW = "new";

/** Whether an ARN stands for something that does not exist yet. */
export function isForeseen(arn: string): boolean {
  return /\/new(-\d+)?$/.test(arn);
}

/**
 * What AWS would say after `write`, if all goes well: started tasks are healthy at once wherever a route leads
 * to them, weights read back, and a deleted set drains. Pure.
 */
export function applyWrite(write: Write, plan: Plan, seen: Observation, atMs: number): Observation {
  switch (write.kind) {
    case "create-task-set":
      return create(write, plan, seen, atMs);
    case "scale-task-set":
      return withSet(seen, write.taskSetArn, (set) =>
        filled({ ...set, scalePercent: write.scalePercent }, plan, seen),
      );
    case "set-weights":
      return marked(setWeights(seen, plan, write.route, write.to), write.mark, atMs);
    case "create-cohort":
      return createCohort(write, plan, seen);
    case "delete-cohort": {
      const cohorts = seen.cohorts.filter(({ ruleArn }) => ruleArn !== write.ruleArn);
      return marked(rechecked(seen, { ...seen, cohorts }, plan), write.mark, atMs);
    }
    case "suspend-scale-in":
      return withScaleIn(seen, true);
    case "resume-scale-in":
      return withScaleIn(seen, false);
    case "tag-service":
      return tagged(seen, write.tags);
    case "untag-service":
      return { ...seen, service: { ...seen.service, tags: without(seen.service.tags, write.keys) } };
    case "set-primary":
      return { ...seen, taskSets: seen.taskSets.map((set) => promoted(set, write.taskSetArn)) };
    case "delete-task-set":
      return withSet(seen, write.taskSetArn, (set) => ({ ...set, ...NO_TASKS, status: "DRAINING" }));
  }
}

/** What time alone brings, if all goes well: tasks become healthy, and what was stopping or draining is gone. */
export function settle(plan: Plan, seen: Observation): Observation {
  return {
    ...seen,
    taskSets: seen.taskSets
      .filter((set) => set.status !== "DRAINING")
      .map((set) => filled({ ...set, stops: [] }, plan, seen)),
  };
}

const NO_TASKS = {
  scalePercent: 0,
  computedDesiredCount: 0,
  runningCount: 0,
  pendingCount: 0,
  healthyCount: 0,
  healthyZones: [],
  unhealthyReasons: [],
} as const;

function create(
  write: Extract<Write, { kind: "create-task-set" }>,
  plan: Plan,
  seen: Observation,
  atMs: number,
): Observation {
  const stable = seen.taskSets.find(({ arn }) => arn === write.stableArn);
  const { commit, runUrl } = plan.release;
  const id = `ecs-svc/${NEW}`;
  const set: ObservedTaskSet = {
    ...NO_TASKS,
    arn: `${seen.service.arn.replace(":service/", ":task-set/")}/${id}`,
    id,
    status: "ACTIVE",
    taskDefinitionArn: nextTaskDefinition(plan, stable?.taskDefinitionArn),
    targetGroupArn: write.groupArn,
    scalePercent: write.scalePercent,
    createdAtMs: atMs,
    origin: {
      rollout: plan.rollout,
      replaces: stable?.id ?? REPLACES_NONE,
      strategy: plan.spec.strategy,
      previousTaskDefinition: stable?.taskDefinitionArn ?? "",
      ...(commit ? { commit } : {}),
      ...(runUrl ? { runUrl } : {}),
    },
    stops: [],
  };
  return { ...seen, taskSets: [...seen.taskSets, filled(set, plan, seen)] };
}

/** What is released, by name; an image becomes the next revision of what runs, unless somebody registers one first. */
function nextTaskDefinition({ release: { source } }: Plan, running: string | undefined): string {
  if (source.kind === "task-definition") return source.taskDefinition;
  const [, before = "", family = "", revision = "0"] = /^(.*?)([^/:]+):(\d+)$/.exec(running ?? "") ?? [];
  const given = source.kind === "definition" ? String(source.definition.family) : family;
  return given === family ? `${before}${family}:${Number(revision) + 1}` : `${before}${given}:1`;
}

function createCohort(
  write: Extract<Write, { kind: "create-cohort" }>,
  plan: Plan,
  seen: Observation,
): Observation {
  const { routeArn, step, groupArn } = write;
  const rules = listenerArnOf(routeArn).replace(":listener/", ":listener-rule/");
  const ruleArn = `${rules}/${NEW}-${seen.cohorts.length + 1}`;
  const cohort = { ruleArn, rollout: plan.rollout, routeArn, step, groupArn };
  return rechecked(seen, { ...seen, cohorts: [...seen.cohorts, cohort] }, plan);
}

function setWeights(
  seen: Observation,
  plan: Plan,
  ref: RouteRef,
  weights: readonly GroupWeight[],
): Observation {
  const change = (route: ObservedRoute): ObservedRoute =>
    route.arn === ref.arn ? { ...route, weights } : route;
  const after = {
    ...seen,
    routes: seen.routes.map(change),
    testRoute: seen.testRoute && change(seen.testRoute),
  };
  return rechecked(seen, after, plan);
}

/** Targets are checked only while some route leads to their group. */
function rechecked(before: Observation, after: Observation, plan: Plan): Observation {
  const taskSets = after.taskSets.map((set) =>
    isChecked(before, set) === isChecked(after, set) ? set : filled(set, plan, after),
  );
  return { ...after, taskSets };
}

function isChecked({ routes, testRoute, cohorts }: Observation, set: ObservedTaskSet): boolean {
  const weights = [...routes, ...(testRoute ? [testRoute] : [])].flatMap((route) => route.weights);
  return [...weights, ...cohorts].some(({ groupArn }) => groupArn === set.targetGroupArn);
}

/** With all the tasks of its computed count, which ECS rounds up. */
function filled(set: ObservedTaskSet, { zones }: Plan, seen: Observation): ObservedTaskSet {
  if (set.status === "DRAINING") return set;
  const count = Math.ceil((seen.service.desiredCount * set.scalePercent) / 100);
  const healthyCount = isChecked(seen, set) ? count : 0;
  return {
    ...set,
    computedDesiredCount: count,
    runningCount: count,
    pendingCount: 0,
    healthyCount,
    healthyZones: healthyCount === 0 ? [] : [...new Set([...set.healthyZones, ...zones])],
    unhealthyReasons: [],
  };
}

function withSet(
  seen: Observation,
  arn: string,
  change: (set: ObservedTaskSet) => ObservedTaskSet,
): Observation {
  return { ...seen, taskSets: seen.taskSets.map((set) => (set.arn === arn ? change(set) : set)) };
}

function promoted(set: ObservedTaskSet, primaryArn: string): ObservedTaskSet {
  if (set.status === "DRAINING") return set;
  return { ...set, status: set.arn === primaryArn ? "PRIMARY" : "ACTIVE" };
}

function withScaleIn(seen: Observation, scaleInSuspended: boolean): Observation {
  if (!seen.service.scaling) return seen;
  return { ...seen, service: { ...seen.service, scaling: { ...seen.service.scaling, scaleInSuspended } } };
}

function marked(seen: Observation, mark: TakenBackMark | undefined, atMs: number): Observation {
  return mark ? tagged(seen, takenBackTags(mark, atMs)) : seen;
}

function tagged(seen: Observation, tags: Tags): Observation {
  const { service } = seen;
  const others = without(service.tags, Object.keys(tags));
  return { ...seen, service: { ...service, tags: { ...others, ...parseServiceTags(tags) } } };
}

const FIELDS_OF: Readonly<Record<string, readonly (keyof ServiceTags)[]>> = {
  [TAG.shifted]: ["shifted"],
  [TAG.step]: ["step"],
  [TAG.aborted]: ["aborted", "abortedBefore"],
  [TAG.cohort]: ["cohort"],
  [TAG.scaleIn]: ["scaleIn"],
  [TAG.freeze]: ["freeze"],
  [TAG.history]: ["history"],
  [TAG.rolledBackBy]: ["rolledBackBy"],
  [TAG.idleGroup]: ["idleGroup"],
};

function without(tags: ServiceTags, keys: readonly string[]): ServiceTags {
  const left: { -readonly [Field in keyof ServiceTags]: ServiceTags[Field] } = { ...tags };
  for (const field of keys.flatMap((key) => FIELDS_OF[key] ?? [])) delete left[field];
  return left;
}
