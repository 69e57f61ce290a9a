import type { CountsReading } from "./reading.ts";

/**
 * A reading of which nothing counts that was before new tasks were warm: they are slower then, and fail more, which says
 * nothing of the release. The old version's periods of that time go with them, since the two are compared period by period.
 */
export function afterWarmUp(reading: CountsReading, warmUntilMs: number): CountsReading {
  const isWarm = ({ atMs }: { readonly atMs: number }): boolean => atMs >= warmUntilMs;
  const { canary, stable } = reading;
  return { ...reading, canary: canary.filter(isWarm), stable: stable?.filter(isWarm) };
}
