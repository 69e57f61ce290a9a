import type { ServiceView, TaskSetView } from "../ecs/view.ts";
import { isLive } from "./picture.ts";

/** Set by whoever creates a task set: the id of the set that it is to replace. */
const REPLACES_TAG = "sluice:replaces";
/** What `REPLACES_TAG` says of the first task set of a service. */
const NOTHING = "none";
/** How the set takes the other's place. */
const STRATEGY_TAG = "sluice:strategy";
/** On the service: the rollout that was taken back. */
const ABORTED_TAG = "sluice:aborted";
/** Tells the task sets of different rollouts apart. */
const ROLLOUT_TAG = "sluice:rollout";

/**
 * The id of the set that `set` is to replace, while that one is there. A tag says so; without one, a set that
 * is not PRIMARY is to replace the PRIMARY, unless the PRIMARY's tag says that it replaces this very set.
 */
export function replacedBy(service: ServiceView, set: TaskSetView): string | undefined {
  const tagged = set.tags[REPLACES_TAG];
  if (tagged !== undefined) return find(service, tagged)?.id;
  const primary = service.taskSets.find(({ status }) => status === "PRIMARY");
  if (!primary || primary.id === set.id || !isLive(set)) return undefined;
  const primaryReplaces = find(service, primary.tags[REPLACES_TAG] ?? "");
  return primaryReplaces?.id === set.id ? undefined : primary.id;
}

/** "new": it is to replace a set that is there, and no live set is to replace it. */
export function roleOf(service: ServiceView, set: TaskSetView): "stable" | "new" {
  if (replacedBy(service, set) === undefined) return "stable";
  const isReplaced = service.taskSets.some((other) => isLive(other) && replacedBy(service, other) === set.id);
  return isReplaced ? "stable" : "new";
}

/** The first of an empty service, which nobody has yet been told that it serves. */
export const isUnprovenFirst = (set: TaskSetView): boolean =>
  set.tags[REPLACES_TAG] === NOTHING && set.status !== "PRIMARY";

/** It exchanges the tasks of the set that it replaces batch by batch. */
export const isRolling = (set: TaskSetView): boolean => set.tags[STRATEGY_TAG] === "rolling";

export const abortedRollout = (service: ServiceView): string | undefined => service.tags[ABORTED_TAG];

export const rolloutOf = (set: TaskSetView): string => set.tags[ROLLOUT_TAG] ?? set.id;

const find = (service: ServiceView, reference: string): TaskSetView | undefined =>
  service.taskSets.find(({ id, arn }) => id === reference || arn === reference);
