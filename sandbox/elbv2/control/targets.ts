import { isIPv4 } from "node:net";
import type {
  DeregisterTargetsInput,
  DescribeTargetHealthInput,
  DescribeTargetHealthOutput,
  RegisterTargetsInput,
  TargetDescription,
  TargetHealth,
  TargetHealthDescription,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { TargetHealthReasonEnum, TargetHealthStateEnum } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { TargetId } from "../../ports.ts";
import { AwsError, type Operation } from "../../wire/service.ts";
import type { HealthWords } from "../targets/health.ts";
import type { TargetRegistry } from "../targets/registry.ts";
import { type Model, requireTargetGroup, type TargetGroupRecord } from "./model.ts";
import { checkRange } from "./validation.ts";

export function targetOperations(
  model: Model,
  registry: TargetRegistry,
): Readonly<Record<string, Operation>> {
  return {
    RegisterTargets(input: RegisterTargetsInput) {
      const group = requireTargetGroup(model, input.TargetGroupArn);
      const targets = (input.Targets ?? []).map((target) => acceptTarget(group, target));
      for (const target of targets) registry.register(group.arn, target);
      return {};
    },
    DeregisterTargets(input: DeregisterTargetsInput) {
      const group = requireTargetGroup(model, input.TargetGroupArn);
      for (const target of input.Targets ?? []) void registry.deregister(group.arn, targetId(group, target));
      return {};
    },
    DescribeTargetHealth(input: DescribeTargetHealthInput): DescribeTargetHealthOutput {
      const group = requireTargetGroup(model, input.TargetGroupArn);
      const targets = input.Targets?.length
        ? input.Targets.map((target) => targetId(group, target))
        : registry.members(group.arn).map((member) => member.target);
      return {
        TargetHealthDescriptions: targets.map((target) =>
          describe(group, target, registry.describe(group.arn, target)),
        ),
      };
    },
  };
}

const targetId = (group: TargetGroupRecord, target: TargetDescription): TargetId => ({
  id: target.Id ?? "",
  port: target.Port ?? group.port,
  ...(target.AvailabilityZone === undefined ? {} : { zone: target.AvailabilityZone }),
});

function acceptTarget(group: TargetGroupRecord, target: TargetDescription): TargetId {
  const accepted = targetId(group, target);
  checkRange("Target port", accepted.port, 1, 65_535);
  if (group.targetType === "ip" && !isIPv4(accepted.id)) {
    throw new AwsError("InvalidTarget", `The IP address '${accepted.id}' is not a valid IPv4 address`);
  }
  if (group.targetType === "instance" && !/^i-[0-9a-z]+$/.test(accepted.id)) {
    throw new AwsError("InvalidTarget", `The target '${accepted.id}' is not a valid instance`);
  }
  return accepted;
}

function describe(group: TargetGroupRecord, target: TargetId, words: HealthWords): TargetHealthDescription {
  const { port } = group.healthCheck;
  return {
    Target: {
      Id: target.id,
      Port: target.port,
      ...(target.zone === undefined ? {} : { AvailabilityZone: target.zone }),
    },
    HealthCheckPort: port === "traffic-port" ? String(target.port) : port,
    TargetHealth: healthOf(words),
  };
}

function healthOf(words: HealthWords): TargetHealth {
  const State = Object.values(TargetHealthStateEnum).find((state) => state === words.state);
  const Reason = Object.values(TargetHealthReasonEnum).find((reason) => reason === words.reason);
  return {
    State,
    ...(Reason === undefined ? {} : { Reason }),
    ...(words.description === undefined ? {} : { Description: words.description }),
  };
}
