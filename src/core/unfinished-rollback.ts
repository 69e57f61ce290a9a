import { describeObservation } from "./describe.ts";
import type { JournalLine } from "./journal.ts";
import { isRevert } from "./way-back.ts";
import { formatPercent, shareRange } from "./weights.ts";

/** How far a rollback that had to stop has come, by its journal: who still gets the new version first. Pure. */
export function describeUnfinished(lines: readonly JournalLine[]): string {
  const plan = lines.findLast((line) => line.kind === "planned")?.plan;
  const seen = lines.findLast((line) => line.kind === "observed")?.observation;
  if (!plan || !seen)
    return "AWS could not be read, so that nothing was changed and nobody knows what stands";
  const asSeen = `as last seen: ${describeObservation(seen, plan)}`;
  if (isRevert(plan.rollout)) return `the release back is not complete (${asSeen})`;
  const fresh = seen.taskSets.find(
    (set) => set.status !== "DRAINING" && set.origin?.rollout === plan.rollout,
  );
  if (!fresh) return `the new version is gone, and only tidying up is left (${asSeen})`;
  const { largest } = shareRange(seen.routes, plan.groups, fresh.targetGroupArn ?? "");
  const users =
    largest > 0
      ? `up to ${formatPercent(largest)} of the traffic still goes to the new version`
      : "no traffic goes to the new version any more; its tasks are still to be drained and removed";
  return `${users} (${asSeen})`;
}
