import { lastingTasks, rollingSet, type ServiceState, setOf, shareOf, userRoutes } from "../state.ts";
import { isShrunk } from "./weight-first.ts";

/**
 * In a rolling rollout the live sets of groups with weight together never have fewer healthy targets than the
 * desired count because a client made one of them smaller: the old set shrinks only as far as the new one's
 * healthy tasks make up for it. `before` and `after` are the moments around the write.
 */
export function assessBelowDesired(
  before: ServiceState,
  after: ServiceState,
  setId: string,
): string | undefined {
  const was = setOf(before, setId);
  const is = setOf(after, setId);
  if (!was || !rollingSet(before) || !isShrunk(was, is)) return undefined;
  const [capacityBefore, capacity] = [capacityInUse(before), capacityInUse(after)];
  if (capacity >= after.desiredCount || capacity >= capacityBefore) return undefined;
  return (
    `${after.name}: task set ${setId} was ${is?.live ? "scaled down" : "deleted"}, which left ${capacity} of the ` +
    `${after.desiredCount} desired tasks healthy in groups with weight; before it were ${capacityBefore}.`
  );
}

/**
 * More tasks than the desired count and `maxSurgeTasks` in the live sets of a rolling rollout. Not asked on the way
 * back, which begins with the old set's whole capacity: once the rollout is marked as taken back, or after it had
 * all the traffic and became PRIMARY.
 */
export function findSurge(service: ServiceState, maxSurgeTasks: number): string | undefined {
  const fresh = rollingSet(service);
  if (!fresh || fresh.primary || service.aborted === fresh.rollout) return undefined;
  const tasks = service.sets.filter(({ live }) => live).reduce((sum, { taskCount }) => sum + taskCount, 0);
  if (tasks <= service.desiredCount + maxSurgeTasks) return undefined;
  return (
    `${service.name}: ${tasks} tasks run or are about to; a rolling rollout may have ${maxSurgeTasks} above the ` +
    `${service.desiredCount} desired.`
  );
}

/** Healthy targets to which some route leads, of sets that mean to keep them. */
function capacityInUse(service: ServiceState): number {
  return service.sets
    .filter(({ live, groupArn = "" }) => live && hasWeight(service, groupArn))
    .reduce((sum, set) => sum + lastingTasks(set), 0);
}

const hasWeight = (service: ServiceState, groupArn: string): boolean =>
  userRoutes(service).some(({ weights }) => shareOf(weights, groupArn) > 0);
