import type { GroupWeight, RouteRef } from "./observation.ts";
import type { Cohort } from "./steps.ts";
import type { Tags } from "./tags.ts";
import type { Doubt } from "./verdict.ts";

/** `aborted`: the tag's value, the rollout that may not ship any more first. */
export interface TakenBackMark {
  readonly aborted?: string;
}

export interface WeightedRoute extends RouteRef {
  readonly weights: readonly GroupWeight[];
}

/** One write to AWS. Done twice, each leaves what it leaves done once. */
export type Write =
  | {
      readonly kind: "create-task-set";
      readonly groupArn: string;
      /** Undefined where it is the service's first. */
      readonly stableArn: string | undefined;
      readonly scalePercent: number;
      readonly reason: string;
    }
  | {
      readonly kind: "scale-task-set";
      readonly taskSetArn: string;
      readonly scalePercent: number;
      /**
       * Where the old set shrinks: what the routes were seen to say. If one says otherwise by then, or the
       * rollout was taken back meanwhile, nothing is written.
       */
      readonly whileRoutes?: readonly WeightedRoute[];
      readonly reason: string;
    }
  | {
      readonly kind: "set-weights";
      readonly route: RouteRef;
      /** What was observed. If the route says otherwise when it is to be written, that is drift. */
      readonly from: readonly GroupWeight[];
      readonly to: readonly GroupWeight[];
      /** Written to the service right after, with a step of weight 0 as of then: no later look could tell when. */
      readonly mark?: TakenBackMark;
      readonly reason: string;
    }
  /** A rule before a production route that sends a cohort to `groupArn`. */
  | {
      readonly kind: "create-cohort";
      readonly routeArn: string;
      /** Which of the spec's route steps it serves, from 0. */
      readonly step: number;
      readonly cohort: Cohort;
      readonly groupArn: string;
      readonly reason: string;
    }
  | {
      readonly kind: "delete-cohort";
      readonly ruleArn: string;
      readonly mark?: TakenBackMark;
      readonly reason: string;
    }
  /** Application Auto Scaling may not scale in, or may again; a target without it stays as it is. */
  | { readonly kind: "suspend-scale-in"; readonly reason: string }
  | { readonly kind: "resume-scale-in"; readonly reason: string }
  | { readonly kind: "tag-service"; readonly tags: Tags; readonly reason: string }
  | { readonly kind: "untag-service"; readonly keys: readonly string[]; readonly reason: string }
  | { readonly kind: "set-primary"; readonly taskSetArn: string; readonly reason: string }
  | {
      readonly kind: "delete-task-set";
      readonly taskSetArn: string;
      readonly force: boolean;
      readonly reason: string;
    };

/** What is asked of the world outside ECS and the load balancer before the next move can be known. */
export type Question =
  | { readonly kind: "smoke"; readonly taskDefinitionArn: string }
  /** What the gates on metrics say of `canary` from `fromMs` on, beside `stable` where that stands, too. */
  | {
      readonly kind: "metrics";
      readonly canary: Subject;
      readonly stable?: Subject;
      readonly fromMs: number;
      /** Until then the new tasks are cold, and nothing that gates count says anything of the release. */
      readonly warmUntilMs?: number;
      /** The part of the spec's false alarms that may be spent on this, in (0, 1]. */
      readonly budgetShare: number;
    }
  /** Whether `stable`, alone again since `fromMs`, is as good as it was before `beforeMs`. */
  | {
      readonly kind: "recovery";
      readonly stable: Subject;
      readonly beforeMs: number;
      readonly fromMs: number;
    };

/** A task set as metrics know it. */
export interface Subject {
  readonly groupArn: string;
  readonly taskSetId: string;
  readonly taskDefinitionArn: string;
  readonly createdAtMs: number;
}

export type Move =
  | Write
  | { readonly kind: "measure"; readonly question: Question; readonly reason: string }
  /** Look again: `untilMs` is when time alone will have changed something. */
  | {
      readonly kind: "wait";
      readonly reason: string;
      readonly untilMs?: number;
      /** It waits for this to be settled; `Evidence` then says since when. */
      readonly doubt?: Doubt;
    }
  | { readonly kind: "reached"; readonly reason: string }
  /** For a person: at an approve step, or since gates `lacksEvidence` to let it pass, which no approval mends. */
  | { readonly kind: "hold"; readonly reason: string; readonly lacksEvidence?: true }
  | { readonly kind: "roll-back"; readonly reason: string; readonly gate: string; readonly hint?: string }
  | { readonly kind: "refuse"; readonly reason: string; readonly hint?: string };

const WRITES: ReadonlySet<string> = new Set<Write["kind"]>([
  "create-task-set",
  "scale-task-set",
  "set-weights",
  "create-cohort",
  "delete-cohort",
  "suspend-scale-in",
  "resume-scale-in",
  "tag-service",
  "untag-service",
  "set-primary",
  "delete-task-set",
]);

export function isWrite(move: Move): move is Write {
  return WRITES.has(move.kind);
}
