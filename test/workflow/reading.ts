import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import type { Load } from "../../src/cli/rehearse/load.ts";
import { failuresOf, violationsOf } from "../sandbox/reading.ts";
import { until } from "../sandbox/world.ts";
import { type ActResult, type ActRun, LIMIT_MS } from "./act.ts";
import type { ActJob } from "./act-log.ts";
import type { Scene } from "./scene.ts";

/** "plan success", in the order in which the jobs began. Jobs that were skipped are not among them. */
export const jobsOf = ({ jobs }: ActResult): readonly string[] =>
  [...jobs.values()].map(({ id, result }) => `${id} ${result}`);

export function jobOf({ jobs, log }: ActResult, id: string): ActJob {
  const job = jobs.get(id);
  if (!job) throw new Error(`no job ${id} ran:\n${log}`);
  return job;
}

/** The states of all Deployments, oldest first; a state that follows itself is told once. */
export const deploymentStates = ({ github }: Scene): readonly (readonly string[])[] =>
  github.deployments.map(({ statuses }) =>
    statuses.map(({ state }) => state).filter((state, index, all) => state !== all[index - 1]),
  );

/** The report that a run left as an artifact. */
export async function reportOf(scene: Scene, runId: number): Promise<string> {
  const names = (await scene.artifacts(runId)).filter((name) => name.startsWith("sluice-report-"));
  expect(names).toHaveLength(1);
  return readFile(join(scene.artifactFolder(runId, names[0] ?? ""), "sluice-report.md"), "utf8");
}

/** Waits until a job of the run has written `text`. Rejects, with all that was written, when the run ends without it. */
export async function untilSays(run: ActRun, id: string, text: string): Promise<void> {
  const says = (): boolean => run.jobs().get(id)?.log.includes(text) ?? false;
  const ended = new AbortController();
  void run.result.then(() => ended.abort());
  await until(() => says() || ended.signal.aborted, `${id} says ${text}`, LIMIT_MS);
  if (!says()) throw new Error(`${id} did not say ${text}:\n${(await run.result).log}`);
}

/** No request failed, no rule of the sandbox was broken, and GitHub was asked only what it has. */
export async function expectNobodyHurt({ world, github }: Scene, load: Load): Promise<void> {
  expect(failuresOf(await load.stop())).toEqual([]);
  expectRulesKept({ world, github });
}

export function expectRulesKept({ world, github }: Pick<Scene, "world" | "github">): void {
  expect(violationsOf(world.sandbox)).toEqual([]);
  expect(github.violations).toEqual([]);
}
