import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import type { Definition } from "../../sandbox/definition.ts";
import type { ServiceView, TaskSetView } from "../../sandbox/ecs/view.ts";
import type { Settings } from "../../sandbox/ports.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../sandbox/sandbox.ts";
import { JournalFollower } from "../../src/cli/rehearse/follow.ts";
import { type JobResult, journalPathOf, type Killable, runJob } from "../../src/cli/rehearse/job.ts";
import { type Load, startLoad } from "../../src/cli/rehearse/load.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { expectJournal } from "../journal-schema.ts";
import { EXAMPLE, ordersDefinition, QUICK, specText } from "./orders.ts";

export interface WorldOptions {
  readonly definition?: Definition;
  readonly settings?: Partial<Settings>;
  readonly simulation?: NonNullable<SandboxOptions["simulation"]>;
}

export interface JobOptions {
  readonly runId: string;
  readonly phase?: string;
  readonly image?: string;
  readonly spec?: string;
  /** Beside phase, image and spec, or in their stead. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Further variables of its environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Which of the step's processes. Default: main. */
  readonly process?: "main" | "post";
}

export interface Job {
  readonly result: Promise<JobResult>;
  /** The first line of its journal that is so; rejects when the job ends without one, or takes too long. */
  until(what: (line: JournalLine) => boolean, withinMs?: number): Promise<JournalLine>;
  /** All of its journal so far. */
  journal(): readonly JournalLine[];
  /** All that it has written so far. */
  log(): string;
  signal(signal: NodeJS.Signals): void;
}

/** A sandbox with jobs of the action's bundle, and a load on its first listener. */
export interface World {
  readonly sandbox: Sandbox;
  start(options: JobOptions): Job;
  /** Starts a job and waits for its end. */
  run(options: JobOptions): Promise<JobResult & { readonly journal: readonly JournalLine[] }>;
  /** One in fifty requests is slow. Default: 1 s, which the drain of `ordersDefinition` leaves time for. */
  load(requestsPerSecond: number, slowMs?: number): Load;
  service(name?: string): ServiceView;
  /** Kills jobs that still run, and closes loads and sandbox. */
  close(): Promise<void>;
}

const READY_MS = 40_000;
const JOB_MS = 100_000;
const LOOK_MS = 50;

export const sleep = (delayMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, delayMs));

/** Waits until `what` is true, looking often; rejects with `saying` after `withinMs`. */
export async function until(what: () => boolean, saying: string, withinMs = 30_000): Promise<void> {
  const deadlineMs = Date.now() + withinMs;
  while (!what()) {
    if (Date.now() > deadlineMs) throw new Error(`not within ${withinMs} ms: ${saying}`);
    await sleep(LOOK_MS);
  }
}

export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const definition = options.definition ?? ordersDefinition();
  const running = new Set<Killable>();
  const loads: Load[] = [];
  const folders: string[] = [];
  const sandbox = await createSandbox({
    definition,
    directory: EXAMPLE,
    settings: { ...QUICK, ...options.settings },
    ...(options.simulation ? { simulation: options.simulation } : {}),
    kill: async () => {
      for (const process of running) process.kill("SIGKILL");
    },
  });
  const world: World = {
    sandbox,
    start(job) {
      const folder = mkdtempSync(join(tmpdir(), "sluice-job-"));
      folders.push(folder);
      return startJob(sandbox, job, folder, running);
    },
    async run(job) {
      const started = world.start(job);
      return { ...(await started.result), journal: started.journal() };
    },
    load(requestsPerSecond, slowMs = 1_000) {
      const url = sandbox.listeners[0]?.url ?? "";
      const load = startLoad({ url, requestsPerSecond, slowMs, random: Math.random, nowMs: Date.now });
      loads.push(load);
      return load;
    },
    service: (name = "orders") => serviceOf(sandbox, name),
    async close() {
      for (const process of running) process.kill("SIGKILL");
      await Promise.all(loads.map((load) => load.stop()));
      await sandbox.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await sandbox.ready(READY_MS);
  } catch (error) {
    await world.close();
    throw error;
  }
  return world;
}

function startJob(sandbox: Sandbox, options: JobOptions, folder: string, running: Set<Killable>): Job {
  const spec = join(folder, "sluice.yml");
  writeFileSync(spec, options.spec ?? specText());
  const { runId, phase = "rollout", image = "" } = options;
  const timeout = AbortSignal.timeout(JOB_MS);
  let child: Killable | undefined;
  let ended = false;
  let log = "";
  const result = runJob(join(dirname(inject("mainBundle")), `${options.process ?? "main"}.js`), {
    runId,
    inputs: { phase, spec, image, ...options.inputs },
    environment: options.environment,
    endpoint: sandbox.endpoint,
    region: sandbox.account.region,
    folder,
    onStart: (process) => {
      child = process;
      running.add(process);
      timeout.addEventListener("abort", () => process.kill("SIGKILL"));
    },
    onLog: (text) => {
      log += text;
    },
  }).finally(() => {
    ended = true;
    if (child) running.delete(child);
  });
  const follower = new JournalFollower(journalPathOf(folder));
  const lines: JournalLine[] = [];
  const journal = (): readonly JournalLine[] => {
    const read = follower.read();
    expectJournal(read);
    lines.push(...read);
    return lines;
  };
  return {
    result,
    journal,
    log: () => log,
    signal: (signal) => void child?.kill(signal),
    async until(what, withinMs = 30_000) {
      const find = () => journal().find(what);
      await until(() => ended || find() !== undefined, `${what} in the journal`, withinMs);
      const found = find();
      if (found) return found;
      throw new Error(`the job ended before ${what}:\n${(await result).log}`);
    },
  };
}

function serviceOf(sandbox: Sandbox, name: string): ServiceView {
  const service = sandbox.ecs.view().services.find((found) => found.name === name);
  if (!service) throw new Error(`no service ${name}`);
  return service;
}

/** The one task set of a service at rest. */
export function onlySet(service: ServiceView): TaskSetView {
  const [set, ...others] = service.taskSets;
  if (!set || others.length > 0) throw new Error(`${service.name} has ${service.taskSets.length} task sets`);
  return set;
}
