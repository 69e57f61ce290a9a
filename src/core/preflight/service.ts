import type { ServiceSpec } from "../spec/schema.ts";
import { type Infrastructure, type PlanProblem, when } from "./infrastructure.ts";

/** Task sets that a service may have (ECS service quotas). */
const MAX_TASK_SETS = 5;

export function serviceProblems(infra: Infrastructure): readonly PlanProblem[] {
  const subject = `service ${infra.serviceArn}`;
  const live = infra.taskSets.filter((set) => set.status !== "DRAINING").length;
  return [
    ...when(infra.controller !== "EXTERNAL", false, {
      subject,
      message: `its deployment controller is ${infra.controller}; task sets need EXTERNAL`,
      hint: "The controller of a service cannot change: create a new service with deploymentController EXTERNAL.",
    }),
    ...when(infra.status !== "ACTIVE", false, {
      subject,
      message: `it is ${infra.status}`,
      hint: "Only an ACTIVE service can be released to.",
    }),
    ...when(!/:service\/[^/]+\/[^/]+$/.test(infra.serviceArn), false, {
      subject,
      message: "its ARN has the old short format, and ECS cannot tag such a service",
      hint: "Opt in to long ARNs (aws ecs put-account-setting --name serviceLongArnFormat --value enabled) and create the service anew.",
    }),
    ...when(infra.desiredCount === 0, true, {
      subject,
      message: "its desired count is 0: there would be nothing to judge, and nothing would serve",
      hint: "Set a desired count of at least 1.",
    }),
    ...when(infra.taskSets.length >= MAX_TASK_SETS, true, {
      subject,
      message: `it has ${infra.taskSets.length} task sets (${live} not draining), and AWS allows ${MAX_TASK_SETS}`,
      hint: "Delete those that serve nothing (aws ecs delete-task-set), or wait until they have drained.",
    }),
  ];
}

export function containerProblems(spec: ServiceSpec, infra: Infrastructure): readonly PlanProblem[] {
  const container = containerOf(infra);
  const serving = infra.taskSets.some((set) => set.status !== "DRAINING");
  if (!container) {
    return when(serving, false, {
      subject: "container",
      message: "the serving task set names no container behind the load balancer",
      hint: "Create its task set with loadBalancers.",
    });
  }
  const needed = [...new Set([container.name, spec.container ?? container.name])];
  const missing = needed.filter((name) => !infra.containers.includes(name));
  return when(missing.length > 0, true, {
    subject: "container",
    message: `the task definition has no container ${missing.join(" and no ")}; it has ${infra.containers.join(", ")}`,
    hint: "Correct container in the spec, or the task definition.",
  });
}

/** The container behind the load balancer; the new task set registers the same. */
export function containerOf(
  infra: Infrastructure,
): { readonly name: string; readonly port: number } | undefined {
  return infra.taskSets.find((set) => set.status !== "DRAINING" && set.container)?.container;
}
