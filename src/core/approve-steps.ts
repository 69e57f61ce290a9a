import type { ServiceSpec } from "./spec/schema.ts";
import { stepsOf } from "./steps.ts";

/** The approvals that a release by the spec asks people for. */
export interface AskedApprovals {
  /** Approve steps before the last step that is less than all of the traffic. */
  readonly steps: number;
  /** Whether one comes right before all of the traffic. */
  readonly promotion: boolean;
}

/** Only canary steps can ask; how many tasks the service has changes nothing of that. */
export function askedApprovals(spec: ServiceSpec): AskedApprovals {
  const steps = stepsOf(spec, 1);
  const last = steps.findLastIndex(
    (step) => step.kind === "route" || (step.kind === "weight" && step.percent < 100),
  );
  const asks = steps.flatMap((step, index) => (step.kind === "approve" ? [index] : []));
  const before = asks.filter((index) => index < last).length;
  return { steps: before, promotion: before < asks.length };
}
