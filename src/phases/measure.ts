import type { Clients } from "../aws/clients.ts";
import { loadBalancerOf } from "../aws/infrastructure.ts";
import { readRequestCounts } from "../aws/request-counts.ts";
import { readTaskDefinition } from "../aws/task-definition.ts";
import { readTestAddress } from "../aws/test-route.ts";
import type { Question } from "../core/moves.ts";
import { imageTag, otherGroup, type Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import { formatPercent } from "../core/weights.ts";
import { judgeErrors } from "../evidence/errors.ts";
import { send } from "../evidence/http.ts";
import { runSmokeChecks } from "../evidence/smoke.ts";
import { asSluiceError, type Clock } from "./controller.ts";

/** Answers the controller's questions. A source that cannot be asked is a verdict, too: "error", never a pass. */
export function createMeasure(
  clients: Clients,
  plan: Plan,
  clock: Clock,
): (question: Question, signal: AbortSignal) => Promise<Verdict> {
  return (question, signal) =>
    question.kind === "smoke"
      ? measureSmoke(clients, plan, clock, signal, question.taskDefinitionArn)
      : measureErrors(clients, plan, clock, question);
}

async function measureSmoke(
  clients: Clients,
  plan: Plan,
  clock: Clock,
  signal: AbortSignal,
  taskDefinitionArn: string,
): Promise<Verdict> {
  const [address, { definition }] = await Promise.all([
    readTestAddress(clients, plan.spec),
    readTaskDefinition(clients, taskDefinitionArn),
  ]);
  const image =
    definition.containerDefinitions?.find(({ name }) => name === plan.imageContainer)?.image ?? "";
  return runSmokeChecks(plan.spec["smoke-checks"], {
    baseUrl: address.url,
    headers: address.headers,
    values: {
      version: plan.release.version ?? imageTag(image),
      rollout: plan.rollout,
      image,
      "task-definition": taskDefinitionArn,
    },
    deadlineMs: clock.nowMs() + plan.spec.timeouts.verify,
    send,
    nowMs: () => clock.nowMs(),
    sleep: (delayMs, until) => clock.sleep(delayMs, until),
    signal,
  });
}

async function measureErrors(
  clients: Clients,
  plan: Plan,
  clock: Clock,
  question: Extract<Question, { kind: "errors" }>,
): Promise<Verdict> {
  const gate = plan.spec.gates.errors;
  if (!gate) return { kind: "insufficient", gate: "errors", reason: "the gate is off" };
  try {
    const counts = await readRequestCounts(clients, {
      loadBalancer: loadBalancerOf(plan.routes[0]?.arn ?? "").replace(/^.*:loadbalancer\//, ""),
      groupArn: question.groupArn,
      otherGroupArn: otherGroup(plan, question.groupArn),
      fromMs: question.fromMs,
      toMs: clock.nowMs(),
      periodMs: gate.period,
    });
    return withMeasuredShare(judgeErrors(counts, gate));
  } catch (error) {
    return {
      kind: "error",
      gate: "errors",
      reason: `CloudWatch could not be asked: ${asSluiceError(error).message}`,
    };
  }
}

/** Sticky sessions and few requests make a version's share another one than its weight: what counts is measured. */
function withMeasuredShare(verdict: Verdict): Verdict {
  const { requests, otherRequests = 0 } = verdict.counts ?? { requests: 0 };
  if (requests + otherRequests === 0) return verdict;
  const percent = formatPercent((100 * requests) / (requests + otherRequests));
  return { ...verdict, reason: `${verdict.reason}; it got ${percent} of the service's requests` };
}
