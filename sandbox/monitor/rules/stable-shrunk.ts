import { groupOf, percent, type ServiceState, type SetState, seconds, setOf } from "../state.ts";
import { isShrunk } from "./weight-first.ts";

/**
 * The stable set keeps its full size while a new set is to replace it, until the new one has had all traffic
 * on every production route for the stable group's deregistration delay. Blue-green and canary only: where a
 * rolling set is to replace it, both follow their weight. A service without a production route is not judged.
 * `before` and `after` are the moments around the write.
 */
export function assessStableShrunk(
  before: ServiceState,
  after: ServiceState,
  setId: string,
  nowMs: number,
): string | undefined {
  const was = setOf(before, setId);
  const is = setOf(after, setId);
  if (!was || before.routes.length === 0 || !isShrunk(was, is)) return undefined;
  const successors = before.sets.filter((set) => set.live && set.replaces === setId);
  if (successors.length === 0 || successors.some((set) => set.rolling)) return undefined;
  const delayMs = groupOf(before, was.groupArn)?.deregistrationDelayMs ?? 0;
  const takenOver = successors.some((set) => {
    const sinceMs = groupOf(before, set.groupArn)?.fullSinceMs;
    return sinceMs !== undefined && nowMs - sinceMs >= delayMs;
  });
  if (takenOver) return undefined;
  const scale = is?.live ? `scaled to ${percent(is.scalePercent / 100)}` : "deleted";
  return (
    `${after.name}: the stable task set ${setId} was ${scale} before ${names(successors)} had had all traffic ` +
    `for ${seconds(delayMs)} (${sinceWhen(before, successors, nowMs)}).`
  );
}

const names = (sets: readonly SetState[]): string => sets.map(({ id }) => id).join(" or ");

function sinceWhen(service: ServiceState, sets: readonly SetState[], nowMs: number): string {
  const times = sets.flatMap((set) => groupOf(service, set.groupArn)?.fullSinceMs ?? []);
  return times.length === 0
    ? "it does not have it now"
    : `it has had it for ${seconds(nowMs - Math.min(...times))}`;
}
