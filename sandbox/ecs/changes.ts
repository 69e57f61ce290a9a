import type { TargetId } from "../ports.ts";

/** What happened to services and tasks. `service` is its ARN, `taskSet` the id ("ecs-svc/…"), `task` its ARN. */
export type EcsChange = { readonly atMs: number; readonly service: string } & (
  | { readonly kind: "task-set-created"; readonly taskSet: string; readonly scalePercent: number }
  | {
      readonly kind: "task-set-scaled";
      readonly taskSet: string;
      readonly fromPercent: number;
      readonly scalePercent: number;
    }
  /** Its deletion was asked for: it is DRAINING from now. */
  | { readonly kind: "task-set-deleted"; readonly taskSet: string; readonly force: boolean }
  /** Its last task has stopped, and it is no longer described. */
  | { readonly kind: "task-set-gone"; readonly taskSet: string }
  | { readonly kind: "primary"; readonly taskSet: string }
  | { readonly kind: "desired-count"; readonly fromCount: number; readonly desiredCount: number }
  | {
      readonly kind: "task-running";
      readonly taskSet: string;
      readonly task: string;
      readonly target: TargetId | undefined;
    }
  /** It is being stopped: its targets start draining now. */
  | {
      readonly kind: "task-stopping";
      readonly taskSet: string;
      readonly task: string;
      readonly reason: string;
    }
  | {
      readonly kind: "task-stopped";
      readonly taskSet: string;
      readonly task: string;
      readonly reason: string;
      readonly exitCode: number | undefined;
    }
);

export type EcsListener = (change: EcsChange) => void;
