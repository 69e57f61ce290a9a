import type { Target } from "../core/decide.ts";
import { type Foreseen, foresee } from "../core/foresee.ts";
import { longJobs } from "../core/long-jobs.ts";
import type { Observation } from "../core/observation.ts";
import type { ControllerContext } from "./controller.ts";

/**
 * The context of a rollout whose `phases` are all of one job: its first look says in the journal whether that is longer
 * than a job may take. Nothing more is asked of AWS.
 */
export function watchingTheTime(phases: readonly Target[], context: ControllerContext): ControllerContext {
  const { plan, record, clock } = context;
  let isTold = false;
  const tell = (observation: Observation): void => {
    isTold = true;
    const steps = stepsOrNone(() => foresee(plan, phases, observation, clock.nowMs()));
    for (const job of longJobs(plan, steps, "one-job")) record({ kind: "long-job", job });
  };
  return {
    ...context,
    record(event) {
      record(event);
      if (event.kind === "observed" && !isTold) tell(event.observation);
    },
  };
}

/** What cannot be foreseen keeps no release from beginning. */
function stepsOrNone(look: () => Foreseen): Foreseen["steps"] {
  try {
    return look().steps;
  } catch {
    return [];
  }
}
