import { readdir, readFile } from "node:fs/promises";

/** Kills the process of the action that runs `phase` in the run, as a lost runner does: without a word to it. */
export async function loseRunner(runId: number, phase: string): Promise<void> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => ((await isAction(pid, runId, phase)) ? [pid] : [])),
  );
  const [pid, ...others] = found.flat();
  if (pid === undefined || others.length > 0) throw new Error(`not one process of ${phase} in run ${runId}`);
  process.kill(pid, "SIGKILL");
}

async function isAction(pid: number, runId: number, phase: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
  const variables = environment.split("\0");
  return variables.includes(`GITHUB_RUN_ID=${runId}`) && variables.includes(`INPUT_PHASE=${phase}`);
}
