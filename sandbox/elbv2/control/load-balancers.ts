import type {
  CreateLoadBalancerInput,
  CreateLoadBalancerOutput,
  DeleteLoadBalancerInput,
  DescribeLoadBalancerAttributesInput,
  DescribeLoadBalancerAttributesOutput,
  DescribeLoadBalancersInput,
  DescribeLoadBalancersOutput,
  LoadBalancer,
  ModifyLoadBalancerAttributesInput,
  ModifyLoadBalancerAttributesOutput,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { loadBalancerArn, stableId } from "../../arns.ts";
import { AwsError, type Operation } from "../../wire/service.ts";
import { attributeList, changeLoadBalancer, loadBalancerDefaults } from "./attributes.ts";
import { deleteListener } from "./listeners.ts";
import {
  accountOf,
  type ControlPlane,
  type LoadBalancerRecord,
  type Model,
  requireLoadBalancer,
} from "./model.ts";
import { page } from "./pages.ts";
import { checkTags, putTags } from "./tags.ts";
import { checkName, invalid } from "./validation.ts";

export function loadBalancerOperations(plane: ControlPlane): Readonly<Record<string, Operation>> {
  const { model } = plane;
  return {
    CreateLoadBalancer: (input: CreateLoadBalancerInput): CreateLoadBalancerOutput => ({
      LoadBalancers: [describe(plane, createLoadBalancer(plane, input))],
    }),
    DescribeLoadBalancers(input: DescribeLoadBalancersInput): DescribeLoadBalancersOutput {
      const { items, ...rest } = page(selected(model, input), input);
      return { LoadBalancers: items.map((item) => describe(plane, item)), ...rest };
    },
    DeleteLoadBalancer(input: DeleteLoadBalancerInput) {
      deleteLoadBalancer(plane, input.LoadBalancerArn ?? "");
      return {};
    },
    DescribeLoadBalancerAttributes: (
      input: DescribeLoadBalancerAttributesInput,
    ): DescribeLoadBalancerAttributesOutput => ({
      Attributes: attributeList(requireLoadBalancer(model, input.LoadBalancerArn).attributes),
    }),
    ModifyLoadBalancerAttributes(
      input: ModifyLoadBalancerAttributesInput,
    ): ModifyLoadBalancerAttributesOutput {
      const record = requireLoadBalancer(model, input.LoadBalancerArn);
      const attributes = changeLoadBalancer(record.attributes, input.Attributes ?? []);
      model.loadBalancers.set(record.arn, { ...record, attributes });
      return { Attributes: attributeList(attributes) };
    },
  };
}

/** Zones are named after the subnets in the request: the sandbox has no VPC to look them up in. */
function createLoadBalancer(plane: ControlPlane, input: CreateLoadBalancerInput): LoadBalancerRecord {
  const { model, surroundings } = plane;
  const name = input.Name ?? "";
  checkName("Load balancer", name);
  checkTags(input.Tags);
  const type = input.Type ?? "application";
  if (type === "gateway") throw invalid("The sandbox has no load balancers of type 'gateway'");
  const subnets = input.Subnets ?? (input.SubnetMappings ?? []).map((mapping) => mapping.SubnetId ?? "");
  if (type === "application" && subnets.length < 2) {
    throw invalid("At least two subnets in two different Availability Zones must be specified");
  }
  const arn = loadBalancerArn(accountOf(plane), type === "network" ? "net" : "app", name);
  const existing = [...model.loadBalancers.values()].find((other) => other.name === name);
  const record: LoadBalancerRecord = {
    arn,
    name,
    type,
    scheme: input.Scheme ?? "internet-facing",
    subnets,
    zones: subnets.map((_, index) => `${surroundings.region}${"abcdef".charAt(index % 6)}`),
    securityGroups: input.SecurityGroups ?? [],
    ipAddressType: input.IpAddressType ?? "ipv4",
    createdMs: surroundings.clock.nowMs(),
    attributes: loadBalancerDefaults,
  };
  if (existing) return sameLoadBalancer(existing, record);
  model.loadBalancers.set(arn, record);
  putTags(model, arn, input.Tags);
  return record;
}

/** Creating the same load balancer again succeeds; another one under its name is refused. */
function sameLoadBalancer(existing: LoadBalancerRecord, wanted: LoadBalancerRecord): LoadBalancerRecord {
  const same =
    existing.type === wanted.type &&
    existing.scheme === wanted.scheme &&
    existing.subnets.join() === wanted.subnets.join() &&
    existing.securityGroups.join() === wanted.securityGroups.join();
  if (same) return existing;
  throw new AwsError(
    "DuplicateLoadBalancerName",
    "A load balancer with the same name exists, but with different settings",
  );
}

/** Deletes a load balancer with its listeners and rules; deleting one that is gone succeeds, as on AWS. */
function deleteLoadBalancer(plane: ControlPlane, arn: string): void {
  const { model } = plane;
  const record = model.loadBalancers.get(arn);
  if (!record) return;
  if (record.attributes["deletion_protection.enabled"] === "true") {
    throw new AwsError(
      "OperationNotPermitted",
      `Load balancer '${arn}' cannot be deleted because deletion protection is enabled`,
    );
  }
  for (const listener of [...model.listeners.values()]) {
    if (listener.loadBalancerArn === arn) deleteListener(plane, listener.arn);
  }
  model.loadBalancers.delete(arn);
  model.tags.delete(arn);
}

function selected(model: Model, input: DescribeLoadBalancersInput): readonly LoadBalancerRecord[] {
  const all = [...model.loadBalancers.values()];
  if (input.LoadBalancerArns?.length && input.Names?.length) {
    throw invalid("Load balancer ARNs and names cannot be specified at the same time");
  }
  if (input.LoadBalancerArns?.length)
    return input.LoadBalancerArns.map((arn) => requireLoadBalancer(model, arn));
  if (!input.Names?.length) return all;
  return input.Names.map((name) => {
    const found = all.find((record) => record.name === name);
    if (!found) throw new AwsError("LoadBalancerNotFound", `Load balancers '[${name}]' not found`);
    return found;
  });
}

/** DNSName is the loopback address, where the listeners are: names of the sandbox do not resolve. */
const describe = (plane: ControlPlane, record: LoadBalancerRecord): LoadBalancer => ({
  LoadBalancerArn: record.arn,
  DNSName: "127.0.0.1",
  CanonicalHostedZoneId: "Z00000000SANDBOX",
  CreatedTime: new Date(record.createdMs),
  LoadBalancerName: record.name,
  Scheme: record.scheme,
  VpcId: `vpc-${stableId(17, plane.surroundings.accountId)}`,
  State: { Code: "active" },
  Type: record.type,
  AvailabilityZones: record.zones.map((ZoneName, index) => ({
    ZoneName,
    SubnetId: record.subnets[index],
    LoadBalancerAddresses: [],
  })),
  SecurityGroups: [...record.securityGroups],
  IpAddressType: record.ipAddressType,
});
