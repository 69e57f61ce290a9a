import type { Target } from "./decide.ts";
import type { ForeseenMove } from "./foresee.ts";
import type { Write } from "./moves.ts";
import type { Observation } from "./observation.ts";
import type { Outcome } from "./outcome.ts";
import type { Plan } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

/** One line of the journal: everything that was seen, decided and done, in order. */
export type JournalEvent =
  /** The spec and the infrastructure are in order; this is what the phases will go by. */
  | { readonly kind: "planned"; readonly plan: Plan }
  | {
      readonly kind: "phase-begun";
      readonly phase: Target;
      readonly rollout: string;
      readonly service: string;
    }
  | { readonly kind: "observed"; readonly observation: Observation }
  | { readonly kind: "writing"; readonly write: Write }
  | { readonly kind: "verdict"; readonly verdict: Verdict }
  | { readonly kind: "waiting"; readonly reason: string; readonly untilMs?: number }
  | { readonly kind: "look-failed"; readonly message: string; readonly againInMs: number }
  | { readonly kind: "rolling-back"; readonly gate: string; readonly reason: string }
  /** What would be done `inMs` from the beginning, if all goes well; nothing was. */
  | {
      readonly kind: "foreseen";
      readonly inMs: number;
      /** How long a wait lasts. */
      readonly forMs?: number;
      readonly move: ForeseenMove;
      /** A write, as a person would make it. */
      readonly command?: string;
    }
  | { readonly kind: "phase-ended"; readonly phase: Target; readonly outcome: Outcome };

/** An event with its time; the shape of a line in the journal file, version 1. */
export type JournalLine = JournalEvent & { readonly atMs: number; readonly version: 1 };
