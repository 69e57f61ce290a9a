import {
  DescribeTargetGroupAttributesCommand,
  DescribeTargetGroupsCommand,
  paginateDescribeTargetGroups,
  type TargetGroup,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Infrastructure } from "../core/preflight/infrastructure.ts";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";

const OPERATION = "elasticloadbalancing:DescribeTargetGroups";

/**
 * The target groups of the load balancers, and those of `named` that belong to none: a group that a rollback
 * took out of a sticky action hangs on no route, and AWS does not list it with its load balancer any more.
 */
export async function readGroups(
  clients: Clients,
  balancerArns: readonly string[],
  named: readonly string[],
): Promise<Infrastructure["groups"]> {
  const listed = (await Promise.all(balancerArns.map((arn) => readGroupsOf(clients, arn)))).flat();
  const unlisted = named.filter((arn) => !listed.some((group) => group.TargetGroupArn === arn));
  const detached = (await Promise.all(unlisted.map((arn) => readDetached(clients, arn)))).flat();
  return Promise.all([...listed, ...detached].map((group) => describe(clients, group)));
}

async function readGroupsOf(clients: Clients, balancerArn: string): Promise<readonly TargetGroup[]> {
  try {
    return await call(OPERATION, async () => {
      const found: TargetGroup[] = [];
      const pages = paginateDescribeTargetGroups({ client: clients.elb }, { LoadBalancerArn: balancerArn });
      for await (const page of pages) found.push(...(page.TargetGroups ?? []));
      return found;
    });
  } catch (error) {
    if (isNamed(error, "LoadBalancerNotFoundException")) return [];
    throw error;
  }
}

async function readDetached(clients: Clients, arn: string): Promise<readonly TargetGroup[]> {
  try {
    const command = new DescribeTargetGroupsCommand({ TargetGroupArns: [arn] });
    const answer = await call(OPERATION, () => clients.elb.send(command));
    return (answer.TargetGroups ?? []).filter((group) => (group.LoadBalancerArns ?? []).length === 0);
  } catch (error) {
    if (isNamed(error, "TargetGroupNotFoundException")) return [];
    throw error;
  }
}

async function describe(clients: Clients, group: TargetGroup): Promise<Infrastructure["groups"][number]> {
  const attributes = await readAttributes(clients, group.TargetGroupArn ?? "");
  return {
    arn: group.TargetGroupArn ?? "",
    loadBalancerArns: group.LoadBalancerArns ?? [],
    targetType: group.TargetType ?? "",
    deregistrationDelayMs: 1000 * Number(attributes.get("deregistration_delay.timeout_seconds") ?? 300),
    crossZone: attributes.get("load_balancing.cross_zone.enabled") !== "false",
  };
}

async function readAttributes(clients: Clients, groupArn: string): Promise<ReadonlyMap<string, string>> {
  const answer = await call("elasticloadbalancing:DescribeTargetGroupAttributes", () =>
    clients.elb.send(new DescribeTargetGroupAttributesCommand({ TargetGroupArn: groupArn })),
  );
  return new Map((answer.Attributes ?? []).map((attribute) => [attribute.Key ?? "", attribute.Value ?? ""]));
}
