import type { JobResult } from "../../src/cli/rehearse/job.ts";
import { type Job, type JobOptions, sleep, type World } from "./world.ts";

/** How long a runner waits after SIGINT, and then after SIGTERM, in its cancellation of a step (GitHub). */
export const GITHUBS_PATIENCE = { interruptMs: 7_500, terminateMs: 2_500 } as const;
/** A tenth of it: a release that is quick to take back is still killed in the middle of that. */
const LITTLE_PATIENCE = { interruptMs: 750, terminateMs: 250 } as const;

/** Cancels a job as a runner does, until it is gone. */
export async function cancel(
  job: Job,
  patience = LITTLE_PATIENCE as { interruptMs: number; terminateMs: number },
) {
  const isGone = job.result.then(() => true);
  const within = (ms: number): Promise<boolean> => Promise.race([isGone, sleep(ms).then(() => false)]);
  job.signal("SIGINT");
  if (await within(patience.interruptMs)) return job.result;
  job.signal("SIGTERM");
  if (await within(patience.terminateMs)) return job.result;
  job.signal("SIGKILL");
  return job.result;
}

/** What the post step is given beside what its main process saved. */
type Given = Pick<JobOptions, "environment" | "inputs">;

/** Starts a job's post step as a runner does, with what its main process saved; but with inputs that are wrong. */
export function startPost(world: World, main: Pick<JobResult, "state">, given: Given = {}): Job {
  const state = Object.entries(main.state).map(([name, value]) => [`STATE_${name}`, value] as const);
  return world.start({
    runId: "of the post step",
    process: "post",
    spec: "wrong: true",
    inputs: { ...given.inputs },
    environment: { ...given.environment, ...Object.fromEntries(state) },
  });
}

/** Runs a job's post step. */
export async function runPost(
  world: World,
  main: Pick<JobResult, "state">,
  given: Given = {},
): Promise<JobResult> {
  return startPost(world, main, given).result;
}
