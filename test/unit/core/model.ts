import type { Write } from "../../../src/core/moves.ts";
import type {
  GroupWeight,
  ObservedCohort,
  ObservedRoute,
  TaskSetOrigin,
  TaskStop,
} from "../../../src/core/observation.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { TAG, type Tags, takenBackTags } from "../../../src/core/tags.ts";
import { sameWeights, sharePercent } from "../../../src/core/weights.ts";

/**
 * The smallest AWS in which a rollout can be driven to its end: task sets whose tasks start late and die,
 * routes whose writes read back late, tags, and time. Worlds are values; `apply` and `tick` give new ones.
 */
export interface World {
  readonly nowMs: number;
  readonly desiredCount: number;
  readonly tags: Tags;
  readonly sets: readonly ModelSet[];
  readonly routes: readonly ModelRoute[];
  readonly testRoute: ModelRoute;
  readonly cohorts: readonly ObservedCohort[];
  /** When a group last lost its last production weight. */
  readonly lostWeightAtMs: Readonly<Record<string, number>>;
  /** Since when a group has hung on any route; its targets are checked only then. */
  readonly attachedSinceMs: Readonly<Record<string, number>>;
  /** Delays of the next tasks to start, taken in turn. */
  readonly chance: Chance;
  readonly serial: number;
}

export interface Chance {
  readonly startDelaysMs: readonly number[];
  /** How long a written weight takes to read back. */
  readonly lagMs: number;
  /** How long a target takes to pass its check once its group hangs on a route. */
  readonly checkMs: number;
}

export interface ModelRoute extends ObservedRoute {
  /** What reads say until `freshAtMs`. */
  readonly before: readonly GroupWeight[];
  readonly freshAtMs: number;
}

export interface ModelSet {
  readonly arn: string;
  readonly id: string;
  readonly groupArn: string;
  readonly taskDefinitionArn: string;
  readonly origin: TaskSetOrigin | undefined;
  readonly primary: boolean;
  readonly scalePercent: number;
  readonly createdAtMs: number;
  /** Tasks by the time at which they would be healthy. */
  readonly tasks: readonly { readonly healthyAtMs: number }[];
  /** Tasks that are stopping, by the time at which they are gone. */
  readonly stopping: readonly number[];
  readonly stops: readonly TaskStop[];
  /** Since DeleteTaskSet: when the set is gone for good. */
  readonly goneAtMs: number | undefined;
}

const STOP_MS = 5_000;

/** Time passes: stopping tasks and deleted sets go. */
export function tick(world: World, ms: number): World {
  const nowMs = world.nowMs + ms;
  return {
    ...world,
    nowMs,
    sets: world.sets
      .filter((set) => set.goneAtMs === undefined || set.goneAtMs > nowMs)
      .map((set) => ({ ...set, stopping: set.stopping.filter((goneMs) => goneMs > nowMs) })),
  };
}

/** One running task of a set crashes; the scheduler starts another. */
export function crashOne(world: World, id: string): World {
  const found = world.sets.find((set) => set.id === id);
  if (!found || found.goneAtMs !== undefined || found.tasks.length === 0) return world;
  const stop: TaskStop = {
    taskArn: `arn:aws:ecs:eu-west-1:111122223333:task/shop/${world.serial}`,
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    stoppedAtMs: world.nowMs,
    exits: [{ container: "app", exitCode: 1 }],
  };
  const less: ModelSet = { ...found, tasks: found.tasks.slice(1), stops: [stop, ...found.stops] };
  return fill({ ...world, sets: replace(world.sets, less) }, less);
}

/** From now on no task of the set is healthy. */
export function breakForGood(world: World, id: string): World {
  return {
    ...world,
    sets: world.sets.map((set) =>
      set.id === id
        ? { ...set, tasks: set.tasks.map(() => ({ healthyAtMs: Number.POSITIVE_INFINITY })) }
        : set,
    ),
  };
}

/** Somebody else's change of what a route says refuses the write, as the engine does. */
export class Refused extends Error {}

/** One write, as AWS and the engine carry it out. Throws Refused for drift, Error for what AWS rejects. */
export function apply(world: World, plan: Plan, write: Write): World {
  switch (write.kind) {
    case "create-task-set":
      return create(world, plan, write.groupArn, write.stableArn ?? "", write.scalePercent);
    case "scale-task-set": {
      const changed = write.whileRoutes?.some(({ arn, weights }) =>
        world.routes.some((route) => route.arn === arn && !sameWeights(route.weights, weights)),
      );
      const abandoned = write.whileRoutes && world.tags[TAG.aborted] === plan.rollout;
      if (changed || abandoned) throw new Refused("the routes say something else");
      const set = { ...existing(world, write.taskSetArn), scalePercent: write.scalePercent };
      return fill({ ...world, sets: replace(world.sets, set) }, set);
    }
    case "set-weights":
      return withTags(setWeights(world, plan, write), write.mark && takenBackTags(write.mark, world.nowMs));
    case "tag-service":
      return withTags(world, write.tags);
    case "untag-service":
      return {
        ...world,
        tags: Object.fromEntries(Object.entries(world.tags).filter(([key]) => !write.keys.includes(key))),
      };
    case "create-cohort": {
      const { routeArn, step, groupArn } = write;
      const serial = world.serial + 1;
      const rule = {
        ruleArn: `${routeArn}-cohort-${serial}`,
        rollout: plan.rollout,
        routeArn,
        step,
        groupArn,
      };
      return noteGroups(world, { ...world, serial, cohorts: [...world.cohorts, rule] }, plan);
    }
    case "delete-cohort": {
      const cohorts = world.cohorts.filter(({ ruleArn }) => ruleArn !== write.ruleArn);
      const without = noteGroups(world, { ...world, cohorts }, plan);
      return withTags(without, write.mark && takenBackTags(write.mark, world.nowMs));
    }
    case "suspend-scale-in":
    case "resume-scale-in":
      throw new Error(`the model has no ${write.kind}`);
    case "set-primary":
      existing(world, write.taskSetArn);
      return { ...world, sets: world.sets.map((set) => ({ ...set, primary: set.arn === write.taskSetArn })) };
    case "delete-task-set": {
      const set = existing(world, write.taskSetArn);
      const busy = set.scalePercent > 0 || set.tasks.length > 0 || set.stopping.length > 0 || set.primary;
      if (busy && !write.force) throw new Error(`DeleteTaskSet of ${set.id} needs force`);
      const gone = { ...set, tasks: [], stopping: [], scalePercent: 0, primary: false };
      return {
        ...world,
        sets: replace(world.sets, { ...gone, goneAtMs: world.nowMs + plan.drainMs + STOP_MS }),
      };
    }
  }
}

function withTags(world: World, tags: Tags | undefined): World {
  return { ...world, tags: { ...world.tags, ...tags } };
}

/** Another process's CreateTaskSet; also what `apply` does. */
function create(world: World, plan: Plan, groupArn: string, stableArn: string, scalePercent: number): World {
  const stable = existing(world, stableArn);
  const serial = world.serial + 1;
  const set: ModelSet = {
    arn: `arn:aws:ecs:eu-west-1:111122223333:task-set/shop/orders/ecs-svc/${serial}`,
    id: `ecs-svc/${serial}`,
    groupArn,
    taskDefinitionArn: `arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:${serial}`,
    origin: {
      rollout: plan.rollout,
      replaces: stable.id,
      strategy: plan.spec.strategy,
      previousTaskDefinition: stable.taskDefinitionArn,
    },
    primary: false,
    scalePercent,
    createdAtMs: world.nowMs,
    tasks: [],
    stopping: [],
    stops: [],
    goneAtMs: undefined,
  };
  return fill({ ...world, serial, sets: [...world.sets, set] }, set);
}

function setWeights(world: World, plan: Plan, write: Extract<Write, { kind: "set-weights" }>): World {
  const change = (route: ModelRoute): ModelRoute => {
    if (route.arn !== write.route.arn || sameWeights(route.weights, write.to)) return route;
    if (!sameWeights(route.weights, write.from)) throw new Refused(`${route.arn} says something else`);
    return {
      ...route,
      before: route.weights,
      weights: write.to,
      freshAtMs: world.nowMs + world.chance.lagMs,
    };
  };
  const next: World = { ...world, routes: world.routes.map(change), testRoute: change(world.testRoute) };
  return noteGroups(world, next, plan);
}

/** Somebody else's hand on a production route. */
export function meddle(world: World, plan: Plan, routeArn: string, weights: readonly GroupWeight[]): World {
  const routes = world.routes.map((route) =>
    route.arn === routeArn ? { ...route, before: weights, weights, freshAtMs: 0 } : route,
  );
  return noteGroups(world, { ...world, routes }, plan);
}

function noteGroups(before: World, after: World, plan: Plan): World {
  const lost = plan.groups.filter((arn) => hasWeight(before, plan, arn) && !hasWeight(after, plan, arn));
  const attached = attachedGroups(after);
  return {
    ...after,
    lostWeightAtMs: {
      ...before.lostWeightAtMs,
      ...Object.fromEntries(lost.map((arn) => [arn, before.nowMs])),
    },
    attachedSinceMs: Object.fromEntries(
      attached.map((arn) => [arn, before.attachedSinceMs[arn] ?? before.nowMs]),
    ),
  };
}

function attachedGroups(world: World): readonly string[] {
  const routes = [...world.routes, world.testRoute];
  return [...new Set(routes.flatMap((route) => route.weights.map((entry) => entry.groupArn)))];
}

/** Whether any production route, or cohort rule, sends the group anybody. */
export function hasWeight(world: World, plan: Plan, groupArn: string): boolean {
  return (
    world.routes.some((route) => (sharePercent(route, plan.groups, groupArn) ?? 0) > 0) ||
    world.cohorts.some((rule) => rule.groupArn === groupArn)
  );
}

/** ceil(desired × scale / 100), as ECS counts. */
export function computedCount(world: World, set: ModelSet): number {
  return Math.ceil((world.desiredCount * set.scalePercent) / 100);
}

/** Starts or stops tasks until the set has its computed count. */
function fill(world: World, set: ModelSet): World {
  const wanted = computedCount(world, set);
  const started = Array.from({ length: Math.max(0, wanted - set.tasks.length) }, (_, index) => ({
    healthyAtMs: world.nowMs + delayOf(world, set.stops.length + index),
  }));
  const filled: ModelSet = {
    ...set,
    tasks: [...set.tasks, ...started].slice(0, wanted),
    stopping: [...set.stopping, ...set.tasks.slice(wanted).map(() => world.nowMs + STOP_MS)],
  };
  return { ...world, sets: replace(world.sets, filled) };
}

/** The desired count of the service changes, as autoscaling does it: every set is rescaled. */
export function rescale(world: World, desiredCount: number): World {
  const changed = { ...world, desiredCount };
  return changed.sets
    .filter((set) => set.goneAtMs === undefined)
    .reduce((next, set) => fill(next, set), changed);
}

function delayOf(world: World, index: number): number {
  const { startDelaysMs } = world.chance;
  return startDelaysMs[index % Math.max(1, startDelaysMs.length)] ?? 0;
}

function existing(world: World, arn: string): ModelSet {
  const set = world.sets.find((other) => other.arn === arn && other.goneAtMs === undefined);
  if (!set) throw new Error(`TaskSetNotFoundException: ${arn}`);
  return set;
}

function replace(sets: readonly ModelSet[], changed: ModelSet): readonly ModelSet[] {
  return sets.map((set) => (set.id === changed.id ? changed : set));
}
