import type {
  CreateTargetGroupInput,
  CreateTargetGroupOutput,
  DeleteTargetGroupInput,
  DescribeTargetGroupAttributesInput,
  DescribeTargetGroupAttributesOutput,
  DescribeTargetGroupsInput,
  DescribeTargetGroupsOutput,
  ModifyTargetGroupAttributesInput,
  ModifyTargetGroupAttributesOutput,
  ModifyTargetGroupInput,
  ModifyTargetGroupOutput,
  ProtocolEnum,
  TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { stableId, targetGroupArn } from "../../arns.ts";
import { AwsError, type Operation } from "../../wire/service.ts";
import { outcomeOf } from "../routing/outcome.ts";
import { attributeList, changeTargetGroup, targetGroupDefaults } from "./attributes.ts";
import { changeHealthCheck, defaultHealthCheck } from "./health-check-settings.ts";
import {
  accountOf,
  allActions,
  type ControlPlane,
  loadBalancersOf,
  type Model,
  requireLoadBalancer,
  requireTargetGroup,
  type TargetGroupRecord,
} from "./model.ts";
import { page } from "./pages.ts";
import { checkTags, putTags } from "./tags.ts";
import { checkName, checkRange, invalid } from "./validation.ts";

const PROTOCOLS = [
  "HTTP",
  "HTTPS",
  "TCP",
  "TLS",
  "UDP",
  "TCP_UDP",
] as const satisfies readonly ProtocolEnum[];

export function targetGroupOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const { model } = plane;
  return {
    CreateTargetGroup: (input: CreateTargetGroupInput): CreateTargetGroupOutput => ({
      TargetGroups: [describe(model, createTargetGroup(plane, input))],
    }),
    DescribeTargetGroups(input: DescribeTargetGroupsInput): DescribeTargetGroupsOutput {
      const { items, ...rest } = page(selected(model, input), input);
      return { TargetGroups: items.map((item) => describe(model, item)), ...rest };
    },
    ModifyTargetGroup(input: ModifyTargetGroupInput): ModifyTargetGroupOutput {
      const record = requireTargetGroup(model, input.TargetGroupArn);
      const changed = { ...record, healthCheck: changeHealthCheck(record.healthCheck, input) };
      model.targetGroups.set(record.arn, changed);
      return { TargetGroups: [describe(model, changed)] };
    },
    DeleteTargetGroup(input: DeleteTargetGroupInput) {
      deleteTargetGroup(plane, input.TargetGroupArn ?? "");
      return {};
    },
    DescribeTargetGroupAttributes: (
      input: DescribeTargetGroupAttributesInput,
    ): DescribeTargetGroupAttributesOutput => ({
      Attributes: attributeList(requireTargetGroup(model, input.TargetGroupArn).attributes),
    }),
    ModifyTargetGroupAttributes(input: ModifyTargetGroupAttributesInput): ModifyTargetGroupAttributesOutput {
      const record = requireTargetGroup(model, input.TargetGroupArn);
      const attributes = changeTargetGroup(record.attributes, input.Attributes ?? []);
      if (attributes["stickiness.enabled"] === "true") checkRulesAreSticky(model, record.arn);
      model.targetGroups.set(record.arn, { ...record, attributes });
      return { Attributes: attributeList(attributes) };
    },
  };
}

function createTargetGroup(plane: ControlPlane, input: CreateTargetGroupInput): TargetGroupRecord {
  const { model, surroundings } = plane;
  const name = input.Name ?? "";
  checkName("Target group", name);
  checkTags(input.Tags);
  const targetType = input.TargetType ?? "instance";
  if (targetType !== "instance" && targetType !== "ip") {
    throw invalid(`The sandbox has no target groups of target type '${targetType}'`);
  }
  const protocol = input.Protocol;
  if (protocol === undefined) throw invalid("A protocol must be specified");
  if (!PROTOCOLS.some((known) => known === protocol)) {
    throw invalid(`The sandbox has no target groups of protocol '${protocol}'`);
  }
  if (input.Port === undefined) throw invalid("A port must be specified");
  checkRange("Target group port", input.Port, 1, 65_535);
  const http = protocol === "HTTP" || protocol === "HTTPS";
  const record: TargetGroupRecord = {
    arn: targetGroupArn(accountOf(plane), name),
    name,
    targetType,
    protocol,
    protocolVersion: http ? (input.ProtocolVersion ?? "HTTP1") : undefined,
    port: input.Port,
    vpcId: input.VpcId ?? `vpc-${stableId(17, surroundings.accountId)}`,
    healthCheck: changeHealthCheck(defaultHealthCheck(protocol), input),
    attributes: targetGroupDefaults,
  };
  const existing = model.targetGroups.get(record.arn);
  if (existing) return sameTargetGroup(existing, record);
  model.targetGroups.set(record.arn, record);
  putTags(model, record.arn, input.Tags);
  return record;
}

/** Creating the same target group again succeeds; another one under its name is refused. */
function sameTargetGroup(existing: TargetGroupRecord, wanted: TargetGroupRecord): TargetGroupRecord {
  if (JSON.stringify({ ...existing, attributes: wanted.attributes }) === JSON.stringify(wanted))
    return existing;
  throw new AwsError(
    "DuplicateTargetGroupName",
    `A target group with the same name '${wanted.name}' exists, but with different settings`,
  );
}

/** Deleting one that is gone succeeds, as on AWS. */
function deleteTargetGroup({ model, effects }: ControlPlane, arn: string): void {
  if (!model.targetGroups.has(arn)) return;
  if (loadBalancersOf(model, arn).length > 0) {
    throw new AwsError("ResourceInUse", `Target group '${arn}' is currently in use by a listener or a rule`);
  }
  model.targetGroups.delete(arn);
  model.tags.delete(arn);
  effects.removeTargetGroup(arn);
}

function checkRulesAreSticky(model: Model, arn: string): void {
  const unsticky = allActions(model).some(({ actions }) => {
    const outcome = outcomeOf(actions);
    return (
      outcome.kind === "forward" &&
      outcome.groups.length > 1 &&
      outcome.stickySeconds === undefined &&
      outcome.groups.some((group) => group.targetGroupArn === arn)
    );
  });
  if (unsticky) {
    throw new AwsError(
      "InvalidConfigurationRequest",
      `This target group appears behind a rule with group stickiness disabled (${arn}). You must enable group stickiness before enabling target stickiness`,
    );
  }
}

function selected(model: Model, input: DescribeTargetGroupsInput): readonly TargetGroupRecord[] {
  const all = [...model.targetGroups.values()];
  const filters = [input.LoadBalancerArn, input.TargetGroupArns?.length, input.Names?.length].filter(Boolean);
  if (filters.length > 1) {
    throw invalid("Only one of load balancer ARN, target group ARNs and target group names can be specified");
  }
  if (input.TargetGroupArns?.length)
    return input.TargetGroupArns.map((arn) => requireTargetGroup(model, arn));
  if (input.LoadBalancerArn) {
    const { arn } = requireLoadBalancer(model, input.LoadBalancerArn);
    return all.filter((record) => loadBalancersOf(model, record.arn).includes(arn));
  }
  if (!input.Names?.length) return all;
  return input.Names.map((name) => {
    const found = all.find((record) => record.name === name);
    if (!found) throw new AwsError("TargetGroupNotFound", "One or more target groups not found");
    return found;
  });
}

const protocolOf = (protocol: string): ProtocolEnum =>
  PROTOCOLS.find((known) => known === protocol) ?? "HTTP";

const describe = (model: Model, record: TargetGroupRecord): TargetGroup => ({
  TargetGroupArn: record.arn,
  TargetGroupName: record.name,
  Protocol: protocolOf(record.protocol),
  Port: record.port,
  VpcId: record.vpcId,
  HealthCheckProtocol: protocolOf(record.healthCheck.protocol),
  HealthCheckPort: record.healthCheck.port,
  HealthCheckEnabled: true,
  HealthCheckIntervalSeconds: record.healthCheck.intervalSeconds,
  HealthCheckTimeoutSeconds: record.healthCheck.timeoutSeconds,
  HealthyThresholdCount: record.healthCheck.healthyThreshold,
  UnhealthyThresholdCount: record.healthCheck.unhealthyThreshold,
  HealthCheckPath: record.healthCheck.path,
  Matcher: { HttpCode: record.healthCheck.matcher },
  LoadBalancerArns: [...loadBalancersOf(model, record.arn)],
  TargetType: record.targetType,
  IpAddressType: "ipv4",
  ...(record.protocolVersion === undefined ? {} : { ProtocolVersion: record.protocolVersion }),
});
