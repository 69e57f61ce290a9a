import { isOnlooker } from "../phases/run.ts";
import type { Ended, SavedState } from "./state.ts";

/** What is left to do for a step whose job has failed or was cancelled. */
export type PostAction =
  | { readonly kind: "nothing"; readonly why: string }
  /** Roll back the rollout that the step had begun or gone on with. */
  | { readonly kind: "take-back"; readonly rollout: string; readonly why: string }
  /** The step was a rollback itself: the same request once more. */
  | { readonly kind: "again"; readonly why: string };

/**
 * What a job that failed or was cancelled still has to do for one of its steps. It takes back what that step has
 * begun, unless a person has to look first (drift, somebody else's rollout) or the new version serves everybody. Pure.
 */
export function postAction(state: SavedState | undefined): PostAction {
  if (!state) return nothing("this step had changed nothing");
  const { phase } = state.request;
  const { rollout, ended, isFinishing } = state.progress;
  if (phase === "rollback") return afterRollback(state);
  if (isFinishing)
    return nothing("finish had begun: the new version serves everybody, and is not taken back");
  if (hasOnlyLooked(state)) return nothing(`${phase} had moved nothing`);
  const takeBack = (why: string): PostAction => ({ kind: "take-back", rollout, why });
  if (!ended) return takeBack(`${phase} was stopped before it had ended`);
  switch (ended.outcome) {
    case "reached":
    case "held":
      return takeBack(`the job failed or was cancelled after its ${phase}`);
    case "rolled-back":
      return nothing("the rollout has been rolled back already");
    case "failed":
      return isForPeople(ended)
        ? nothing(`${phase} was refused, and nothing of it is taken back without a person`)
        : takeBack("the rollback of this step failed");
  }
}

function afterRollback({ progress: { ended, cancelledAtMs } }: SavedState): PostAction {
  const again = (why: string): PostAction => ({ kind: "again", why });
  if (!ended) return again("the rollback was stopped before it had ended");
  if (ended.outcome !== "failed") return nothing("the rollback had ended");
  if (cancelledAtMs !== undefined) return again("the rollback was cancelled");
  return isForPeople(ended) ? nothing("the rollback was refused") : again("the rollback failed");
}

/** A sweep, a watch of whichever rollout is under way and one that ended well write nothing, until they take the rollout back. */
function hasOnlyLooked({ request, progress }: SavedState): boolean {
  const { phase } = request;
  const { ended, isRollingBack } = progress;
  if (isRollingBack) return false;
  if (phase === "sweep" || isOnlooker(request)) return true;
  return phase === "watch" && (ended?.outcome === "reached" || ended?.outcome === "held");
}

function isForPeople({ error }: Ended): boolean {
  return error === "refused" || error === "configuration";
}

function nothing(why: string): PostAction {
  return { kind: "nothing", why };
}
