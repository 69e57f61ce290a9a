import type { ObservedTaskSet } from "./observation.ts";

/**
 * Who is who among a service's task sets. It follows from `sluice:replaces` alone, never from PRIMARY, which
 * moves in the middle of a promotion.
 */
export type Situation =
  | { readonly kind: "empty" }
  | { readonly kind: "at-rest"; readonly stable: ObservedTaskSet }
  | {
      readonly kind: "under-way";
      readonly stable: ObservedTaskSet;
      readonly fresh: ObservedTaskSet & { readonly origin: NonNullable<ObservedTaskSet["origin"]> };
      /** Younger sets of other rollouts, that have to withdraw. */
      readonly younger: readonly ObservedTaskSet[];
    }
  | { readonly kind: "unclear"; readonly reason: string };

/** DRAINING sets count for nothing: ECS is already removing them. */
export function situationOf(taskSets: readonly ObservedTaskSet[]): Situation {
  const live = taskSets.filter((set) => set.status !== "DRAINING");
  const liveIds = new Set(live.map((set) => set.id));
  const unfinished = live.filter(isSluices).filter((set) => liveIds.has(set.origin.replaces));
  const [stable, ...others] = live.filter((set) => !unfinished.some((other) => other.id === set.id));
  if (!stable) return live.length === 0 ? { kind: "empty" } : { kind: "unclear", reason: circle(live) };
  if (others.length > 0) return { kind: "unclear", reason: strangers([stable, ...others]) };
  const [fresh, ...younger] = [...unfinished].sort(byAge);
  if (!fresh) return { kind: "at-rest", stable };
  const elsewhere = [fresh, ...younger].find((set) => set.origin.replaces !== stable.id);
  if (elsewhere) return { kind: "unclear", reason: circle(live) };
  return { kind: "under-way", stable, fresh, younger };
}

/** Created by Sluice: it says whose rollout it is, and what it replaces. */
export function isSluices(
  set: ObservedTaskSet,
): set is ObservedTaskSet & { readonly origin: NonNullable<ObservedTaskSet["origin"]> } {
  return set.origin !== undefined;
}

function byAge(a: ObservedTaskSet, b: ObservedTaskSet): number {
  return a.createdAtMs - b.createdAtMs || a.id.localeCompare(b.id);
}

function strangers(sets: readonly ObservedTaskSet[]): string {
  const names = sets.map((set) => `${set.id} (${set.status}, ${shortArn(set.taskDefinitionArn)})`).join(", ");
  return `${sets.length} task sets stand side by side and none says which it replaces: ${names}`;
}

function circle(sets: readonly ObservedTaskSet[]): string {
  return `task sets ${sets.map((set) => set.id).join(", ")} do not say which of them is the stable one`;
}

/** "orders:12" of a task definition's ARN; an ARN's last part in general. */
export function shortArn(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}
