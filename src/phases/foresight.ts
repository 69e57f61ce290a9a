import type { Target } from "../core/decide.ts";
import { SluiceError } from "../core/errors.ts";
import { type Foreseen, type ForeseenStep, type ForeseeOptions, foresee } from "../core/foresee.ts";
import { isWrite, type Write } from "../core/moves.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Plan } from "../core/plan.ts";
import { situationOf } from "../core/situation.ts";
import { formatDuration } from "../core/spec/duration.ts";
import { formatPercent, sharePercent } from "../core/weights.ts";
import type { ControllerContext } from "./controller.ts";

export interface Foretold {
  readonly outcome: Outcome;
  readonly steps: readonly ForeseenStep[];
}

/**
 * What `phases` would do, said move by move as "foreseen". `context` is of a dry run (`dryRunOf`), so that what
 * is asked of its engine afterwards is what would stand then.
 */
export async function foreseePhases(
  phases: readonly Target[],
  context: ControllerContext,
  options: ForeseeOptions = {},
): Promise<Foretold> {
  const { plan, engine, clock, record } = context;
  const startMs = clock.nowMs();
  const observation = await engine.observe();
  record({ kind: "observed", observation });
  const foreseen = foresee(plan, phases, observation, startMs, options);
  for (const { atMs, move } of foreseen.steps) {
    if (isWrite(move)) await engine.act(move);
    else {
      const forMs = move.kind === "wait" ? move.untilMs - atMs : 0;
      const inMs = clock.nowMs() - startMs;
      record({ kind: "foreseen", inMs, ...(forMs > 0 ? { forMs } : {}), move });
      await clock.sleep(forMs);
    }
  }
  return { outcome: outcomeOf(foreseen, plan), steps: foreseen.steps };
}

function outcomeOf({ steps, end }: Foreseen, plan: Plan): Outcome {
  switch (end.kind) {
    case "reached":
      return { kind: "reached", reason: `${sumUp(steps, end.atMs, plan)}; then ${end.reason}` };
    case "held":
      return { kind: "held", reason: `${sumUp(steps, end.atMs, plan)}; then it is held: ${end.reason}` };
    case "waits":
      return { kind: "held", reason: `${sumUp(steps, end.atMs, plan)}; then it waits: ${end.reason}` };
    case "rolled-back":
      throw new SluiceError("release", `it would be rolled back, because of ${end.gate}: ${end.reason}`);
    case "refused":
      throw new SluiceError("refused", end.reason, end.hint ? { hint: end.hint } : {});
  }
}

/** "rollout r1: 12 writes in 41m at the earliest (orders-green gets 5 %, 25 %, 50 %, 100 %)". */
function sumUp(steps: readonly ForeseenStep[], endMs: number, plan: Plan): string {
  const writes = steps.flatMap(({ move }) => (isWrite(move) ? [move] : []));
  const count = writes.length === 1 ? "1 write" : `${writes.length || "no"} writes`;
  const tookMs = endMs - (steps[0]?.atMs ?? endMs);
  const time = tookMs > 0 ? ` in ${formatDuration(tookMs)} at the earliest` : "";
  const shares = sharesOf(steps, writes, plan);
  const weights = shares.length > 0 ? ` (weights ${shares.join(", ")})` : "";
  return `rollout ${plan.rollout} would make ${count}${time}${weights}`;
}

/** What the new version would have, as it changes. */
function sharesOf(steps: readonly ForeseenStep[], writes: readonly Write[], plan: Plan): readonly string[] {
  const situation = situationOf(steps[0]?.seen.taskSets ?? []);
  const created = writes.find((write) => write.kind === "create-task-set")?.groupArn;
  const groupArn = "fresh" in situation ? situation.fresh.targetGroupArn : created;
  if (groupArn === undefined) return [];
  const shares = writes.flatMap((write) => {
    if (write.kind !== "set-weights" || !plan.routes.some(({ arn }) => arn === write.route.arn)) return [];
    return [formatPercent(sharePercent({ weights: write.to }, plan.groups, groupArn) ?? 0)];
  });
  return shares.filter((share, index) => share !== shares[index - 1]);
}
