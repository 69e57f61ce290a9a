import { shortestPeriodMs } from "../core/decide/judged-window.ts";
import { decide, type Target } from "../core/decide.ts";
import { SluiceError } from "../core/errors.ts";
import type { JournalEvent } from "../core/journal.ts";
import { isWrite, type Move, type Question, type Write } from "../core/moves.ts";
import type { Observation } from "../core/observation.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Plan } from "../core/plan.ts";
import { formatDuration } from "../core/spec/duration.ts";
import { tookEffect } from "../core/took.ts";
import { afterWait, type Evidence, lastingOf, type Verdict } from "../core/verdict.ts";
import { Pace } from "./pace.ts";

/** Where a rollout happens. `task-sets` is the first; each is two verbs. */
export interface Engine {
  observe(): Promise<Observation>;
  /** One write. Throws SluiceError: "refused" for drift, "transient" for what may be tried again. */
  act(write: Write): Promise<void>;
  /** Whether AWS throttled any call since this was last asked. */
  wasThrottled(): boolean;
}

export interface Clock {
  nowMs(): number;
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

/** The answer to a question: what follows from it, and what each gate said. */
export interface Measured {
  readonly verdict: Verdict;
  readonly each: readonly Verdict[];
}

export interface ControllerContext {
  readonly plan: Plan;
  readonly engine: Engine;
  readonly measure: (question: Question, signal: AbortSignal) => Promise<Measured>;
  readonly record: (event: JournalEvent) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Asked at every look of the watch phase that finds nothing wrong: how it ends, once nobody needs it. Never throws. */
  readonly watchEnd?: (() => Promise<Outcome | undefined>) | undefined;
  /** Others have begun the rollout: what goes wrong with this look at it is no reason to take it back. */
  readonly isOnlooker?: boolean | undefined;
  /** Told after a rollback: records why tasks of the new version stopped. Never throws. */
  readonly explain?: (() => Promise<void>) | undefined;
  /** Nothing is written: the engine and the clock are those of `dryRunOf`. */
  readonly dryRun?: boolean | undefined;
}

/** How long AWS may fail every look, or every write, and how long a write may take to show, before the phase gives up. */
const BLIND_MS = 300_000;
const WATCH_PACE_MS = 10_000;
const LOOKS_A_PERIOD = 6;
const UNSEEN_MS = 60_000;
/** A rollback that does not see its write does it again: each leaves twice what it leaves once. */
const UNSEEN_BY_ROLLBACK_MS = 2_000;
const UNSEEN_AGAIN_MS = 500;
/** A rollback has a deadline of its own; a watch that sees nothing has no reason to take anything back. */
const ENDLESS: ReadonlySet<Target> = new Set(["rollback", "watch"]);
/** Several routes, lost writes and drift make some repetitions; so many within UNSEEN_MS are none of these. */
const REPEATS_AT_MOST = 200;

/**
 * Drives the world to `target`: observe, decide, act, record, until it is reached or cannot be. Holds nothing
 * that AWS does not also say, so that it can be killed at any moment and run again anywhere.
 */
export async function reach(target: Target, context: ControllerContext): Promise<Outcome> {
  const loop = new Loop(target, context);
  try {
    for (;;) {
      const outcome = await loop.turn();
      if (outcome) return outcome;
    }
  } catch (error) {
    if (context.signal.aborted) return { kind: "failed", error: cancelled(target) };
    return { kind: "failed", error: asSluiceError(error) };
  }
}

class Loop {
  readonly #target: Target;
  readonly #context: ControllerContext;
  readonly #pace: Pace;
  #evidence: Evidence = {};
  #unseen: { readonly write: Write; readonly sinceMs: number } | undefined;
  #blindSinceMs: number | undefined;
  #refusedSinceMs: number | undefined;
  #repeated = { what: "", times: 0, sinceMs: 0 };
  #lastWaiting = "";
  #lastSeen = "";
  readonly #lastSaid = new Map<string, string>();

  constructor(target: Target, context: ControllerContext) {
    this.#target = target;
    this.#context = context;
    this.#pace = new Pace(context.random, target === "watch" ? watchPaceMs(context.plan) : undefined);
  }

  /** One look and the move that follows from it. */
  async turn(): Promise<Outcome | undefined> {
    const { plan, clock, signal } = this.#context;
    signal.throwIfAborted();
    if (this.#target === "rollback") this.#checkRollbackDeadline();
    const observation = await this.#look();
    if (!observation) return this.#watchEnd();
    this.#recordIfNew(observation);
    if (!(await this.#lastWriteShows(observation))) return undefined;
    for (;;) {
      const move = decide(plan, this.#target, observation, this.#evidence, clock.nowMs());
      if (move.kind !== "measure") return this.#make(move);
      const { verdict, each } = await this.#context.measure(move.question, signal);
      for (const said of each) this.#recordIfSaid(said);
      this.#evidence = { ...this.#evidence, [move.question.kind]: verdict };
    }
  }

  async #make(move: Exclude<Move, { kind: "measure" }>): Promise<Outcome | undefined> {
    if (isWrite(move)) return this.#write(move);
    switch (move.kind) {
      case "wait":
        return this.#wait(move);
      case "reached":
        return { kind: "reached", reason: move.reason };
      case "hold":
        return {
          kind: "held",
          reason: move.reason,
          ...(move.lacksEvidence ? { lacksEvidence: true } : {}),
        };
      case "roll-back":
        return {
          kind: "rolled-back",
          gate: move.gate,
          reason: move.reason,
          ...(move.hint ? { hint: move.hint } : {}),
        };
      case "refuse":
        throw new SluiceError("refused", move.reason, move.hint ? { hint: move.hint } : {});
    }
  }

  async #write(write: Write): Promise<undefined> {
    const { engine, record, clock } = this.#context;
    this.#checkProgress(write);
    record({ kind: "writing", write });
    try {
      await engine.act(write);
      this.#refusedSinceMs = undefined;
      this.#forgetMetrics();
      this.#unseen = { write, sinceMs: clock.nowMs() };
    } catch (error) {
      if (!this.#mayTryAgain(error)) throw error;
      this.#refusedSinceMs ??= clock.nowMs();
      await this.#lookAgainLater(error, this.#refusedSinceMs);
    }
    return undefined;
  }

  async #wait({ reason, untilMs, doubt }: Extract<Move, { kind: "wait" }>): Promise<Outcome | undefined> {
    const { clock, record, engine, signal } = this.#context;
    if (reason !== this.#lastWaiting) record({ kind: "waiting", reason, ...(untilMs ? { untilMs } : {}) });
    this.#lastWaiting = reason;
    const end = await this.#watchEnd();
    if (end) return end;
    this.#evidence = afterWait(this.#evidence, doubt, clock.nowMs());
    const intervalMs = this.#pace.next(engine.wasThrottled());
    const leftMs = untilMs === undefined ? intervalMs : Math.max(50, untilMs - clock.nowMs());
    await clock.sleep(Math.min(intervalMs, leftMs), signal);
    return undefined;
  }

  async #watchEnd(): Promise<Outcome | undefined> {
    return this.#target === "watch" ? this.#context.watchEnd?.() : undefined;
  }

  /** A write that shows and is decided again at once would go on for ever. */
  #checkProgress({ kind, reason }: Write): void {
    const nowMs = this.#context.clock.nowMs();
    const { what, times, sinceMs } = this.#repeated;
    const isRepeated = what === `${kind} ${reason}` && nowMs - sinceMs < UNSEEN_MS;
    this.#repeated = isRepeated
      ? { what, times: times + 1, sinceMs }
      : { what: `${kind} ${reason}`, times: 1, sinceMs: nowMs };
    if (this.#repeated.times <= REPEATS_AT_MOST) return;
    throw new SluiceError("internal", `a defect in Sluice: it writes the same again and again (${reason})`, {
      hint: "Please report it with the journal.",
    });
  }

  /** What was measured at one step, or a moment ago, says nothing of the next. */
  #forgetMetrics(): void {
    this.#evidence = lastingOf(this.#evidence);
  }

  async #look(): Promise<Observation | undefined> {
    try {
      const observation = await this.#context.engine.observe();
      this.#blindSinceMs = undefined;
      return observation;
    } catch (error) {
      if (!this.#mayTryAgain(error)) throw error;
      this.#blindSinceMs ??= this.#context.clock.nowMs();
      await this.#lookAgainLater(error, this.#blindSinceMs);
      return undefined;
    }
  }

  /** The journal is for people, too: a look that shows nothing new is not in it. */
  #recordIfNew(observation: Observation): void {
    const { atMs: _atMs, ...rest } = observation;
    const seen = JSON.stringify(rest);
    if (seen !== this.#lastSeen) this.#context.record({ kind: "observed", observation });
    this.#lastSeen = seen;
  }

  /** A gate is asked at every look; what it says again is on record. */
  #recordIfSaid(verdict: Verdict): void {
    const gate = `${verdict.gate} ${verdict.isDryRun ?? false}`;
    const said = JSON.stringify(verdict);
    if (this.#lastSaid.get(gate) === said) return;
    this.#lastSaid.set(gate, said);
    this.#context.record({ kind: "verdict", verdict });
  }

  async #lastWriteShows(observation: Observation): Promise<boolean> {
    const { plan, clock, signal } = this.#context;
    if (!this.#unseen) return true;
    const { write, sinceMs } = this.#unseen;
    if (tookEffect(write, plan.rollout, observation)) {
      this.#unseen = undefined;
      return true;
    }
    if (this.#target === "rollback" && clock.nowMs() - sinceMs > UNSEEN_BY_ROLLBACK_MS) {
      this.#unseen = undefined;
      return true;
    }
    if (clock.nowMs() - sinceMs > UNSEEN_MS) {
      throw new SluiceError(
        "refused",
        `after ${formatDuration(UNSEEN_MS)} AWS still does not show the write: ${write.reason}`,
        { hint: "Somebody else may be changing the same thing. Look who, and run again." },
      );
    }
    await clock.sleep(UNSEEN_AGAIN_MS, signal);
    return false;
  }

  async #lookAgainLater(error: unknown, sinceMs: number): Promise<void> {
    const { clock, record, engine, signal } = this.#context;
    if (error instanceof SluiceError && error.kind === "refused") return clock.sleep(UNSEEN_AGAIN_MS, signal);
    if (!ENDLESS.has(this.#target) && clock.nowMs() - sinceMs > BLIND_MS) throw error;
    this.#forgetMetrics();
    engine.wasThrottled();
    const againInMs = this.#pace.next(true);
    record({ kind: "look-failed", message: asSluiceError(error).message, againInMs });
    await clock.sleep(againInMs, signal);
  }

  /** The job must end while its log can still be read; whatever is left, the next run finds. */
  #checkRollbackDeadline(): void {
    const { plan, clock } = this.#context;
    const limitMs = plan.spec.timeouts.rollback;
    if (clock.nowMs() - plan.startedAtMs <= limitMs) return;
    throw new SluiceError("deadline", `the rollback was not complete within ${formatDuration(limitMs)}`, {
      hint: "Its weights come first: check them, then run the rollback phase again.",
    });
  }

  /** Rollback waits for nobody: drift is no reason to stop it, it reads again and writes again. */
  #mayTryAgain(error: unknown): boolean {
    if (!(error instanceof SluiceError)) return false;
    return error.kind === "transient" || (error.kind === "refused" && this.#target === "rollback");
  }
}

/** A watch lasts for hours: a few looks in each of the metric's periods are enough. */
function watchPaceMs({ spec }: Plan): number {
  return Math.min(WATCH_PACE_MS, shortestPeriodMs(spec.gates) / LOOKS_A_PERIOD);
}

function cancelled(target: Target): SluiceError {
  return new SluiceError("refused", `cancelled during ${target}`, {
    hint: "Run the phase again to go on, or the rollback phase to take the release back.",
  });
}

export function asSluiceError(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new SluiceError("internal", `a defect in Sluice: ${message}`, {
    hint: "Please report it with the journal.",
    cause: error,
  });
}
