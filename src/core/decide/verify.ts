import type { Scene, UnderWay } from "../decide.ts";
import type { Move } from "../moves.ts";
import { becomeHealthy } from "./health.ts";
import { firstPercent, grow } from "./size.ts";
import { testRouteMove } from "./weights.ts";

/**
 * Smoke checks have passed against the new version on the test route. Tasks of it that have died since it was staged are
 * waited for first. When the route was moved is on no record, so it is given its time to reach every load balancer node
 * from the phase's beginning on.
 */
export function decideVerify(scene: Scene, { fresh }: Pick<UnderWay, "fresh">): Move {
  const { plan, observation, evidence, nowMs } = scene;
  if (plan.spec["smoke-checks"].length === 0)
    return { kind: "reached", reason: "the spec has no smoke checks" };
  if (!evidence.smoke) {
    const percent = firstPercent(plan, observation.service.desiredCount);
    const unready =
      grow(scene, fresh, percent) ??
      becomeHealthy(scene, fresh, percent, Math.max(fresh.createdAtMs, plan.startedAtMs));
    if (unready) return unready;
    const misled = !observation.testRoute || testRouteMove(scene, fresh.targetGroupArn ?? "", "");
    if (misled) {
      return {
        kind: "refuse",
        reason: "the test route does not lead to the new version, so its checks would judge another",
        hint: "Run the stage phase again: it points the test route at the new version.",
      };
    }
    const settledMs = plan.startedAtMs + plan.spec.settle;
    if (nowMs < settledMs) {
      const reason = "the test route settles, so that no check reaches the old version";
      return { kind: "wait", reason, untilMs: settledMs };
    }
    const question = { kind: "smoke", taskDefinitionArn: fresh.taskDefinitionArn } as const;
    return { kind: "measure", question, reason: "smoke checks on the test route" };
  }
  if (evidence.smoke.kind === "healthy") return { kind: "reached", reason: evidence.smoke.reason };
  return { kind: "roll-back", gate: evidence.smoke.gate, reason: evidence.smoke.reason };
}
