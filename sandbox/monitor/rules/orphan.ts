import { liveSetsIn, percent, type ServiceState, shareOf, userRoutes } from "../state.ts";

/** How long users may meet a group without a target before it is a breach. */
export const ORPHAN_AFTER_MS = 1000;

export interface Orphan {
  /** The same for the same group on the same route. */
  readonly key: string;
  /** "died": a live set has stood there and asks for tasks, so they ended by themselves. */
  readonly kind: "abandoned" | "died";
  readonly message: string;
}

/**
 * Groups that have weight in force on a production route or a cohort's rule and no registered target, so that
 * their users get 503. It becomes a breach after `ORPHAN_AFTER_MS`. Nothing is asked of a
 * service that has never served, or of which no task is desired.
 */
export function findOrphans(service: ServiceState): readonly Orphan[] {
  if (!service.served || service.desiredCount === 0) return [];
  return userRoutes(service).flatMap((route) =>
    service.groups
      .filter(({ arn, registeredCount }) => registeredCount === 0 && shareOf(route.appliedWeights, arn) > 0)
      .map((group): Orphan => {
        const died = liveSetsIn(service, group.arn).some((set) => set.stood && set.computedCount > 0);
        return {
          key: `${route.arn} ${group.arn}`,
          kind: died ? "died" : "abandoned",
          message:
            `${service.name}: ${group.name} has ${percent(shareOf(route.appliedWeights, group.arn))} of ` +
            `${route.label} and no registered target for more than a second: its users get 503.`,
        };
      }),
  );
}
