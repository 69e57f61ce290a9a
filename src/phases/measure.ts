import type { Clients } from "../aws/clients.ts";
import { loadBalancerOf } from "../aws/infrastructure.ts";
import { readTaskDefinition } from "../aws/task-definition.ts";
import { readTestAddress } from "../aws/test-route.ts";
import type { Question } from "../core/moves.ts";
import { imageTag, type Plan } from "../core/plan.ts";
import type { Verdict } from "../core/verdict.ts";
import { send } from "../evidence/http.ts";
import { runSmokeChecks } from "../evidence/smoke.ts";
import type { Clock, Measured } from "./controller.ts";
import { Gates } from "./gates/measure-gates.ts";
import type { SourceContext } from "./gates/sources.ts";

/** What sources have of the process that asks them. */
export interface SourceSurroundings {
  readonly clock: Clock;
  /** Where the secrets are that the spec's sources name. Default: the process's environment. */
  readonly env?: SourceContext["env"] | undefined;
}

/** Answers the controller's questions. A source that cannot be asked is a verdict, too: "error", never a pass. */
export function createMeasure(
  clients: Clients,
  plan: Plan,
  around: SourceSurroundings,
): (question: Question, signal: AbortSignal) => Promise<Measured> {
  const gates = new Gates(clients, plan, sourceContext(clients, plan, around));
  return async (question, signal) => {
    switch (question.kind) {
      case "smoke": {
        const verdict = await measureSmoke(clients, plan, around.clock, signal, question.taskDefinitionArn);
        return { verdict, each: [verdict] };
      }
      case "metrics":
        return gates.measure(question, signal);
      case "recovery":
        return gates.recovery(question, signal);
    }
  };
}

/** What the sources of a plan's gates are asked with. */
export function sourceContext(
  clients: Clients,
  { routes }: Plan,
  { clock, env = process.env }: SourceSurroundings,
): SourceContext {
  const loadBalancer = loadBalancerOf(routes[0]?.arn ?? "").replace(/^.*:loadbalancer\//, "");
  return { clients, loadBalancer, env, clock };
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
