import type { Clients } from "../aws/clients.ts";
import { comparedWindows, readComparedMetrics } from "../aws/compared-metrics.ts";
import { loadBalancerOf } from "../aws/infrastructure.ts";
import type { ObservedTaskSet } from "../core/observation.ts";
import { shortArn } from "../core/situation.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { asSluiceError, type ControllerContext } from "./controller.ts";

const LIMIT_MS = 3_000;
const MINUTE_MS = 60_000;

/**
 * Records which figures of the version that a rollback replaces had moved: when it was new, and right before
 * `askedAtMs`, when the rollback was asked for. Takes three seconds at most; never throws.
 */
export async function compare(
  clients: Clients,
  { plan, record, clock }: Pick<ControllerContext, "plan" | "record" | "clock">,
  replaced: ObservedTaskSet,
  spec: ServiceSpec,
  askedAtMs: number,
): Promise<void> {
  const taskDefinition = shortArn(replaced.taskDefinitionArn);
  const { errors } = spec.gates;
  try {
    const query = {
      ...comparedWindows(replaced.createdAtMs, askedAtMs),
      loadBalancer: loadBalancerOf(plan.routes[0]?.arn ?? "").replace(/^.*:loadbalancer\//, ""),
      groupArn: replaced.targetGroupArn ?? "",
      periodMs: errors ? errors.period : MINUTE_MS,
      nowMs: clock.nowMs(),
    };
    const metrics = await readComparedMetrics(clients, query, AbortSignal.timeout(LIMIT_MS));
    record({ kind: "compared", taskDefinition, metrics });
  } catch (error) {
    record({ kind: "compared", taskDefinition, metrics: [], missing: asSluiceError(error).message });
  }
}
