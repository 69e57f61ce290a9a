import { createHash } from "node:crypto";

/** ARNs as AWS forms them. Ids are derived from names, so a sandbox file yields the same ARNs every time. */
export interface Account {
  readonly region: string;
  readonly accountId: string;
}

/** `length` lower-case hex digits, the same for the same words. */
export function stableId(length: number, ...words: readonly string[]): string {
  return createHash("sha256").update(words.join("\u0000")).digest("hex").slice(0, length);
}

const ecs = (account: Account, resource: string): string =>
  `arn:aws:ecs:${account.region}:${account.accountId}:${resource}`;

const elb = (account: Account, resource: string): string =>
  `arn:aws:elasticloadbalancing:${account.region}:${account.accountId}:${resource}`;

export const clusterArn = (account: Account, cluster: string): string => ecs(account, `cluster/${cluster}`);

export const serviceArn = (account: Account, cluster: string, service: string): string =>
  ecs(account, `service/${cluster}/${service}`);

/** Of services that were created before long ARNs; they cannot be tagged. */
export const shortServiceArn = (account: Account, service: string): string =>
  ecs(account, `service/${service}`);

export const taskDefinitionArn = (account: Account, family: string, revision: number): string =>
  ecs(account, `task-definition/${family}:${revision}`);

/** `id` is "ecs-svc/" and 19 digits. */
export const taskSetArn = (account: Account, cluster: string, service: string, id: string): string =>
  ecs(account, `task-set/${cluster}/${service}/${id}`);

export const taskArn = (account: Account, cluster: string, id: string): string =>
  ecs(account, `task/${cluster}/${id}`);

export const targetGroupArn = (account: Account, name: string): string =>
  elb(account, `targetgroup/${name}/${stableId(16, "target-group", name)}`);

/** `kind` is "app" for an Application, "net" for a Network Load Balancer. */
export const loadBalancerArn = (account: Account, kind: "app" | "net", name: string): string =>
  elb(account, `loadbalancer/${kind}/${name}/${stableId(16, "load-balancer", name)}`);

/** `key` tells listeners of one load balancer apart: the name in a sandbox file, or the port. */
export const listenerArn = (loadBalancer: string, key: string): string =>
  `${loadBalancer.replace(":loadbalancer/", ":listener/")}/${stableId(16, "listener", loadBalancer, key)}`;

/** `key` tells rules of one listener apart: the name in a sandbox file, or a counter. */
export const ruleArn = (listener: string, key: string): string =>
  `${listener.replace(":listener/", ":listener-rule/")}/${stableId(16, "rule", listener, key)}`;
