import type { TimedArm } from "../../core/counts.ts";
import type { TraceArm, TracePeriod } from "./trace.ts";

/** What the load balancer counted of a target group, in order: bad is failed. */
export interface RecordedGroup {
  readonly groupArn: string;
  readonly errors: readonly TimedArm[];
}

export type ToldApart =
  | {
      readonly kind: "told-apart";
      readonly stable: RecordedGroup;
      readonly canary: RecordedGroup;
      /** When its first period with requests began. */
      readonly canaryFromMs: number;
    }
  | { readonly kind: "unclear"; readonly reason: string };

/** Which of two target groups had the new version: the one that had no requests at first. */
export function tellApart([one, other]: readonly [RecordedGroup, RecordedGroup]): ToldApart {
  const [ofOne, ofOther] = [one.errors[0]?.atMs, other.errors[0]?.atMs];
  if (ofOne === undefined && ofOther === undefined) {
    return { kind: "unclear", reason: "neither target group had a request in that time" };
  }
  if (ofOne === undefined || ofOther === undefined) {
    return {
      kind: "unclear",
      reason: "only one target group had requests in that time, so there was no canary",
    };
  }
  if (ofOne === ofOther) {
    const reason =
      "both target groups had requests from the first period on; begin with a time when only the old version served";
    return { kind: "unclear", reason };
  }
  return ofOne < ofOther
    ? { kind: "told-apart", stable: one, canary: other, canaryFromMs: ofOther }
    : { kind: "told-apart", stable: other, canary: one, canaryFromMs: ofOne };
}

export interface Recording {
  readonly stable: readonly TimedArm[];
  readonly canary: readonly TimedArm[];
  /** By the same periods, bad being slow; undefined where nobody counted those. */
  readonly slow?: { readonly stable: readonly TimedArm[]; readonly canary: readonly TimedArm[] } | undefined;
  readonly periodMs: number;
  readonly canaryFromMs: number;
}

/** Every period from the first with requests to the last, those without requests included; `canary` from its first on. */
export function periodsOf({
  stable,
  canary,
  slow,
  periodMs,
  canaryFromMs,
}: Recording): readonly TracePeriod[] {
  const atMs = [...stable, ...canary].map((arm) => arm.atMs);
  const [fromMs, lastMs] = [Math.min(...atMs), Math.max(...atMs)];
  const stableAt = traceArms(stable, slow?.stable);
  const canaryAt = traceArms(canary, slow?.canary);
  return Array.from({ length: (lastMs - fromMs) / periodMs + 1 }, (_, index): TracePeriod => {
    const at = fromMs + index * periodMs;
    return { atMs: at, stable: stableAt(at), ...(at >= canaryFromMs ? { canary: canaryAt(at) } : {}) };
  });
}

/** A request may be answered slowly in another period than it was asked in: there are never more slow ones than requests. */
function traceArms(
  errors: readonly TimedArm[],
  slow: readonly TimedArm[] | undefined,
): (atMs: number) => TraceArm {
  const errorsAt = new Map(errors.map((arm) => [arm.atMs, arm]));
  const slowAt = slow && new Map(slow.map(({ atMs, bad }) => [atMs, bad]));
  return (atMs) => {
    const { requests = 0, bad = 0 } = errorsAt.get(atMs) ?? {};
    const arm = { requests, errors: bad };
    return slowAt ? { ...arm, slow: Math.min(requests, slowAt.get(atMs) ?? 0) } : arm;
  };
}
