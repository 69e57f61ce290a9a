import { decide, type Target } from "../../../src/core/decide.ts";
import { isWrite, type Move, type Question, type Write } from "../../../src/core/moves.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { tookEffect } from "../../../src/core/took.ts";
import { afterWait, type Evidence, type Verdict } from "../../../src/core/verdict.ts";
import { observe } from "./look.ts";
import { apply, Refused, tick, type World } from "./model.ts";
import { violationsOf } from "./safety.ts";

export interface Drive {
  readonly plan: Plan;
  /** How long a wait takes. */
  readonly paceMs: number;
  readonly answer: (question: Question, world: World) => Verdict;
  /** What happens in the world by itself as time passes, before each look. */
  readonly befall: (world: World) => World;
  /** The process is killed after so many looks. */
  readonly killAfterLooks?: number;
}

export type End = Extract<Move, { kind: "reached" | "hold" | "roll-back" | "refuse" }>;
type Step = Write | Extract<Move, { kind: "wait" }> | End;

export interface Driven {
  readonly world: World;
  /** Undefined when the process was killed. */
  readonly end: End | undefined;
  readonly writes: readonly Write[];
  readonly violations: readonly string[];
  readonly looks: number;
}

/** More looks than any run needs: a decision that goes round in circles ends here. */
const MAX_LOOKS = 3_000;
const LOOK_MS = 200;
/** The controller's limits for a write to show: a rollback goes on without. */
const UNSEEN_MS = 60_000;
const UNSEEN_BY_ROLLBACK_MS = 2_000;

/** One process at work on a phase: a look, then what follows from it. What it remembers dies with it. */
class Process {
  readonly target: Target;
  readonly writes: Write[] = [];
  readonly violations: string[] = [];
  readonly #run: Drive;
  readonly #plan: Plan;
  #evidence: Evidence = {};
  #unseen: { readonly write: Write; readonly sinceMs: number } | undefined;

  constructor(target: Target, run: Drive, startedAtMs: number) {
    this.target = target;
    this.#run = run;
    this.#plan = { ...run.plan, startedAtMs };
  }

  /** What to do about the world as it looks; undefined while the last write does not show. */
  look(world: World): Step | undefined {
    const seen = observe(world);
    if (this.#unseen && !this.#shows(this.#unseen, world)) {
      const { write, sinceMs } = this.#unseen;
      return world.nowMs - sinceMs > UNSEEN_MS
        ? { kind: "refuse", reason: `the write does not show: ${write.reason}` }
        : undefined;
    }
    this.#unseen = undefined;
    for (;;) {
      const move = decide(this.#plan, this.target, seen, this.#evidence, world.nowMs);
      if (move.kind !== "measure") return move;
      this.#evidence = { ...this.#evidence, [move.question.kind]: this.#run.answer(move.question, world) };
    }
  }

  act(world: World, step: Write | Extract<Move, { kind: "wait" }>): World {
    if (!isWrite(step)) {
      this.#evidence = afterWait(this.#evidence, step.doubt, world.nowMs);
      const leftMs = Math.max(50, (step.untilMs ?? Number.POSITIVE_INFINITY) - world.nowMs);
      return tick(world, Math.min(this.#run.paceMs, leftMs));
    }
    const after = applyOrDrift(world, this.#plan, step);
    if (after === world) return world;
    this.writes.push(step);
    this.violations.push(...violationsOf(world, after, this.#plan, step, this.target));
    this.#unseen = { write: step, sinceMs: world.nowMs };
    return after;
  }

  #shows({ write, sinceMs }: { readonly write: Write; readonly sinceMs: number }, world: World): boolean {
    if (this.target === "rollback" && world.nowMs - sinceMs > UNSEEN_BY_ROLLBACK_MS) return true;
    return tookEffect(write, this.#plan.rollout, observe(world));
  }
}

/** One process that drives the world to `target`, as the controller does, or until it is killed. */
export function drive(target: Target, start: World, run: Drive): Driven {
  const process = new Process(target, run, start.nowMs);
  const { writes, violations } = process;
  const limit = run.killAfterLooks ?? MAX_LOOKS;
  let world = start;
  for (let looks = 1; looks <= limit; looks++) {
    world = run.befall(tick(world, LOOK_MS));
    const step = process.look(world);
    if (step && isEnd(step)) return { world, end: step, writes, violations, looks };
    if (step) world = process.act(world, step);
  }
  if (run.killAfterLooks === undefined)
    throw new Error(`${target} went on for ${MAX_LOOKS} looks without an end`);
  return { world, end: undefined, writes, violations, looks: limit };
}

/**
 * Two processes at once, from two jobs. `turns` says, over and over, which of them has the next look or the
 * next write: between one's look and its write the other may do anything.
 */
export function driveBoth(
  targets: readonly [Target, Target],
  start: World,
  run: Drive,
  turns: readonly (0 | 1)[],
): {
  readonly world: World;
  readonly ends: readonly (End | undefined)[];
  readonly violations: readonly string[];
} {
  const processes = targets.map((target) => new Process(target, run, start.nowMs));
  const steps: (Step | undefined)[] = [undefined, undefined];
  const ends: (End | undefined)[] = [undefined, undefined];
  let world = start;
  for (let turn = 0; turn < 4 * MAX_LOOKS && ends.includes(undefined); turn++) {
    const wanted = turns[turn % turns.length] ?? 0;
    const index = ends[wanted] ? 1 - wanted : wanted;
    const process = processes[index];
    const step = steps[index];
    steps[index] = undefined;
    if (!process) break;
    if (step && !isEnd(step)) {
      world = process.act(world, step);
      continue;
    }
    world = run.befall(tick(world, LOOK_MS));
    const next = process.look(world);
    if (next && isEnd(next)) ends[index] = next;
    else steps[index] = next;
  }
  return { world, ends, violations: processes.flatMap((process) => process.violations) };
}

/**
 * A process at work, and beside it one that looks whenever the first one does; each time that it ends, another
 * begins. Says how those ended, and what they would have written.
 */
export function driveBeside(
  target: Target,
  bystander: Target,
  start: World,
  run: Drive,
): { readonly driven: Driven; readonly ends: readonly End[]; readonly writes: readonly Write[] } {
  const ends: End[] = [];
  const writes: Write[] = [];
  let beside = new Process(bystander, run, start.nowMs);
  const befall = (world: World): World => {
    const next = run.befall(world);
    const step = beside.look(next);
    if (step && isEnd(step)) {
      ends.push(step);
      beside = new Process(bystander, run, next.nowMs);
    } else if (step && isWrite(step)) writes.push(step);
    else if (step) beside.act(next, step);
    return next;
  };
  return { driven: drive(target, start, { ...run, befall }), ends, writes };
}

function isEnd(step: Step): step is End {
  return !isWrite(step) && step.kind !== "wait";
}

/** A write against a look that was stale is refused; the next look knows better. */
function applyOrDrift(world: World, plan: Plan, write: Write): World {
  try {
    return apply(world, plan, write);
  } catch (error) {
    if (error instanceof Refused) return world;
    throw error;
  }
}
