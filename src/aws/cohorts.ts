import {
  type Action,
  CreateRuleCommand,
  type CreateRuleCommandInput,
  DeleteRuleCommand,
  DescribeTagsCommand,
  type Rule,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { freePriorities, type HeaderMatch, matchCohort } from "../core/cohorts.ts";
import { SluiceError } from "../core/errors.ts";
import type { Write } from "../core/moves.ts";
import type { ObservedCohort } from "../core/observation.ts";
import type { Plan } from "../core/plan.ts";
import { listenerArnOf } from "../core/spec/elb-arn.ts";
import { type CohortTags, cohortTags, parseCohort } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";
import { observeRoute, readRulesOf } from "./routes.ts";
import { countConditions, toBeWritten } from "./rule-conditions.ts";

type CreateCohort = Extract<Write, { kind: "create-cohort" }>;
type Where = Pick<Plan, "cohortListeners" | "groups" | "routes" | "testRoute">;

/** Resources that one DescribeTags takes. */
const TAGS_AT_ONCE = 20;

/**
 * The rules of `plan.cohortListeners` that a rollout made for a cohort. One DescribeRules a listener, and one
 * DescribeTags where some rule that the spec does not list leads to one of the two groups.
 */
export async function readCohorts(clients: Clients, plan: Where): Promise<readonly ObservedCohort[]> {
  const found = await Promise.all(plan.cohortListeners.map((arn) => readListenersRules(clients, arn)));
  return cohortsAmong(clients, plan, found.flat());
}

/**
 * A rule right before `write.routeArn` with that route's conditions, the cohort's own, and its actions, but
 * forwarding to `write.groupArn` alone. One that stands already is left as it is. Throws "refused" where no such
 * rule can be, and "transient" where the listener's rules changed meanwhile.
 */
export async function createCohort(
  clients: Clients,
  plan: Where & Pick<Plan, "rollout">,
  write: CreateCohort,
): Promise<void> {
  const tags: CohortTags = { rollout: plan.rollout, routeArn: write.routeArn, step: write.step };
  const listenerArn = listenerArnOf(write.routeArn);
  const rules = await readRulesOf(clients, listenerArn);
  const own = (await cohortsAmong(clients, plan, rules)).filter(
    (rule) => rule.rollout === tags.rollout && rule.routeArn === tags.routeArn,
  );
  if (own.some((rule) => rule.step === tags.step)) return;
  const route = rules.find((rule) => isRoute(rule, write.routeArn, listenerArn));
  if (!route) throw new SluiceError("transient", `${write.routeArn} is not there; looking again`);
  const ownArns = own.map((rule) => rule.ruleArn);
  const input: CreateRuleCommandInput = {
    ListenerArn: listenerArn,
    Priority: priorityBefore(route, rules, ownArns),
    Conditions: [...toBeWritten(route.Conditions ?? []), toCondition(matchFor(route, write))],
    Actions: (route.Actions ?? []).map((action) => leadingTo(action, write)),
    ...(route.Transforms ? { Transforms: route.Transforms } : {}),
    Tags: Object.entries(cohortTags(tags)).map(([Key, Value]) => ({ Key, Value })),
  };
  await createRule(clients, input);
}

export async function deleteCohort(clients: Clients, ruleArn: string): Promise<void> {
  try {
    await call("elasticloadbalancing:DeleteRule", () =>
      clients.elb.send(new DeleteRuleCommand({ RuleArn: ruleArn })),
    );
  } catch (error) {
    if (!isNamed(error, "RuleNotFoundException")) throw error;
  }
}

/** What those of `ruleArns` that are cohort rules say of themselves, by ARN. */
export async function readCohortTags(
  clients: Clients,
  ruleArns: readonly string[],
): Promise<ReadonlyMap<string, CohortTags>> {
  const chunks = Array.from({ length: Math.ceil(ruleArns.length / TAGS_AT_ONCE) }, (_, index) =>
    ruleArns.slice(index * TAGS_AT_ONCE, (index + 1) * TAGS_AT_ONCE),
  );
  return new Map((await Promise.all(chunks.map((arns) => describeTags(clients, arns)))).flat());
}

async function describeTags(
  clients: Clients,
  arns: readonly string[],
): Promise<readonly (readonly [string, CohortTags])[]> {
  try {
    const answer = await call("elasticloadbalancing:DescribeTags", () =>
      clients.elb.send(new DescribeTagsCommand({ ResourceArns: [...arns] })),
    );
    return (answer.TagDescriptions ?? []).flatMap(({ ResourceArn, Tags = [] }) => {
      const tags = parseCohort(Object.fromEntries(Tags.map(({ Key, Value }) => [Key ?? "", Value ?? ""])));
      return tags && ResourceArn ? [[ResourceArn, tags] as const] : [];
    });
  } catch (error) {
    if (!isNamed(error, "RuleNotFoundException")) throw error;
    if (arns.length <= 1) return []; // deleted meanwhile
    return (await Promise.all(arns.map((arn) => describeTags(clients, [arn])))).flat();
  }
}

async function readListenersRules(clients: Clients, listenerArn: string): Promise<readonly Rule[]> {
  try {
    return await readRulesOf(clients, listenerArn);
  } catch (error) {
    if (isNamed(error, "ListenerNotFoundException")) return [];
    throw error;
  }
}

/** Tags are asked of rules that could be: not in the spec, and leading to one of the two groups. */
async function cohortsAmong(
  clients: Clients,
  plan: Where,
  rules: readonly Rule[],
): Promise<readonly ObservedCohort[]> {
  const listed = [...plan.routes, plan.testRoute].map((ref) => ref.arn);
  const candidates = rules.flatMap((rule) => {
    const ruleArn = rule.RuleArn ?? "";
    const { weights } = observeRoute({ kind: "listener-rule", arn: ruleArn }, rule.Actions ?? []);
    const groupArn = weights.find((entry) => plan.groups.includes(entry.groupArn))?.groupArn;
    return groupArn && !rule.IsDefault && !listed.includes(ruleArn) ? [{ ruleArn, groupArn }] : [];
  });
  const ruleArns = candidates.map((candidate) => candidate.ruleArn);
  const tags = await readCohortTags(clients, ruleArns);
  return candidates.flatMap((candidate) => {
    const own = tags.get(candidate.ruleArn);
    return own ? [{ ...candidate, ...own }] : [];
  });
}

function isRoute(rule: Rule, routeArn: string, listenerArn: string): boolean {
  return routeArn === listenerArn ? rule.IsDefault === true : rule.RuleArn === routeArn;
}

function priorityBefore(route: Rule, rules: readonly Rule[], ownArns: readonly string[]): number {
  const ranked = rules.filter((rule) => !rule.IsDefault && rule.RuleArn !== route.RuleArn);
  const isOwn = (rule: Rule): boolean => ownArns.includes(rule.RuleArn ?? "");
  const [priority] = freePriorities(
    route.IsDefault ? undefined : Number(route.Priority),
    ranked.filter(isOwn).map((rule) => Number(rule.Priority)),
    ranked.filter((rule) => !isOwn(rule)).map((rule) => Number(rule.Priority)),
    1,
  );
  if (priority !== undefined) return priority;
  throw new SluiceError("refused", `${route.RuleArn}: no priority is free right before it`, {
    hint: "Move it (aws elbv2 set-rule-priorities) so that there is one, and run again.",
  });
}

function matchFor(route: Rule, { cohort }: CreateCohort): HeaderMatch {
  const match = matchCohort(cohort, countConditions(route.Conditions ?? []));
  if (match) return match;
  throw new SluiceError(
    "refused",
    `${route.RuleArn}: with its conditions and those of ${cohort.kind} ${cohort.name} a rule would have more values or wildcards than AWS allows`,
    { hint: "Give the route step fewer values." },
  );
}

function toCondition({
  name,
  values,
}: HeaderMatch): NonNullable<CreateRuleCommandInput["Conditions"]>[number] {
  return { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: name, Values: [...values] } };
}

/** All but the forward action goes over as it was read: sign-in by Cognito, token checks, and what else there is. */
function leadingTo(action: Action, { groupArn, routeArn }: CreateCohort): Action {
  if (action.Type === "authenticate-oidc") {
    throw new SluiceError("refused", `${routeArn} signs users in by authenticate-oidc`, {
      hint: "AWS does not read its client secret back, so no rule for a cohort can be given it. Take the route step out of the spec.",
    });
  }
  if (action.Type !== "forward") return action;
  return {
    Type: "forward",
    ...(action.Order === undefined ? {} : { Order: action.Order }),
    ForwardConfig: { TargetGroups: [{ TargetGroupArn: groupArn, Weight: 1 }] },
  };
}

async function createRule(clients: Clients, input: CreateRuleCommandInput): Promise<void> {
  try {
    await call("elasticloadbalancing:CreateRule", () => clients.elb.send(new CreateRuleCommand(input)));
  } catch (error) {
    if (!isNamed(error, "PriorityInUseException")) throw error;
    throw new SluiceError("transient", `priority ${input.Priority} was taken meanwhile; looking again`, {
      cause: error,
    });
  }
}
