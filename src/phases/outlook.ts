import type { Clients } from "../aws/clients.ts";
import { loadBalancerOf } from "../aws/infrastructure.ts";
import { readTraffic } from "../aws/traffic.ts";
import type { Outlook } from "../core/outlook.ts";
import type { Plan } from "../core/plan.ts";
import { stepsOf } from "../core/steps.ts";
import { rampOutlookOf } from "../evidence/gates/outlook.ts";
import { countedTrafficOf } from "../evidence/gates/traffic.ts";
import { asSluiceError } from "./controller.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** The newest two minutes of metrics may be partial. */
const UNPUBLISHED_MS = 120_000;
/** No plan waits longer for what is good to know. */
const PATIENCE_MS = 3_000;

/** What the errors gate can see of the release, at the last day's traffic. Takes three seconds at most; never throws. */
export async function readOutlook(
  clients: Clients,
  plan: Plan,
  desiredCount: number,
  nowMs: number,
): Promise<Outlook> {
  if (plan.spec.gates.errors === false)
    return { kind: "unknown", reason: "gates.errors is false, so nothing judges the new version's errors" };
  const endMs = Math.floor((nowMs - UNPUBLISHED_MS) / MINUTE_MS) * MINUTE_MS;
  const loadBalancer = loadBalancerOf(plan.routes[0]?.arn ?? "").replace(/^.*:loadbalancer\//, "");
  const query = { loadBalancer, groupArns: plan.groups, fromMs: endMs - DAY_MS, toMs: endMs };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  try {
    const traffic = countedTrafficOf(await readTraffic(clients, query, signal), endMs);
    if (!traffic)
      return { kind: "unknown", reason: "CloudWatch has no request of this service in the last day" };
    return rampOutlookOf(plan.spec, stepsOf(plan.spec, desiredCount), traffic);
  } catch (error) {
    const reason = signal.aborted
      ? "CloudWatch did not answer in 3s"
      : `CloudWatch could not be asked: ${asSluiceError(error).message}`;
    return { kind: "unknown", reason };
  }
}
