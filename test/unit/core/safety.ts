import type { Target } from "../../../src/core/decide.ts";
import type { Write } from "../../../src/core/moves.ts";
import type { GroupWeight } from "../../../src/core/observation.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { batchTasks } from "../../../src/core/steps.ts";
import { formatWeights, sharePercent } from "../../../src/core/weights.ts";
import { healthyCount } from "./look.ts";
import { hasWeight, type ModelSet, type World } from "./model.ts";

/** What a write broke, judged by the world as it is, not as it was seen. Empty when nothing. */
export function violationsOf(
  before: World,
  after: World,
  plan: Plan,
  write: Write,
  target: Target,
): readonly string[] {
  switch (write.kind) {
    case "set-weights":
      return [...thirdGroups(plan, write), ...capacity(before, after, plan, write, target)];
    case "scale-task-set":
    case "delete-task-set": {
      const set = before.sets.find((other) => other.arn === write.taskSetArn);
      const shrinks = write.kind === "delete-task-set" || write.scalePercent < (set?.scalePercent ?? 0);
      if (!set) return [];
      if (!shrinks) return surge(after, plan, set);
      return write.kind === "scale-task-set" && set.origin === undefined && plan.spec.strategy === "rolling"
        ? shrinking(before, after, plan, set)
        : removal(before, plan, set, write.kind);
    }
    default:
      return [];
  }
}

function thirdGroups(plan: Plan, write: Extract<Write, { kind: "set-weights" }>): readonly string[] {
  const others = (weights: readonly GroupWeight[]): string =>
    formatWeights(weights.filter((entry) => !plan.groups.includes(entry.groupArn)));
  return others(write.from) === others(write.to)
    ? []
    : [`third groups: ${others(write.from)} became ${others(write.to)}`];
}

/** Every production share that grew must be carried by healthy targets; a way back may settle for some. */
function capacity(
  before: World,
  after: World,
  plan: Plan,
  write: Extract<Write, { kind: "set-weights" }>,
  target: Target,
): readonly string[] {
  const [was, is] = [before, after].map((world) =>
    world.routes.find((route) => route.arn === write.route.arn),
  );
  if (!was || !is) return [];
  return plan.groups.flatMap((groupArn) => {
    const share = sharePercent(is, plan.groups, groupArn) ?? 0;
    if (share <= (sharePercent(was, plan.groups, groupArn) ?? 0)) return [];
    const sets = liveIn(before, groupArn);
    const healthy = sets.reduce((sum, set) => sum + healthyCount(before, set), 0);
    const needed =
      target === "rollback" || groupArn === plan.groups[0]
        ? neededForWayBack(before, plan, groupArn, share)
        : neededFor(before, share);
    const crowd = sets.length > 1 ? [`${sets.length} task sets serve in ${groupArn}`] : [];
    const short = `${share} % to ${groupArn} with ${healthy} of ${needed} healthy targets`;
    return healthy < needed ? [short, ...crowd] : crowd;
  });
}

function neededFor(world: World, share: number): number {
  return Math.max(1, Math.ceil((world.desiredCount * share) / 100 - 1e-6));
}

/** In a rolling rollout the old set shrinks only as far as its share, and the new one's healthy tasks, allow. */
function shrinking(before: World, after: World, plan: Plan, set: ModelSet): readonly string[] {
  const left = after.sets.find((other) => other.id === set.id)?.tasks.length ?? 0;
  const others = before.sets.filter((other) => other.id !== set.id && other.goneAtMs === undefined);
  const healthyElsewhere = others.reduce((sum, other) => sum + healthyCount(before, other), 0);
  const shares = before.routes.map((route) => sharePercent(route, plan.groups, set.groupArn) ?? 0);
  const needed = Math.max(...shares) > 0 ? neededFor(before, Math.max(...shares)) : 0;
  return [
    ...(left < needed
      ? [`${set.id} was shrunk to ${left} of the ${needed} tasks that its weight needs`]
      : []),
    ...(left + healthyElsewhere < before.desiredCount
      ? [`${set.id} was shrunk to ${left} tasks beside ${healthyElsewhere} healthy ones`]
      : []),
    ...(needed === 0 ? removal(before, plan, set, "scale-task-set") : []),
  ];
}

/**
 * Going forward, a rolling rollout runs at most one batch more than what is desired; and a task more where
 * weights beside a third group cannot be exact.
 */
function surge(after: World, plan: Plan, grown: ModelSet): readonly string[] {
  if (plan.spec.strategy !== "rolling" || grown.origin?.rollout !== plan.rollout) return [];
  const live = after.sets.filter((set) => set.goneAtMs === undefined);
  const percent = live.reduce((sum, set) => sum + set.scalePercent, 0);
  const thirds = after.routes.some((route) => route.weights.length > 2);
  const tasks = batchTasks(plan.spec, after.desiredCount) + (thirds ? 1 : 0);
  const limit = 100 + (100 * tasks) / after.desiredCount;
  return percent > limit + 0.1
    ? [`${percent} % of the desired count, where ${limit} % is one batch more`]
    : [];
}

/** Going back to few is better than staying, except where the old set has followed its weight; going back to none is not, while the other side still serves. */
function neededForWayBack(world: World, plan: Plan, groupArn: string, share: number): number {
  const others = plan.groups.filter((arn) => arn !== groupArn).flatMap((arn) => liveIn(world, arn));
  if (!others.some((set) => healthyCount(world, set) > 0)) return 0;
  return plan.spec.strategy === "rolling" ? neededFor(world, share) : 1;
}

function removal(world: World, plan: Plan, set: ModelSet, kind: string): readonly string[] {
  if (hasWeight(world, plan, set.groupArn)) return [`${kind} of ${set.id}, which has weight`];
  const lostMs = world.lostWeightAtMs[set.groupArn];
  if (lostMs === undefined || lostMs < set.createdAtMs) return [];
  const agoMs = world.nowMs - lostMs;
  return agoMs < plan.drainMs ? [`${kind} of ${set.id}, which lost its weight ${agoMs} ms ago`] : [];
}

function liveIn(world: World, groupArn: string): readonly ModelSet[] {
  return world.sets.filter((set) => set.groupArn === groupArn && set.goneAtMs === undefined);
}
