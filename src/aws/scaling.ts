import {
  DescribeScalableTargetsCommand,
  RegisterScalableTargetCommand,
  type ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import { SluiceError } from "../core/errors.ts";
import type { ObservedScaling, ServiceTags } from "../core/observation.ts";
import type { Clients } from "./clients.ts";
import { call, isDenied, isNamed } from "./failures.ts";

/** The only dimension of an ECS service that Application Auto Scaling knows. */
const DIMENSION = "ecs:service:DesiredCount";

/** Undefined where nothing scales the service, and where the role may not look: a team without it need not grant it. */
export async function readScaling(
  clients: Clients,
  clusterArn: string,
  serviceName: string,
): Promise<ObservedScaling | undefined> {
  try {
    return toScaling(await readTarget(clients, clusterArn, serviceName));
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

/**
 * As `readScaling`, but never in anybody's way: where there is no reading, the note that a rollout left on the
 * service is believed. So a service that cannot be read for the moment keeps no traffic waiting, and whoever may
 * not look, but is to resume what a rollout suspended, fails aloud at that instead of forgetting it.
 */
export async function readScalingOrNote(
  clients: Clients,
  clusterArn: string,
  serviceName: string,
  tags: ServiceTags,
): Promise<ObservedScaling | undefined> {
  const noted = tags.scaleIn !== undefined;
  try {
    return toScaling(await readTarget(clients, clusterArn, serviceName));
  } catch (error) {
    if (isDenied(error)) return noted ? { scaleInSuspended: true } : undefined;
    if (error instanceof SluiceError && error.kind === "transient") return { scaleInSuspended: noted };
    throw error;
  }
}

/** Scaling policies may not scale in any more; scaling out and scheduled actions stay as they are. */
export async function suspendScaleIn(
  clients: Clients,
  clusterArn: string,
  serviceName: string,
): Promise<void> {
  await writeScaleIn(clients, clusterArn, serviceName, true);
}

/** Scaling policies may scale in again; scaling out and scheduled actions stay as they are. */
export async function resumeScaleIn(
  clients: Clients,
  clusterArn: string,
  serviceName: string,
): Promise<void> {
  await writeScaleIn(clients, clusterArn, serviceName, false);
}

function toScaling(target: ScalableTarget | undefined): ObservedScaling | undefined {
  return target && { scaleInSuspended: target.SuspendedState?.DynamicScalingInSuspended ?? false };
}

async function readTarget(
  clients: Clients,
  clusterArn: string,
  serviceName: string,
): Promise<ScalableTarget | undefined> {
  const { ServiceNamespace, ScalableDimension, ResourceId } = identityOf(clusterArn, serviceName);
  const answer = await call("application-autoscaling:DescribeScalableTargets", () =>
    clients.autoScaling.send(
      new DescribeScalableTargetsCommand({ ServiceNamespace, ScalableDimension, ResourceIds: [ResourceId] }),
    ),
  );
  return answer.ScalableTargets?.find((target) => target.ResourceId === ResourceId);
}

/**
 * Read, then written: a SuspendedState may replace the whole of the one before. A service that has no scalable
 * target (any more) is left alone.
 */
async function writeScaleIn(
  clients: Clients,
  clusterArn: string,
  serviceName: string,
  suspended: boolean,
): Promise<void> {
  const target = await readTarget(clients, clusterArn, serviceName);
  if (!target) return;
  const command = new RegisterScalableTargetCommand({
    ...identityOf(clusterArn, serviceName),
    SuspendedState: {
      DynamicScalingInSuspended: suspended,
      DynamicScalingOutSuspended: target.SuspendedState?.DynamicScalingOutSuspended ?? false,
      ScheduledScalingSuspended: target.SuspendedState?.ScheduledScalingSuspended ?? false,
    },
  });
  try {
    await call("application-autoscaling:RegisterScalableTarget", () => clients.autoScaling.send(command));
  } catch (error) {
    throw explained(error);
  }
}

/** Callers must be allowed what scaling would do; AWS checks that, and calls what is missing a validation error. */
function explained(error: unknown): unknown {
  if (!(error instanceof SluiceError)) return error;
  if (isNamed(error, "ConcurrentUpdateException"))
    return new SluiceError("transient", error.message, { cause: error.cause });
  if (!isDenied(error) && !isNamed(error, "ValidationException")) return error;
  const hint =
    "Allow application-autoscaling:RegisterScalableTarget, and ecs:UpdateService on the service, to the role (docs/how-to/permissions.md).";
  return new SluiceError("aws", error.message, { hint, cause: error.cause });
}

function identityOf(clusterArn: string, serviceName: string) {
  const cluster = clusterArn.slice(clusterArn.lastIndexOf("/") + 1);
  return {
    ServiceNamespace: "ecs",
    ResourceId: `service/${cluster}/${serviceName}`,
    ScalableDimension: DIMENSION,
  } as const;
}
