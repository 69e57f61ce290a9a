import { type ServiceState, type SetState, shareOf, userRoutes } from "../state.ts";

export interface Clash {
  /** The same for the same sets, in whatever order. */
  readonly key: string;
  readonly message: string;
}

/**
 * One rollout per service: new sets of two rollouts are given traffic at once, that is, both have a healthy
 * target in a group with weight on a production route or a cohort's rule.
 */
export function findClashes(service: ServiceState): readonly Clash[] {
  const serving = service.sets
    .filter((set) => set.role === "new" && isServing(service, set))
    .sort((one, other) => one.createdAtMs - other.createdAtMs || (one.id < other.id ? -1 : 1));
  return serving.flatMap((one, index) =>
    serving
      .slice(index + 1)
      .filter((other) => other.rollout !== one.rollout)
      .map((other) => ({
        key: `${one.id} ${other.id}`,
        message:
          `${service.name}: task sets ${one.id} (rollout ${one.rollout}) and ${other.id} ` +
          `(rollout ${other.rollout}) have weight at the same time.`,
      })),
  );
}

function isServing(service: ServiceState, { live, healthyCount, groupArn }: SetState): boolean {
  if (!live || healthyCount === 0 || groupArn === undefined) return false;
  return userRoutes(service).some(({ weights }) => shareOf(weights, groupArn) > 0);
}
