import {
  type GroupState,
  groupOf,
  lastingTasks,
  liveSetsIn,
  percent,
  rollingSet,
  type ServiceState,
  type SetState,
  shareOf,
  tasksFor,
  type Weights,
} from "../state.ts";

/**
 * Capacity before weight: a write that raises a group's share of a production route needs as many healthy
 * targets of live task sets in it (that these mean to keep) as the new share of the desired count, rounded up.
 * Excused are the way back to a stable set that had them and still asks for them (in a rolling rollout, where it
 * shrinks and grows: that has had so many at once since), and flight from groups without any healthy target.
 * `before` and `after` are the moments around the write; a sentence for each breach.
 */
export function assessCapacity(before: ServiceState | undefined, after: ServiceState): readonly string[] {
  return after.routes.flatMap((route) => {
    const weightsBefore = before?.routes.find(({ arn }) => arn === route.arn)?.weights ?? {};
    if (isFlight(after, weightsBefore, route.weights)) return [];
    return after.groups
      .filter(({ arn }) => shareOf(route.weights, arn) > shareOf(weightsBefore, arn))
      .filter((group) => !hasCapacity(after, group, tasksFor(route.weights, group.arn, after.desiredCount)))
      .map((group) => sentence(after, group, route.label, [weightsBefore, route.weights]));
  });
}

/** Every group that loses weight has no healthy target at all: anything else is better. */
function isFlight(service: ServiceState, before: Weights, after: Weights): boolean {
  const losers = Object.keys(before).filter((arn) => shareOf(after, arn) < shareOf(before, arn));
  return losers.length > 0 && losers.every((arn) => (groupOf(service, arn)?.healthyCount ?? 0) === 0);
}

function hasCapacity(service: ServiceState, group: GroupState, needed: number): boolean {
  const isRolling = rollingSet(service) !== undefined;
  const hadThem = (set: SetState): number => {
    if (isRolling) return set.provenCount;
    return set.growing ? 0 : set.computedCount;
  };
  return (
    healthyIn(service, group) >= needed ||
    liveSetsIn(service, group.arn).some((set) => set.role === "stable" && hadThem(set) >= needed)
  );
}

const healthyIn = (service: ServiceState, group: GroupState): number =>
  liveSetsIn(service, group.arn).reduce((sum, set) => sum + lastingTasks(set), 0);

function sentence(
  service: ServiceState,
  group: GroupState,
  route: string,
  [before, after]: readonly [Weights, Weights],
): string {
  const needed = tasksFor(after, group.arn, service.desiredCount);
  const shares = `from ${percent(shareOf(before, group.arn))} to ${percent(shareOf(after, group.arn))}`;
  return (
    `${service.name}: ${route} raised ${group.name} ${shares} of the traffic, which needs ${needed} of the ` +
    `${service.desiredCount} desired tasks healthy; ${healthyIn(service, group)} were.`
  );
}
