import type { JournalLine } from "../../../src/core/journal.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { Plan, Release } from "../../../src/core/plan.ts";
import { writtenLine } from "../../../src/phases/journal.ts";
import { type Phase, run } from "../../../src/phases/run.ts";
import { expectJournal } from "../../journal-schema.ts";
import { seededRandom, type World } from "./world.ts";

export interface PhaseOptions {
  readonly rollout?: string;
  readonly image?: string;
  /** What is to be released. Default: `image`. */
  readonly source?: Release["source"];
  /** That the image was made of. */
  readonly commit?: string;
  /** Of a rollback: see RunRequest. */
  readonly to?: string;
  readonly gates?: boolean;
  readonly dryRun?: boolean;
  readonly runId?: string;
  /** Over the world's own: another strategy, say. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly approvals?: number;
  /** Of a promotion. */
  readonly withoutEvidence?: boolean;
  /** Of a watch. */
  readonly watchEnd?: () => Promise<Outcome | undefined>;
  readonly onBegin?: (plan: Plan) => Promise<void>;
  /** Whether the job names no Region. */
  readonly anywhere?: boolean;
  /** Hears each line of the journal right after it was written; may change the world. */
  readonly during?: (line: JournalLine) => void;
  readonly kill?: Kill;
}

/** The client dies at its `call`th call (from 1), before or after that has had its effect. */
export interface Kill {
  readonly call: number;
  readonly when: "before" | "after";
}

export interface Ended {
  readonly outcome: Outcome | { readonly kind: "killed" };
  readonly lines: readonly JournalLine[];
  /** Tells its calls from those of other runs. */
  readonly accessKeyId: string;
}

let runs = 0;

/**
 * Runs a phase as a job would, with credentials of its own. A killed one is gone for good: nothing more is
 * recorded, its clock never wakes it, and AWS refuses whatever it still had in hand.
 */
export async function runPhase(world: World, phase: Phase, options: PhaseOptions = {}): Promise<Ended> {
  const accessKeyId = `AKIA${String(++runs).padStart(16, "0")}`;
  process.env.AWS_ACCESS_KEY_ID = accessKeyId;
  const lines: JournalLine[] = [];
  let dead = false;
  const killed = new Promise<{ readonly kind: "killed" }>((resolve) => {
    if (!options.kill) return;
    const { call, when } = options.kill;
    world.onKill = () => {
      dead = true;
      world.sandbox.faults.add({ kind: "error", code: "ExpiredTokenException", status: 403, accessKeyId });
      resolve({ kind: "killed" });
    };
    world.sandbox.faults.add({ kind: "kill", when, accessKeyId, skip: call - 1, times: 1 });
  });
  const running = run({
    phase,
    spec: options.spec ? world.specWith(options.spec) : world.spec,
    rollout: options.rollout ?? "r1",
    approvals: options.approvals ?? 0,
    withoutEvidence: options.withoutEvidence,
    release: {
      source: options.source ?? { kind: "image", image: options.image ?? "orders:2" },
      ...(options.commit ? { commit: options.commit } : {}),
    },
    to: options.to,
    gates: options.gates,
    dryRun: options.dryRun,
    runId: options.runId,
    watchEnd: options.watchEnd,
    onBegin: options.onBegin,
    region: options.anywhere ? undefined : world.sandbox.account.region,
    record(event) {
      if (dead) return;
      const line: JournalLine = { version: 1, atMs: world.clock.nowMs(), ...event };
      lines.push(line);
      options.during?.(line);
    },
    clock: {
      nowMs: () => world.clock.nowMs(),
      sleep: (delayMs, signal) => (dead ? new Promise(() => undefined) : world.clock.sleep(delayMs, signal)),
    },
    random: seededRandom(),
    signal: new AbortController().signal,
  });
  const outcome = await Promise.race([running, killed]);
  expectJournal(lines.map((line) => JSON.parse(writtenLine(line))));
  return { outcome, lines, accessKeyId };
}

/** What a run has changed, in order: "ecs:CreateTaskSet". */
export const writesOf = (world: World, { accessKeyId }: Ended): readonly string[] =>
  world.sandbox.calls
    .writes()
    .filter((call) => call.accessKeyId === accessKeyId)
    .map(({ action }) => action);

export interface Job extends PhaseOptions {
  readonly phase: Phase;
  /** Virtual time from now until the job begins. */
  readonly afterMs: number;
}

/** Runs jobs side by side in a world with as many participants: time moves when all that still run sleep. */
export function runTogether(world: World, jobs: readonly Job[]): Promise<readonly Ended[]> {
  return Promise.all(
    jobs.map(async ({ phase, afterMs, ...options }) => {
      await world.clock.sleep(afterMs);
      const ended = await runPhase(world, phase, options);
      world.clock.leave();
      return ended;
    }),
  );
}
