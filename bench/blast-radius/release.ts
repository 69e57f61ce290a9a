import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSandbox, type Sandbox } from "../../sandbox/sandbox.ts";
import { JournalFollower } from "../../src/cli/rehearse/follow.ts";
import { journalPathOf, type Killable, runJob } from "../../src/cli/rehearse/job.ts";
import { type Load, startLoad } from "../../src/cli/rehearse/load.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { EXAMPLE, readExampleSandbox } from "../example.ts";
import { type Blast, blastOf } from "./blast.ts";
import { openMetrics, type SourceName } from "./metrics.ts";
import { canarySpec } from "./spec.ts";
import { type Traffic, watchTraffic } from "./traffic.ts";

export interface ReleaseOptions {
  readonly source: SourceName;
  /** How many of its requests the new version fails. */
  readonly failPercent: number;
  readonly requestsPerSecond: number;
  /** How long the load is there before the release. */
  readonly warmUpMs: number;
  readonly random: () => number;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
}

/** What one bad release did before it was taken back. */
export interface MeasuredRelease extends Blast {
  readonly source: SourceName;
  readonly failPercent: number;
  /** Why it was taken back, in the gate's words. */
  readonly reason: string;
  /** Requests that failed, but not by the new version: the machine was too busy. */
  readonly otherFailures: number;
  /** Of the load's requests, those that were sent when they were due. 0-1. */
  readonly onTimeShare: number;
}

const READY_MS = 60_000;
const LOOK_MS = 100;
/** So long without an answer of the new version, after its weight is 0, and there is none under way any more. */
const QUIET_MS = 3_000;
const IMAGE = "orders:bad";
const VERSION = "bad";

/** Releases a bad version in a sandbox of its own, and watches from outside until nobody meets it any more. */
export async function measureRelease(options: ReleaseOptions): Promise<MeasuredRelease> {
  const sandbox = await createSandbox({ ...exampleWithBad(options.failPercent), random: options.random });
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    await sandbox.ready(READY_MS);
    const metrics = await openMetrics(options.source, sandbox);
    try {
      const load = startLoad({
        url: sandbox.listeners[0]?.url ?? "",
        requestsPerSecond: options.requestsPerSecond,
        slowShare: 0,
        keptFailures: Number.POSITIVE_INFINITY,
        random: options.random,
        nowMs: options.nowMs,
      });
      try {
        await sleep(options.warmUpMs, undefined, { signal: options.signal });
        return await release(sandbox, load, folder, canarySpec(metrics.spec), options);
      } finally {
        await load.stop();
      }
    } finally {
      await metrics.close();
    }
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The example's account, and an image of its service that fails so many requests. */
function exampleWithBad(failPercent: number) {
  const { definition, ...rest } = readExampleSandbox();
  const environment = { VERSION, FAULT: `fail:${failPercent}%` };
  const bad = { command: ["node", "server.mjs"], environment };
  return { ...rest, definition: { ...definition, images: { ...definition.images, [IMAGE]: bad } } };
}

async function release(
  sandbox: Sandbox,
  load: Load,
  folder: string,
  { text, ruleArn }: { readonly text: string; readonly ruleArn: string },
  options: ReleaseOptions,
): Promise<MeasuredRelease> {
  const { source, failPercent, nowMs, signal } = options;
  const oldGroupArn = sandbox.ecs.view().services[0]?.taskSets[0]?.targetGroupArn ?? "";
  const traffic = watchTraffic(sandbox, ruleArn, oldGroupArn, nowMs);
  const job = startJob(sandbox, folder, text, `bench-${source}-${failPercent}`);
  try {
    await untilOver(traffic, job, options);
  } finally {
    traffic.stop();
    await job.end();
  }
  signal.throwIfAborted();
  const figures = load.figures();
  const failedAtMs = figures.failures.filter(({ version }) => version === VERSION).map(({ atMs }) => atMs);
  return {
    source,
    failPercent,
    ...blastOf(traffic, failedAtMs),
    reason: reasonIn(new JournalFollower(journalPathOf(folder)).read()),
    otherFailures: figures.failed - failedAtMs.length,
    onTimeShare: figures.sentOnTime / figures.sent,
  };
}

interface RunningJob {
  /** Its log, once it has ended. */
  readonly log: () => string | undefined;
  /** Kills it, if it still runs: the rest of its rollback takes nothing back from users. */
  end(): Promise<void>;
}

function startJob(sandbox: Sandbox, folder: string, spec: string, runId: string): RunningJob {
  const path = join(folder, "sluice.yml");
  writeFileSync(path, spec);
  let child: Killable | undefined;
  let log: string | undefined;
  const result = runJob(EXAMPLE.main, {
    runId,
    inputs: { spec: path, image: IMAGE },
    endpoint: sandbox.endpoint,
    region: sandbox.account.region,
    folder,
    onStart: (process) => {
      child = process;
    },
  }).then((ended) => {
    log = ended.log;
  });
  return {
    log: () => log,
    async end() {
      if (log === undefined) child?.kill("SIGKILL");
      await result;
    },
  };
}

/** Returns when the new version had users, has weight 0, and has not answered for a while. */
async function untilOver(traffic: Traffic, job: RunningJob, options: ReleaseOptions): Promise<void> {
  const isOver = (): boolean => {
    if (traffic.weightlessAtMs === undefined) return false;
    const lastMs = Math.max(traffic.weightlessAtMs, traffic.answers.at(-1)?.atMs ?? 0);
    return options.nowMs() - lastMs >= QUIET_MS;
  };
  while (!isOver()) {
    await sleep(LOOK_MS, undefined, { signal: options.signal });
    if (job.log() !== undefined && traffic.weightlessAtMs === undefined)
      throw new Error(`the job ended before it took the release back:\n${job.log()}`);
  }
}

/** Throws unless it was the errors gate that stopped the release. */
function reasonIn(journal: readonly JournalLine[]): string {
  const stop = journal.find((line) => line.kind === "rolling-back");
  if (stop?.kind !== "rolling-back" || stop.gate !== "errors")
    throw new Error(`not taken back by the errors gate, but by ${JSON.stringify(stop)}`);
  return stop.reason;
}
