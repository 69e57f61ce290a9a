import { capacityFor } from "../capacity.ts";
import type { Scene } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { formatDuration } from "../spec/duration.ts";
import { judgeStops } from "../task-stops.ts";

/**
 * Waits until a new task set carries `percent` of the traffic, as long as `timeouts.stage` from its creation, or from
 * `sinceMs`; it is given up sooner where its tasks keep stopping. Undefined once it does.
 */
export function becomeHealthy(
  { plan, observation, nowMs }: Scene,
  fresh: ObservedTaskSet,
  percent: number,
  sinceMs = fresh.createdAtMs,
): Move | undefined {
  const stops = judgeStops(fresh.stops, 0);
  if (stops.kind === "give-up")
    return { kind: "roll-back", gate: "tasks", reason: stops.reason, hint: stops.hint };
  const capacity = capacityFor(plan, fresh, observation.service.desiredCount, percent);
  if (capacity.kind === "enough") return undefined;
  const timeoutMs = plan.spec.timeouts.stage;
  const deadlineMs = sinceMs + timeoutMs;
  return nowMs < deadlineMs
    ? { kind: "wait", reason: capacity.reason, untilMs: deadlineMs }
    : overdue(timeoutMs, capacity.reason);
}

function overdue(timeoutMs: number, reason: string): Move {
  return {
    kind: "roll-back",
    gate: "health",
    reason: `the new version was not healthy within ${formatDuration(timeoutMs)}: ${reason}`,
    hint: "See the stopped tasks and the target group's health reasons; timeouts.stage sets how long to wait.",
  };
}
