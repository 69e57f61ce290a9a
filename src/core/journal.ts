import type { Target } from "./decide.ts";
import type { ForeseenMove } from "./foresee.ts";
import type { LongJob } from "./long-jobs.ts";
import type { Write } from "./moves.ts";
import type { Observation, TaskStop } from "./observation.ts";
import type { WrittenOutcome } from "./outcome.ts";
import type { Outlook } from "./outlook.ts";
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
  /** What a person decided, as GitHub has it on record. */
  | {
      readonly kind: "decided";
      readonly what: "approved" | "rejected" | "promotion" | "rollback";
      /** A GitHub login. */
      readonly by: string;
      /** When, where GitHub says; else when it was read. */
      readonly decidedAtMs?: number;
      /** The environment that was approved. */
      readonly environment?: string;
      /** The reviewer's comment, or the reason that was given. */
      readonly comment?: string;
      /** Of a promotion: what its gates lack is let pass. */
      readonly withoutEvidence?: true;
    }
  /** A task of the new version stopped, and what it had said last; recorded once, when the release has failed. */
  | {
      readonly kind: "task-stopped";
      readonly stop: TaskStop;
      readonly logs: readonly ContainerLog[];
    }
  /** Before what serves was replaced by hand: its figures while it was new, and those right before. */
  | {
      readonly kind: "compared";
      readonly taskDefinition: string;
      readonly metrics: readonly ComparedMetric[];
      /** Why there are none, where CloudWatch could not be asked. */
      readonly missing?: string;
    }
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
  /** Of a plan: what the errors gate can see of the release at the service's traffic. */
  | { readonly kind: "outlook"; readonly outlook: Outlook }
  /** Of a plan, and of a whole rollout in one job as it begins: a job would take longer than it may. */
  | { readonly kind: "long-job"; readonly job: LongJob }
  | { readonly kind: "phase-ended"; readonly phase: Target; readonly outcome: WrittenOutcome }
  /** What the job came to in all, its rollback included; also where nothing could be planned. */
  | {
      readonly kind: "job-ended";
      readonly phase: "plan" | "rollout" | Target;
      readonly outcome: WrittenOutcome;
    };

/** The last lines of one container of a stopped task, oldest first; or why there are none. */
export interface ContainerLog {
  readonly container: string;
  readonly lines: readonly string[];
  readonly missing?: string;
}

/** One figure of a target group in two windows; undefined where CloudWatch has none. */
export interface ComparedMetric {
  /** "5xx answers" */
  readonly name: string;
  /** How to write its values. */
  readonly unit: "percent" | "milliseconds" | "per-second";
  readonly early: number | undefined;
  readonly late: number | undefined;
}

/** An event with its time; the shape of a line in the journal file, version 1. */
export type JournalLine = JournalEvent & { readonly atMs: number; readonly version: 1 };
