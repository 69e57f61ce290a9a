import { time } from "./advise/words.ts";
import type { Target } from "./decide.ts";
import type { ForeseenStep } from "./foresee.ts";
import type { Plan } from "./plan.ts";
import { MOST_APPROVALS } from "./spec/steps.ts";
import { stepsOf } from "./steps.ts";

/** GitHub ends a job on its own runners then, and those of the reusable workflows on any (`timeout-minutes: 360`). */
export const JOB_LIMIT_MS = 6 * 3_600_000;

/**
 * From a task's creation until it serves, about: it starts, and passes the five checks, 30 s apart, that a target group
 * asks for by default (Elastic Load Balancing, "Health checks for Application Load Balancer target groups").
 */
const START_MS = 180_000;

/** How a release is cut into jobs: as the reusable workflows do it, or not at all (`phase: rollout`). */
export type Division = "job-per-phase" | "one-job";

/** A job that would take longer than it may. */
export interface LongJob {
  /** As the reusable workflow calls it; "rollout" where the whole rollout is one job. */
  readonly job: string;
  /** Which one: "canary.yml"; absent where the whole rollout is one job. */
  readonly workflow?: string;
  /** About how long: its bakes and drains, with the time that tasks usually take to start. */
  readonly takesMs: number;
  readonly limitMs: number;
  /** What the spec, or the workflow, could have instead; the best first. */
  readonly remedies: readonly JobRemedy[];
}

export type JobRemedy = "job-per-phase" | "approve-step" | "larger-batches" | "shorter-bakes";

/**
 * The jobs that would take `JOB_LIMIT_MS` or longer, in order. `steps` are what is foreseen of a release: behind approvals,
 * too, where each phase is a job; up to the first hold where all of it is one. What people take to approve is no job's
 * time. Pure.
 */
export function longJobs(plan: Plan, steps: readonly ForeseenStep[], division: Division): readonly LongJob[] {
  const isOne = division === "one-job";
  return stretchesOf(plan, steps, division).flatMap(({ job, durationsMs }): readonly LongJob[] => {
    const takesMs = durationsMs.reduce((sum, ms) => sum + ms, 0);
    if (takesMs < JOB_LIMIT_MS) return [];
    const isCurable = isOne && longJobs(plan, steps, "job-per-phase").length === 0;
    const remedies = [
      ...(isCurable ? ["job-per-phase" as const] : []),
      ...remediesOf(plan, job, durationsMs),
    ];
    const workflow = isOne ? {} : { workflow: `${plan.spec.strategy}.yml` };
    return [{ job, ...workflow, takesMs, limitMs: JOB_LIMIT_MS, remedies }];
  });
}

/** For people, with what to do: "the job shift of canary.yml would take about 6h 12m, and GitHub ends it after 6h, …". */
export function longJobText({ job, workflow, takesMs, limitMs, remedies }: LongJob): string {
  const took = `would take about ${time(takesMs)}`;
  const end = `after ${time(limitMs)}, which takes the release back`;
  const what =
    workflow === undefined
      ? `the whole rollout in one job ${took}, and GitHub's runners end a job ${end}`
      : `the job ${job} of ${workflow} ${took}, and GitHub ends it ${end}`;
  const instead = [...remedies.map((remedy) => REMEDIES[remedy]), OWN_RUNNER].join("; ");
  return `${what}: ${instead} (docs/how-to/long-rollouts.md)`;
}

const REMEDIES: Readonly<Record<JobRemedy, string>> = {
  "job-per-phase": "have a job for each phase, as the reusable workflows do",
  "approve-step": "put an approve step between its steps, where a new job begins",
  "larger-batches": "exchange more tasks at a time (batch.size)",
  "shorter-bakes": "shorten its bakes",
};
const OWN_RUNNER = "or have a job of your own on a self-hosted runner, with a longer timeout-minutes";

/** What one job does, from its beginning to its end. */
interface Stretch {
  /** As the reusable workflows call it. */
  readonly job: string;
  readonly durationsMs: number[];
}

function stretchesOf(plan: Plan, steps: readonly ForeseenStep[], division: Division): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let approvals = plan.approvals;
  for (const step of steps) {
    const job = division === "one-job" ? "rollout" : jobOf(step.target, approvals);
    if (stretches.at(-1)?.job !== job) stretches.push({ job, durationsMs: [] });
    stretches.at(-1)?.durationsMs.push(durationMs(step, plan));
    if (step.move.kind === "hold") approvals += 1;
  }
  return stretches;
}

/** A shift goes up to the next approve step; the one behind it is the next job's. */
function jobOf(target: Target, approvals: number): string {
  return target === "shift" && approvals > 0 ? `shift-${approvals + 1}` : target;
}

/** Tasks are foreseen to start and to stop at once; those that stop are deregistered first, and drain. */
function durationMs({ atMs, move }: ForeseenStep, { drainMs }: Plan): number {
  switch (move.kind) {
    case "wait":
      return move.untilMs - atMs;
    case "create-task-set":
      return START_MS;
    case "scale-task-set":
      return move.whileRoutes ? drainMs : START_MS;
    default:
      return 0;
  }
}

function remediesOf({ spec }: Plan, job: string, durationsMs: readonly number[]): readonly JobRemedy[] {
  const fewest = fewestJobs(durationsMs);
  const asked = stepsOf(spec, 1).filter(({ kind }) => kind === "approve").length;
  const canAsk =
    spec.strategy === "canary" && job.startsWith("shift") && fewest - 1 <= MOST_APPROVALS - asked;
  const hasBatches = spec.strategy === "rolling" && job !== "promote" && Number.isFinite(fewest);
  return [
    ...(canAsk ? ["approve-step" as const] : []),
    ...(hasBatches ? ["larger-batches" as const] : []),
    "shorter-bakes",
  ];
}

/** Into how many jobs it could be cut; without end where one of its waits is too long by itself. */
function fewestJobs(durationsMs: readonly number[]): number {
  let jobs = 1;
  let takenMs = 0;
  for (const ms of durationsMs) {
    if (ms >= JOB_LIMIT_MS) return Number.POSITIVE_INFINITY;
    if (takenMs + ms >= JOB_LIMIT_MS) {
      jobs += 1;
      takenMs = 0;
    }
    takenMs += ms;
  }
  return jobs;
}
