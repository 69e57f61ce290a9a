import { shortEnvironmentJson } from "./environments.ts";
import { type Handlers, integer, ok } from "./handler.ts";
import { reviewerJson, userJson } from "./people.ts";
import { knownRun } from "./runs.ts";
import {
  type EnvironmentRecord,
  isoTime,
  type PendingRecord,
  type ReviewRecord,
  type RunRecord,
  type World,
} from "./world.ts";

const MINUTE_MS = 60_000;

/** What a run waits for, and what its reviewers said. */
export function reviewHandlers(world: World): Handlers {
  return {
    "actions/get-pending-deployments-for-run": ({ parameters }) => {
      const run = knownRun(world, integer(parameters, "run_id"));
      return ok(waitingIn(world, run).map((pending) => pendingJson(world, pending)));
    },
    "actions/get-reviews-for-run": ({ parameters }) => {
      const { reviews } = knownRun(world, integer(parameters, "run_id"));
      const ordered = world.settings.newestReviewFirst ? reviews.toReversed() : reviews;
      return ok(ordered.map((review) => reviewJson(world, review)));
    },
  };
}

/** A job of the run comes to an environment with rules, and waits. */
export function startWaiting(world: World, run: RunRecord, environment: EnvironmentRecord): void {
  const isApproved = environment.reviewers.length === 0;
  run.pending.push({ environment, sinceMs: world.clock.nowMs(), isApproved });
  run.status = "waiting";
  run.updatedMs = world.clock.nowMs();
}

/** A person decides; rejected, the run's job fails. Throws where GitHub would not let that person. */
export function decide(world: World, run: RunRecord, review: ReviewRecord): void {
  const { environment, by, state } = review;
  const pending = waitingIn(world, run).find((each) => each.environment === environment && !each.isApproved);
  if (!pending) throw new Error(`Run ${run.id} waits for no review in ${environment.name}`);
  if (environment.preventSelfReview && by === run.actor)
    throw new Error(`${environment.name} does not let ${by} review a run of their own`);
  run.reviews.push(review);
  run.updatedMs = world.clock.nowMs();
  if (state === "approved") pending.isApproved = true;
  else run.pending.splice(run.pending.indexOf(pending), 1);
  if (waitingIn(world, run).length === 0) run.status = "in_progress";
}

/** Those whose wait timer has not passed, or that nobody approved. */
export function waitingIn(world: World, run: RunRecord): readonly PendingRecord[] {
  if (run.status === "completed") return [];
  return run.pending.filter(({ environment, sinceMs, isApproved }) => {
    const endMs = sinceMs + environment.waitTimerMinutes * MINUTE_MS;
    return !isApproved || world.clock.nowMs() < endMs;
  });
}

function pendingJson(world: World, { environment, sinceMs }: PendingRecord): object {
  const { waitTimerMinutes, reviewers } = environment;
  return {
    environment: shortEnvironmentJson(world, environment),
    wait_timer: waitTimerMinutes,
    wait_timer_started_at: waitTimerMinutes > 0 ? isoTime(sinceMs) : null,
    current_user_can_approve: false,
    reviewers: reviewers.map((reviewer) => reviewerJson(world, reviewer)),
  };
}

function reviewJson(world: World, { environment, state, by, comment }: ReviewRecord): object {
  const createdAt = isoTime(environment.createdMs);
  return {
    environments: [
      { ...shortEnvironmentJson(world, environment), created_at: createdAt, updated_at: createdAt },
    ],
    state,
    user: userJson(world, by),
    comment,
  };
}
