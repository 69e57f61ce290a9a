import type { Traffic } from "./traffic.ts";

/** From the first bad answer to a user until the new version answers no more. */
export interface Blast {
  readonly seconds: number;
  /** Of these, until the load balancer's data plane had weight 0. */
  readonly secondsToWeightZero: number;
  /** Answers of the new version in this time. */
  readonly requests: number;
  /** Users whose request it failed. */
  readonly failed: number;
}

/**
 * `failedAtMs`: when users had their failures from the new version, in order. Throws where none had, or where users
 * and the load balancer do not tell the same.
 */
export function blastOf(
  { answers, weightlessAtMs }: Pick<Traffic, "answers" | "weightlessAtMs">,
  failedAtMs: readonly number[],
): Blast {
  const passedOn = answers.filter(({ bad }) => bad);
  const [firstMs] = failedAtMs;
  const fromMs = Math.min(firstMs ?? Number.NaN, passedOn[0]?.atMs ?? Number.NaN);
  const lastMs = answers.at(-1)?.atMs;
  if (Number.isNaN(fromMs) || lastMs === undefined || weightlessAtMs === undefined)
    throw new Error("nobody had a bad answer of the new version, or it still answers");
  if (passedOn.length !== failedAtMs.length)
    throw new Error(`users saw ${failedAtMs.length} failures, the load balancer ${passedOn.length}`);
  return {
    seconds: (lastMs - fromMs) / 1000,
    secondsToWeightZero: (weightlessAtMs - fromMs) / 1000,
    requests: answers.filter(({ atMs }) => atMs >= fromMs).length,
    failed: failedAtMs.length,
  };
}
