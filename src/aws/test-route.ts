import { DescribeLoadBalancersCommand, type RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { SluiceError } from "../core/errors.ts";
import { listenerArnOf } from "../core/spec/elb-arn.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";
import { loadBalancerOf } from "./infrastructure.ts";
import { readListeners, readRules } from "./routes.ts";

/** How smoke checks reach the new version: a base URL, and the headers that the test rule asks for. */
export interface TestAddress {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** From the spec where it says so, else from the listener, the load balancer's name and the rule's conditions. */
export async function readTestAddress(clients: Clients, spec: ServiceSpec): Promise<TestAddress> {
  const { test } = spec.traffic;
  const ruleArn = test["listener-rule"];
  const listenerArn = test.listener ?? listenerArnOf(ruleArn ?? "");
  const [[listener], [rule], balancers] = await Promise.all([
    readListeners(clients, [listenerArn]),
    readRules(clients, ruleArn ? [ruleArn] : []),
    call("elasticloadbalancing:DescribeLoadBalancers", () =>
      clients.elb.send(new DescribeLoadBalancersCommand({ LoadBalancerArns: [loadBalancerOf(listenerArn)] })),
    ),
  ]);
  const name = balancers.LoadBalancers?.[0]?.DNSName;
  if (!listener || !name) {
    throw new SluiceError("configuration", `the test route's listener ${listenerArn} does not exist`);
  }
  const scheme = listener.Protocol === "HTTPS" ? "https" : "http";
  return {
    url: test.url ?? `${scheme}://${name}:${listener.Port}`,
    headers: { ...headersOf(rule?.Conditions ?? []), ...test.headers },
  };
}

/** One value of each condition is enough; a wildcard stands for a letter, since any will do. */
function headersOf(conditions: readonly RuleCondition[]): Readonly<Record<string, string>> {
  const pairs = conditions.flatMap((condition): (readonly [string, string | undefined])[] => {
    if (condition.Field === "http-header") {
      const { HttpHeaderName, Values } = condition.HttpHeaderConfig ?? {};
      return [[HttpHeaderName ?? "", Values?.[0]]];
    }
    if (condition.Field === "host-header") {
      return [["host", condition.HostHeaderConfig?.Values?.[0] ?? condition.Values?.[0]]];
    }
    return [];
  });
  return Object.fromEntries(
    pairs.flatMap(([name, value]) => (name && value ? [[name, value.replaceAll(/[*?]/g, "x")]] : [])),
  );
}
