import { groupOf, liveSetsIn, type ServiceState } from "../state.ts";

export interface UnhealthyRequest {
  readonly targetGroupArn: string;
  /** "10.0.0.10:8080". */
  readonly target: string;
  /** The target's health when it was chosen. */
  readonly health: string;
  /** When that was. It may have ended long after, among healthy targets. */
  readonly chosenAtMs: number;
}

/**
 * A production request went to a target that was not healthy: a breach, unless nobody in the group is healthy
 * and a set that has stood there still asks for its tasks, so that they died by themselves ("fail-open").
 */
export function assessRequest(
  service: ServiceState,
  request: UnhealthyRequest,
): { readonly kind: "violation" | "fail-open"; readonly message: string } | undefined {
  const { targetGroupArn, target, health, chosenAtMs } = request;
  const group = groupOf(service, targetGroupArn);
  if (!group || !service.served || health === "healthy") return undefined;
  const diedByThemselves =
    group.emptyUntilMs >= chosenAtMs &&
    liveSetsIn(service, targetGroupArn).some((set) => set.stood && set.computedCount > 0);
  return {
    kind: diedByThemselves ? "fail-open" : "violation",
    message:
      `${service.name}: a request went to ${target} of ${group.name} while it was ${health}; ` +
      `${group.healthyCount} of ${group.registeredCount} registered targets were healthy.`,
  };
}
