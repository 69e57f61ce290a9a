import { decide, type Target } from "./decide.ts";
import { SluiceError } from "./errors.ts";
import { applyWrite, settle } from "./foresee/apply.ts";
import { isWrite, type Move, type Question, type Write } from "./moves.ts";
import type { Observation } from "./observation.ts";
import type { Plan } from "./plan.ts";
import { stepsOf } from "./steps.ts";
import { type Evidence, lastingOf } from "./verdict.ts";

/** What a rollout would do from here on, if all goes well. */
export interface Foreseen {
  readonly steps: readonly ForeseenStep[];
  readonly end: ForeseenEnd;
}

export interface ForeseenStep {
  /** At the earliest: tasks are taken to be healthy at once. */
  readonly atMs: number;
  readonly target: Target;
  readonly move: ForeseenMove;
  /** What it is decided from. */
  readonly seen: Observation;
}

export type ForeseenMove =
  | Write
  | { readonly kind: "wait"; readonly reason: string; readonly untilMs: number }
  /** For a person; `ForeseeOptions.letPass` goes on behind it. */
  | { readonly kind: "hold"; readonly reason: string };

export type ForeseenEnd =
  | { readonly kind: "reached" | "held"; readonly atMs: number; readonly reason: string }
  /** For what neither time nor this rollout brings: another rollout's end, for example. */
  | { readonly kind: "waits"; readonly atMs: number; readonly reason: string }
  | { readonly kind: "refused"; readonly atMs: number; readonly reason: string; readonly hint?: string }
  | { readonly kind: "rolled-back"; readonly atMs: number; readonly reason: string; readonly gate: string };

export interface ForeseeOptions {
  /** Goes on behind holds as if people had let them pass. Default: it ends there. */
  readonly letPass?: boolean;
}

/**
 * The writes and waits of the controller on its way to `targets`, one after the other, if all goes well: AWS does
 * what it is told at once, tasks become healthy, and whatever is measured is healthy. They are `decide`'s own, so
 * that nothing else than what is foreseen is done. Pure. Throws an `internal` error where it goes round in circles.
 */
export function foresee(
  plan: Plan,
  targets: Target | readonly Target[],
  observation: Observation,
  nowMs: number,
  options: ForeseeOptions = {},
): Foreseen {
  const foresight = new Foresight(plan, observation, nowMs, options);
  let end: ForeseenEnd = { kind: "reached", atMs: nowMs, reason: "nothing to do" };
  for (const target of typeof targets === "string" ? [targets] : targets) {
    end = foresight.reach(target);
    if (end.kind !== "reached") break;
  }
  return { steps: foresight.steps, end };
}

/** What each question is taken to be answered by. */
const ANSWERS: Readonly<Record<Question["kind"], string>> = {
  smoke: "if its smoke checks pass",
  metrics: "if its gates pass",
  recovery: "if the error rate is back at its baseline",
};

/** How long what only happens, such as a task that becomes healthy, is taken to last. */
const LOOK_MS = 2_000;

/** More moves than any phase needs for one step of a rollout on one route. */
const MOVES_PER_STEP = 20;

type Wait = Extract<Move, { kind: "wait" }>;
type Ending = Exclude<Move, Write | Wait | { kind: "measure" }>;

class Foresight {
  readonly steps: ForeseenStep[] = [];
  readonly #options: ForeseeOptions;
  #plan: Plan;
  #seen: Observation;
  #nowMs: number;
  #evidence: Evidence = {};
  /** The wait that has just ended, where nothing but time has passed in it. */
  #waited: Wait | undefined;

  constructor(plan: Plan, seen: Observation, nowMs: number, options: ForeseeOptions) {
    this.#plan = plan;
    this.#seen = seen;
    this.#nowMs = nowMs;
    this.#options = options;
  }

  reach(target: Target): ForeseenEnd {
    this.#plan = { ...this.#plan, startedAtMs: this.#nowMs };
    this.#evidence = {};
    for (let left = this.#mostMoves(); left > 0; left--) {
      const move = decide(this.#plan, target, this.#seen, this.#evidence, this.#nowMs);
      const end = this.#make(target, move);
      if (end) return end;
    }
    throw new SluiceError(
      "internal",
      `a defect in Sluice: ${target} would go round in circles: ${this.steps.at(-1)?.move.reason}`,
    );
  }

  #make(target: Target, move: Move): ForeseenEnd | undefined {
    if (move.kind === "measure") return this.#answer(move.question);
    if (isWrite(move)) return this.#write(target, move);
    if (move.kind === "wait") return this.#wait(target, move);
    if (move.kind === "hold" && this.#options.letPass) {
      this.#note(target, { kind: "hold", reason: move.reason });
      this.#plan = { ...this.#plan, approvals: this.#plan.approvals + 1 };
      return undefined;
    }
    return this.#end(move);
  }

  #answer(question: Question): undefined {
    const reason = ANSWERS[question.kind];
    const verdict = { kind: "healthy", gate: question.kind, reason } as const;
    this.#evidence = { ...this.#evidence, [question.kind]: verdict };
  }

  #write(target: Target, write: Write): undefined {
    this.#note(target, write);
    this.#seen = { ...applyWrite(write, this.#plan, this.#seen, this.#nowMs), atMs: this.#nowMs };
    this.#waited = undefined;
    this.#forgetMetrics();
  }

  #wait(target: Target, wait: Wait): ForeseenEnd | undefined {
    const settled = settle(this.#plan, this.#seen);
    const brings = JSON.stringify(settled) !== JSON.stringify(this.#seen);
    const untilMs = brings ? this.#nowMs + LOOK_MS : wait.untilMs;
    if (untilMs === undefined || untilMs <= this.#nowMs) return this.#waitsFor(wait);
    this.#note(target, { kind: "wait", reason: wait.reason, untilMs });
    this.#nowMs = untilMs;
    this.#seen = { ...settled, atMs: untilMs };
    this.#waited = brings ? undefined : wait;
    this.#forgetMetrics();
    return undefined;
  }

  #end(move: Ending): ForeseenEnd {
    const atMs = this.#nowMs;
    if (this.#waited && (move.kind === "refuse" || move.kind === "roll-back")) {
      const started = this.steps.pop()?.atMs ?? atMs;
      return { kind: "waits", atMs: started, reason: this.#waited.reason };
    }
    switch (move.kind) {
      case "reached":
        return { kind: "reached", atMs, reason: move.reason };
      case "hold":
        return { kind: "held", atMs, reason: move.reason };
      case "roll-back":
        return { kind: "rolled-back", atMs, reason: move.reason, gate: move.gate };
      case "refuse":
        return { kind: "refused", atMs, reason: move.reason, ...(move.hint ? { hint: move.hint } : {}) };
    }
  }

  #waitsFor({ reason }: Wait): ForeseenEnd {
    return { kind: "waits", atMs: this.#nowMs, reason };
  }

  /** Waits for the same thing are one. */
  #note(target: Target, move: ForeseenMove): void {
    const last = this.steps.at(-1);
    const isSame =
      move.kind === "wait" && last?.move.kind === "wait" && shape(last.move.reason) === shape(move.reason);
    if (isSame && last.target === target) this.steps.splice(-1, 1, { ...last, move });
    else this.steps.push({ atMs: this.#nowMs, target, move, seen: this.#seen });
  }

  /** As the controller does after a write, and in a wait. */
  #forgetMetrics(): void {
    this.#evidence = lastingOf(this.#evidence);
  }

  #mostMoves(): number {
    const steps = stepsOf(this.#plan.spec, this.#seen.service.desiredCount).length;
    return MOVES_PER_STEP * (steps + 2) * (this.#plan.routes.length + 1);
  }
}

const shape = (reason: string): string => reason.replaceAll(/[\d.]+/g, "#");
