import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountLimits } from "../sandbox/faults/buckets.ts";
import { createSandbox, type Sandbox } from "../sandbox/sandbox.ts";
import { journalPathOf, runJob } from "../src/cli/rehearse/job.ts";
import { startLoad } from "../src/cli/rehearse/load.ts";
import { EXAMPLE, QUICK_METRICS, quickSpec, readExampleSandbox } from "./example.ts";
import { type Flip, flipOf } from "./flip.ts";
import { seededRandom } from "./statistics.ts";
import type { TimedCall } from "./timed-call.ts";
import { watchWire } from "./wire-watch.ts";

/** One blue-green rollout of the example service, as the sandbox saw it. */
export interface MeasuredRollout {
  /** Added to every AWS call, beside what the sandbox itself takes. */
  readonly roundTripMs: number;
  readonly seconds: number;
  readonly flip: Flip;
  readonly plannedAtMs: number;
  readonly calls: readonly TimedCall[];
}

export interface RolloutOptions {
  readonly seed: number;
  /** One rollout for each; every other one takes the service back to version 1. */
  readonly roundTripsMs: readonly number[];
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly say: (line: string) => void;
}

/** AWS's own waits (health checks, draining) pass this much faster; Sluice's and the API's do not. */
const SPEED = 2.5;
const TASK_START_MS = 1_000;
/** Tasks start at another point of the controller's interval each time, so that its worst is met too. */
const INTERVAL_MS = 2_000;
const READY_MS = 60_000;
/** Enough for the errors gate to have its evidence within the bake of the quick spec. */
const REQUESTS_PER_SECOND = 150;

/** Releases the example service again and again in one real-time sandbox, under AWS's throttles and a load. */
export async function measureRollouts(options: RolloutOptions): Promise<readonly MeasuredRollout[]> {
  const random = seededRandom(options.seed);
  const settings = { ...QUICK_METRICS, speed: SPEED };
  const sandbox = await createSandbox({ ...readExampleSandbox(), settings, random });
  const folder = mkdtempSync(join(tmpdir(), "sluice-bench-"));
  try {
    await sandbox.ready(READY_MS);
    sandbox.faults.limit(accountLimits);
    const url = sandbox.listeners[0]?.url ?? "";
    const load = startLoad({ url, requestsPerSecond: REQUESTS_PER_SECOND, random, nowMs: options.nowMs });
    try {
      const measured: MeasuredRollout[] = [];
      for (const [index, roundTripMs] of options.roundTripsMs.entries()) {
        options.signal.throwIfAborted();
        const share = (index + random()) / options.roundTripsMs.length;
        sandbox.settings.taskStartMs = TASK_START_MS + share * INTERVAL_MS * SPEED;
        const rollout = await measureRollout(sandbox, { ...options, folder, index, roundTripMs });
        const { totalMs, pausedMs } = rollout.flip;
        options.say(
          `rollout ${index + 1}: ${rollout.seconds.toFixed(1)} s, healthy to flipped ${totalMs} ms, of which ${pausedMs} ms asleep`,
        );
        measured.push(rollout);
      }
      return measured;
    } finally {
      await load.stop();
    }
  } finally {
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface OneRollout extends RolloutOptions {
  readonly folder: string;
  readonly index: number;
  readonly roundTripMs: number;
}

async function measureRollout(sandbox: Sandbox, options: OneRollout): Promise<MeasuredRollout> {
  const { index, roundTripMs, nowMs } = options;
  const folder = join(options.folder, String(index));
  mkdirSync(folder);
  const { text, ruleArn } = quickSpec();
  const spec = join(folder, "sluice.yml");
  writeFileSync(spec, text);
  slowDown(sandbox, roundTripMs);
  const tasks = sandbox.ecs.view().services[0]?.desiredCount ?? 0;
  const startedAtMs = nowMs();
  const stop = watchWire(sandbox, nowMs);
  const job = await runJob(EXAMPLE.main, {
    runId: `bench-${index + 1}`,
    inputs: { spec, image: index % 2 === 0 ? "orders:2" : "orders:1" },
    endpoint: sandbox.endpoint,
    region: sandbox.account.region,
    folder,
    signal: options.signal,
  });
  const seen = stop();
  options.signal.throwIfAborted();
  if (job.exitCode !== 0 || job.outputs.outcome !== "reached") {
    throw new Error(`rollout ${index + 1} ended with exit status ${job.exitCode}:\n${job.log}`);
  }
  return {
    roundTripMs,
    seconds: (nowMs() - startedAtMs) / 1000,
    flip: flipOf(seen, { ruleArn, tasks }),
    plannedAtMs: plannedAtMs(journalPathOf(folder)),
    calls: seen.calls,
  };
}

/** Every AWS call takes this much longer, half on the way there and half on the way back. */
function slowDown(sandbox: Sandbox, roundTripMs: number): void {
  sandbox.faults.clear();
  if (roundTripMs === 0) return;
  for (const when of ["before", "after"] as const)
    sandbox.faults.add({ kind: "delay", delayMs: roundTripMs / 2, when });
}

function plannedAtMs(journalPath: string): number {
  for (const text of readFileSync(journalPath, "utf8").split("\n").filter(Boolean)) {
    const line: unknown = JSON.parse(text);
    if (typeof line !== "object" || line === null || !("kind" in line) || line.kind !== "planned") continue;
    if ("atMs" in line && typeof line.atMs === "number") return line.atMs;
  }
  throw new Error(`${journalPath} has no plan`);
}
