import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent } from "../../../src/core/journal.ts";
import type { Question, Write } from "../../../src/core/moves.ts";
import type { Observation } from "../../../src/core/observation.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { type Tags, takenBackTags } from "../../../src/core/tags.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import type { ControllerContext, Engine } from "../../../src/phases/controller.ts";
import { atRest } from "../core/at-rest.ts";
import { observe } from "../core/look.ts";
import { apply, Refused, tick, type World } from "../core/model.ts";
import { BLUE, GREEN, plan, RULE, spec, TEST_RULE } from "../core/world.ts";

/** A rollout in the model, driven by the real controller on a clock that only sleeping moves. */
export interface StageSet {
  world: World;
  readonly plan: Plan;
  readonly context: ControllerContext;
  readonly events: JournalEvent[];
  /** Writes that AWS took, in order. */
  readonly written: Write[];
  readonly sleepsMs: number[];
  readonly cancel: AbortController;
}

export interface Script {
  readonly plan?: Partial<Plan>;
  readonly start?: World;
  /** Before each look and each write: what fails, or changes, at that moment. */
  readonly beforeLook?: (set: StageSet) => void;
  readonly beforeWrite?: (set: StageSet, write: Write) => void;
  readonly measure?: (question: Question, set: StageSet) => Verdict | Promise<Verdict>;
  readonly wasThrottled?: () => boolean;
}

export const throttled = () => new SluiceError("transient", "ThrottlingException: Rate exceeded");
export const denied = () =>
  new SluiceError("aws", "ecs:CreateTaskSet: AccessDeniedException", { hint: "Allow ecs:CreateTaskSet." });

export function freshWorld(): World {
  return atRest({
    desiredCount: 2,
    routes: [
      {
        kind: "listener-rule",
        arn: RULE,
        sticky: false,
        weights: [
          { groupArn: BLUE, weight: 100 },
          { groupArn: GREEN, weight: 0 },
        ],
      },
    ],
    testRoute: { kind: "listener-rule", arn: TEST_RULE },
    chance: { startDelaysMs: [5_000], lagMs: 0, checkMs: 1_000 },
  });
}

export function stageSet(script: Script = {}): StageSet {
  const cancel = new AbortController();
  let looks = 0;
  const set: StageSet = {
    world: script.start ?? freshWorld(),
    plan: plan({
      spec: spec({ bake: "30s", settle: "2s", gates: { errors: { patience: "1m" } } }),
      ...script.plan,
    }),
    events: [],
    written: [],
    sleepsMs: [],
    cancel,
    get context() {
      return context;
    },
  };
  const engine: Engine = {
    observe: async (): Promise<Observation> => {
      if (looks++ > 5_000) throw new Error("the controller looks for ever");
      script.beforeLook?.(set);
      return observe(set.world);
    },
    act: async (write) => {
      script.beforeWrite?.(set, write);
      set.world = applyAsEngine(set.world, set.plan, write);
      set.written.push(write);
    },
    wasThrottled: script.wasThrottled ?? (() => false),
  };
  const context: ControllerContext = {
    plan: set.plan,
    engine,
    measure: async (question) => {
      const verdict = (await script.measure?.(question, set)) ?? {
        kind: "healthy",
        gate: question.kind,
        reason: "0 of 500 went bad",
      };
      return { verdict, each: [verdict] };
    },
    record: (event) => set.events.push(event),
    clock: {
      nowMs: () => set.world.nowMs,
      sleep: async (delayMs, signal) => {
        signal?.throwIfAborted();
        set.sleepsMs.push(delayMs);
        set.world = tick(set.world, delayMs);
        if (set.sleepsMs.length > 5_000) throw new Error("the controller goes on for ever");
        signal?.throwIfAborted();
      },
    },
    random: () => 0.5,
    signal: cancel.signal,
  };
  return set;
}

function applyAsEngine(world: World, on: Plan, write: Write): World {
  try {
    return apply(world, on, write);
  } catch (error) {
    if (error instanceof Refused)
      throw new SluiceError("refused", `${error.message}: somebody else changes it`);
    throw error;
  }
}

/** "set-weights BLUE=0 GREEN=100" and its like: what was written, short enough to read in a row. */
function shortTags(tags: Tags): string {
  const words = Object.entries(tags).map(
    ([key, value]) => `${key.replace("sluice:", "")}=${value.replace(/@.*/, "")}`,
  );
  return `tag ${words.join(" ")}`;
}

export function short(write: Write): string {
  switch (write.kind) {
    case "set-weights": {
      const weights = write.to.map(
        ({ groupArn, weight }) => `${groupArn === BLUE ? "blue" : "green"}=${weight}`,
      );
      const mark = write.mark ? ` + ${shortTags(takenBackTags(write.mark, 0))}` : "";
      return `${write.route.arn === TEST_RULE ? "test" : "weights"} ${weights.join(" ")}${mark}`;
    }
    case "tag-service":
      return shortTags(write.tags);
    case "scale-task-set":
      return `scale ${write.scalePercent}`;
    default:
      return write.kind;
  }
}

export const FORWARD_WRITES = [
  "create-task-set",
  "test green=1",
  "tag shifted=run-2 step=0",
  "weights blue=0 green=100",
  "tag step=100",
  "set-primary",
  "scale 0",
  "delete-task-set",
  "tag history=orders:2 orders:1",
  "untag-service",
] as const;

export const ROLLBACK_WRITES = [
  "weights blue=100 green=0 + tag aborted=run-2 step=0",
  "test blue=1",
  "delete-task-set",
  "untag-service",
] as const;
