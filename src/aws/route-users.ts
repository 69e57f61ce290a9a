import {
  type Listener,
  paginateDescribeListeners,
  type Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Infrastructure, RouteUser } from "../core/preflight/infrastructure.ts";
import type { CohortTags } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { readCohortTags } from "./cohorts.ts";
import { call, isDenied, isNamed } from "./failures.ts";
import { observeRoute, readRulesOf } from "./routes.ts";
import { countConditions } from "./rule-conditions.ts";

/** Every listener's default action and every rule of the load balancers. */
export async function readUsers(
  clients: Clients,
  balancerArns: readonly string[],
): Promise<Infrastructure["users"]> {
  const listeners = await collect("elasticloadbalancing:DescribeListeners", balancerArns, async (arn) => {
    const found: Listener[] = [];
    const pages = paginateDescribeListeners({ client: clients.elb }, { LoadBalancerArn: arn });
    for await (const page of pages) found.push(...(page.Listeners ?? []));
    return found;
  });
  const rules = await collect(
    "elasticloadbalancing:DescribeRules",
    listeners.map((listener) => listener.ListenerArn ?? ""),
    (arn) => readRulesOf(clients, arn),
  );
  return [...listeners.map(ofListener), ...rules.filter((rule) => !rule.IsDefault).map(ofRule)];
}

/**
 * The same users, those that are cohort rules marked as such. Asked are only rules that are not `listed` and lead to
 * one of `groupArns`: while no rollout with a cohort is under way, there is none.
 */
export async function markCohorts(
  clients: Clients,
  users: Infrastructure["users"],
  listed: readonly string[],
  groupArns: readonly string[],
): Promise<Infrastructure["users"]> {
  const candidates = users.filter(
    (user) =>
      user.rule && !listed.includes(user.arn) && user.groupArns.some((arn) => groupArns.includes(arn)),
  );
  const tags = await readTagsIfAllowed(
    clients,
    candidates.map((user) => user.arn),
  );
  return users.map((user) => {
    const cohort = tags.get(user.arn);
    return cohort ? { ...user, cohort } : user;
  });
}

/** A role that may not read tags has made no cohort rule; it must still be able to roll back. */
async function readTagsIfAllowed(clients: Clients, ruleArns: readonly string[]) {
  try {
    return await readCohortTags(clients, ruleArns);
  } catch (error) {
    if (isDenied(error)) return new Map<string, CohortTags>();
    throw error;
  }
}

function ofListener({ ListenerArn, DefaultActions = [] }: Listener): RouteUser {
  return describeUser(ListenerArn ?? "", DefaultActions);
}

function ofRule({ RuleArn, Actions = [], Conditions = [], Priority }: Rule): RouteUser {
  const rule = { ...countConditions(Conditions), priority: Number(Priority) };
  return { ...describeUser(RuleArn ?? "", Actions), rule };
}

function describeUser(arn: string, actions: NonNullable<Rule["Actions"]>): RouteUser {
  const { weights } = observeRoute({ kind: "listener-rule", arn }, actions);
  const byOidc = actions.some((action) => action.Type === "authenticate-oidc");
  return {
    arn,
    groupArns: weights.map((entry) => entry.groupArn),
    ...(byOidc ? { signsInByOidc: true } : {}),
  };
}

/** Of a load balancer that does not exist there is nothing; `preflight` says so of its routes. */
async function collect<T>(
  operation: string,
  arns: readonly string[],
  read: (arn: string) => Promise<readonly T[]>,
): Promise<T[]> {
  const found = await Promise.all(
    arns.map(async (arn) => {
      try {
        return await call(operation, () => read(arn));
      } catch (error) {
        if (isNamed(error, "LoadBalancerNotFoundException", "ListenerNotFoundException")) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}
