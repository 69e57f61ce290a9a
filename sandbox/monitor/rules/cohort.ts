import type { RouteFacts } from "../routes.ts";
import { lastingTasks, liveSetsIn, type ServiceState, shareOf } from "../state.ts";

/**
 * A rule that sends a cohort to a group needs a healthy target there when it is made, of a live set that means to
 * keep it. How many users a cohort has is unknown, so no more is asked.
 * `before` and `after` are the moments around the write; a sentence for each breach.
 */
export function assessNewCohorts(before: ServiceState | undefined, after: ServiceState): readonly string[] {
  return after.cohorts
    .filter(({ arn }) => !before?.cohorts.some((route) => route.arn === arn))
    .flatMap((route) =>
      after.groups
        .filter(({ arn }) => shareOf(route.weights, arn) > 0)
        .filter(({ arn }) => liveSetsIn(after, arn).every((set) => lastingTasks(set) === 0))
        .map(
          ({ name }) =>
            `${after.name}: ${route.label} was made to send users to ${name}, where no target was healthy.`,
        ),
    );
}

/**
 * A cohort's rule stands right before the production route whose users it takes: any other rule between the two
 * would be shadowed by it, or take the cohort away. A sentence for each rule in the wrong place.
 */
export function findMisplaced(
  before: readonly RouteFacts[],
  after: readonly RouteFacts[],
  isProduction: (routeArn: string) => boolean,
): readonly string[] {
  return after
    .filter(({ isCohort, arn }) => isCohort && !before.some((route) => route.arn === arn))
    .flatMap((made) => {
      const [next] = after
        .filter((other) => other.listenerArn === made.listenerArn && other.priority > made.priority)
        .filter((other) => !other.isCohort)
        .sort((one, other) => one.priority - other.priority);
      if (next && isProduction(next.arn)) return [];
      return [
        `${made.label} was made for a cohort, and the next rule after it, ${next?.label}, is no production route`,
      ];
    });
}
