import type { ObservedTaskSet, ServiceTags } from "./observation.ts";
import { REPLACES_NONE } from "./tags.ts";

/**
 * Who is who among a service's task sets. It follows from `sluice:replaces` alone, never from PRIMARY, which
 * moves in the middle of a promotion; only that a service's first set has proven itself does nothing else say.
 */
export type Situation =
  | { readonly kind: "empty" }
  | { readonly kind: "at-rest"; readonly stable: ObservedTaskSet }
  /** A service's first deployment, which replaces nothing. It ends when its set is PRIMARY and alone. */
  | {
      readonly kind: "first";
      readonly fresh: SluicesSet;
      /** Younger first sets of other rollouts, that have to withdraw. */
      readonly younger: readonly SluicesSet[];
    }
  | {
      readonly kind: "under-way";
      readonly stable: ObservedTaskSet;
      readonly fresh: SluicesSet;
      /** Younger sets of other rollouts, that have to withdraw. */
      readonly younger: readonly ObservedTaskSet[];
    }
  | { readonly kind: "unclear"; readonly reason: string };

type SluicesSet = ObservedTaskSet & { readonly origin: NonNullable<ObservedTaskSet["origin"]> };

/** DRAINING sets count for nothing: ECS is already removing them. `tags`: the service's. */
export function situationOf(taskSets: readonly ObservedTaskSet[], tags: ServiceTags = {}): Situation {
  const live = taskSets.filter((set) => set.status !== "DRAINING");
  const first = firstOf(live, tags);
  if (first) return first;
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
export function isSluices(set: ObservedTaskSet): set is SluicesSet {
  return set.origin !== undefined;
}

/**
 * Whether a service's first set serves for good: it is PRIMARY, or a later rollout has begun to shift, which may
 * have taken that from it. What an earlier one left there, a first deployment clears away before it begins.
 */
export function isProvenFirst(
  set: { readonly status: string; readonly origin?: { readonly rollout: string } | undefined },
  tags: ServiceTags,
): boolean {
  const isLater = tags.shifted !== undefined && tags.shifted !== set.origin?.rollout;
  return set.status === "PRIMARY" || isLater;
}

/** None of the sets replaces another, and not just one that is proven stands. */
function firstOf(
  live: readonly ObservedTaskSet[],
  tags: ServiceTags,
): Extract<Situation, { kind: "first" }> | undefined {
  const firsts = live.filter(isSluices).filter((set) => set.origin.replaces === REPLACES_NONE);
  const isProven = (set: ObservedTaskSet): boolean => isProvenFirst(set, firsts.length > 1 ? {} : tags);
  const [fresh, ...younger] = [...firsts].sort(
    (a, b) => Number(isProven(b)) - Number(isProven(a)) || byAge(a, b),
  );
  if (!fresh || firsts.length < live.length || (isProven(fresh) && younger.length === 0)) return undefined;
  return { kind: "first", fresh, younger };
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
