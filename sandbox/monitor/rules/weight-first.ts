import {
  groupOf,
  lastingTasks,
  liveSetsIn,
  percent,
  type ServiceState,
  type SetState,
  seconds,
  setOf,
  shareOf,
  tasksFor,
} from "../state.ts";

/**
 * Weight first, task sets second: a set is scaled down or deleted only as far as its group's present share of
 * the desired count allows, and not at all within the deregistration delay after its group lost its weight.
 * A set created after that loss never had any. While a cohort's rule leads to its group, one task must be left. The
 * first set of a service that never served may go at any time. `before` and `after` are the moments around the write.
 */
export function assessWeightFirst(
  before: ServiceState,
  after: ServiceState,
  setId: string,
  nowMs: number,
): string | undefined {
  const was = setOf(before, setId);
  const is = setOf(after, setId);
  const group = groupOf(after, was?.groupArn);
  if (!was || !group || !isShrunk(was, is)) return undefined;
  if (was.unprovenFirst && !after.served) return undefined;
  const action = is?.live
    ? `scaled from ${percent(was.scalePercent / 100)} to ${percent(is.scalePercent / 100)}`
    : "deleted";
  const subject = `${after.name}: task set ${setId} was ${action}`;
  const left = capacityLeft(after, setId, group.arn);
  const cohort = after.cohorts.find(({ weights }) => shareOf(weights, group.arn) > 0);
  if (cohort && left === 0)
    return `${subject} while ${cohort.label} sent users to its group ${group.name} (tasks left: 0).`;
  const weighted = after.routes.filter(({ weights }) => shareOf(weights, group.arn) > 0);
  if (weighted.length > 0) {
    const short = weighted.find(({ weights }) => left < tasksFor(weights, group.arn, after.desiredCount));
    if (!short) return undefined;
    const needed = tasksFor(short.weights, group.arn, after.desiredCount);
    return (
      `${subject} while its group ${group.name} had ${percent(shareOf(short.weights, group.arn))} of ` +
      `${short.label} (tasks needed: ${needed}, left: ${left}).`
    );
  }
  const lostAtMs = group.lostWeightAtMs;
  if (cohort) return undefined;
  if (lostAtMs === undefined || lostAtMs <= was.createdAtMs) return undefined;
  if (nowMs - lostAtMs >= group.deregistrationDelayMs) return undefined;
  return (
    `${subject} ${seconds(nowMs - lostAtMs)} after its group ${group.name} lost its weight; ` +
    `the deregistration delay is ${seconds(group.deregistrationDelayMs)}.`
  );
}

/** Whether a write scaled a live set down or began its deletion. */
export const isShrunk = (was: SetState, is: SetState | undefined): boolean =>
  was.live && (!is?.live || is.scalePercent < was.scalePercent);

/** What the set will still run, and what others have healthy in its group. */
function capacityLeft(service: ServiceState, setId: string, groupArn: string): number {
  return liveSetsIn(service, groupArn).reduce(
    (sum, set) => sum + (set.id === setId ? set.computedCount : lastingTasks(set)),
    0,
  );
}
