import type {
  DeregisterScalableTargetRequest,
  DescribeScalableTargetsRequest,
  DescribeScalableTargetsResponse,
  RegisterScalableTargetRequest,
  RegisterScalableTargetResponse,
  ScalableTarget,
} from "@aws-sdk/client-application-auto-scaling";
import type { Ecs } from "../ecs/ecs.ts";
import type { ServiceView } from "../ecs/view.ts";
import type { Surroundings } from "../ports.ts";
import { AwsError, type Service } from "../wire/service.ts";
import { invalid, type ScaledService, scaledService, Targets } from "./targets.ts";

export interface AutoScaling {
  readonly service: Service;
  /**
   * What a scaling policy would do: sets the service's desired count, within the target's capacity, unless that
   * direction is suspended. Whether it changed anything. Throws for a service that has no scalable target.
   */
  scale(serviceName: string, desiredCount: number): Promise<boolean>;
}

type Parsed<T> = { readonly [K in keyof T]: NonNullable<T[K]> };

const PAGE_SIZE = 50;

/** Application Auto Scaling of ECS services: scalable targets, without policies and scheduled actions. */
export function createAutoScaling(
  surroundings: Surroundings,
  ecs: Pick<Ecs, "service" | "view">,
): AutoScaling {
  const targets = new Targets(surroundings);

  const scaleTo = async (service: ServiceView, desiredCount: number): Promise<boolean> => {
    if (service.desiredCount === desiredCount) return false;
    const call = { operation: "UpdateService", accessKeyId: "application-autoscaling" };
    const input = { cluster: service.cluster, service: service.name, desiredCount };
    await ecs.service.operations.UpdateService?.(input, call);
    return true;
  };
  const activeService = (wanted: ScaledService): ServiceView | undefined =>
    ecs
      .view()
      .services.find(
        ({ cluster, name, status }) =>
          cluster === wanted.cluster && name === wanted.name && status === "ACTIVE",
      );

  return {
    service: {
      name: "application-autoscaling",
      operations: {
        /** Also brings the service's desired count into the range, as AWS does. */
        async RegisterScalableTarget(
          request: Parsed<RegisterScalableTargetRequest>,
        ): Promise<RegisterScalableTargetResponse> {
          const wanted = scaledService(request);
          const service = activeService(wanted);
          if (!service) throw invalid(`ECS service doesn't exist: service/${wanted.cluster}/${wanted.name}`);
          const target = targets.register(request, surroundings.clock.nowMs());
          await scaleTo(service, within(target, service.desiredCount));
          return { ScalableTargetARN: target.ScalableTargetARN };
        },
        DescribeScalableTargets: (request: Parsed<DescribeScalableTargetsRequest>) =>
          describe(targets.all(), request),
        DeregisterScalableTarget(request: Parsed<DeregisterScalableTargetRequest>) {
          targets.deregister(request);
          return {};
        },
      },
    },
    async scale(serviceName, desiredCount) {
      const target = targets.all().find(({ ResourceId }) => ResourceId?.endsWith(`/${serviceName}`));
      const service = ecs.view().services.find(({ name }) => name === serviceName);
      if (!target || !service) throw new Error(`${serviceName} has no scalable target in the sandbox`);
      const count = within(target, desiredCount);
      const { DynamicScalingInSuspended, DynamicScalingOutSuspended } = target.SuspendedState ?? {};
      const suspended = count < service.desiredCount ? DynamicScalingInSuspended : DynamicScalingOutSuspended;
      return suspended ? false : scaleTo(service, count);
    },
  };
}

function within({ MinCapacity = 0, MaxCapacity = 0 }: ScalableTarget, desiredCount: number): number {
  return Math.min(MaxCapacity, Math.max(MinCapacity, desiredCount));
}

function describe(
  targets: readonly ScalableTarget[],
  request: Parsed<DescribeScalableTargetsRequest>,
): DescribeScalableTargetsResponse {
  const { ServiceNamespace, ResourceIds = [], ScalableDimension, MaxResults = PAGE_SIZE } = request;
  if (ScalableDimension && ResourceIds.length === 0)
    throw invalid("A resource ID is required where a scalable dimension is given");
  const found = targets.filter(
    (target) =>
      target.ServiceNamespace === ServiceNamespace &&
      (ResourceIds.length === 0 || ResourceIds.includes(target.ResourceId ?? "")) &&
      (!ScalableDimension || target.ScalableDimension === ScalableDimension),
  );
  const from = request.NextToken === undefined ? 0 : offsetOf(request.NextToken);
  const until = from + MaxResults;
  return {
    ScalableTargets: found.slice(from, until),
    ...(until < found.length ? { NextToken: Buffer.from(`offset=${until}`).toString("base64url") } : {}),
  };
}

function offsetOf(token: string): number {
  const offset = /^offset=(\d+)$/.exec(Buffer.from(token, "base64url").toString())?.[1];
  if (offset === undefined) throw new AwsError("InvalidNextTokenException", "The next token is invalid");
  return Number(offset);
}
