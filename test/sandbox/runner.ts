import type { JobResult } from "../../src/cli/rehearse/job.ts";
import { type Job, type JobOptions, sleep, type World } from "./world.ts";

/** How long a runner waits after SIGINT, and then after SIGTERM, in its cancellation of a step (GitHub). */
export const GITHUBS_PATIENCE = { interruptMs: 7_500, terminateMs: 2_500 } as const;

/** Cancels a job as a runner does, until it is gone. */
export async function cancel(job: Job, patience: typeof GITHUBS_PATIENCE): Promise<JobResult> {
  const isGone = job.result.then(() => true);
  const within = (ms: number): Promise<boolean> => Promise.race([isGone, sleep(ms).then(() => false)]);
  job.signal("SIGINT");
  if (await within(patience.interruptMs)) return job.result;
  job.signal("SIGTERM");
  if (await within(patience.terminateMs)) return job.result;
  job.signal("SIGKILL");
  return job.result;
}

/**
 * Cancels a job, and kills it in the middle of what it does about that: with the next write to its service that AWS
 * takes from it, and before it hears so.
 */
export async function cancelAndKill(world: World, job: Job): Promise<JobResult> {
  const unlisten = world.sandbox.calls.listen(({ write, operation }) => {
    if (write && operation !== "RegisterTaskDefinition") job.signal("SIGKILL");
  });
  job.signal("SIGINT");
  try {
    return await job.result;
  } finally {
    unlisten();
  }
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
