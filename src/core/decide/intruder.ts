import type { ObservedTaskSet } from "../observation.ts";

/** What is said of a younger rollout's set that stands in the same group; undefined where there is none. */
export function intruderAmong([intruder]: readonly ObservedTaskSet[]): string | undefined {
  if (!intruder) return undefined;
  return `task set ${intruder.id} of rollout ${intruder.origin?.rollout} is in the same target group and has to withdraw`;
}
