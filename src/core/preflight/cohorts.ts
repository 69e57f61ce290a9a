import { type ConditionCounts, freePriorities, matchCohort } from "../cohorts.ts";
import type { RouteRef } from "../observation.ts";
import { listenerArnOf, parseElbArn } from "../spec/elb-arn.ts";
import type { ServiceSpec } from "../spec/schema.ts";
import { type Cohort, stepsOf } from "../steps.ts";
import { type Infrastructure, type PlanProblem, type RouteUser, when } from "./infrastructure.ts";

/** Rules of a load balancer, default actions not counted (Quotas for your Application Load Balancers; raisable). */
const MOST_RULES = 100;

const NO_CONDITIONS: ConditionCounts = { values: 0, wildcards: 0 };

/** What keeps the rules of the spec's route steps from being created, and those that another rollout left behind. */
export function cohortProblems(
  spec: ServiceSpec,
  rollout: string,
  production: readonly RouteRef[],
  infra: Infrastructure,
): readonly PlanProblem[] {
  const cohorts = cohortsOf(spec, infra);
  const users = production.flatMap((ref) => infra.users.find((user) => user.arn === ref.arn) ?? []);
  return [
    ...leftovers(rollout, infra),
    ...(cohorts.length === 0
      ? []
      : [
          ...users.flatMap((user) => [
            ...signInProblems(user),
            ...cohorts.flatMap((cohort) => conditionProblems(user, cohort)),
            ...priorityProblems(user, cohorts.length, rollout, infra),
          ]),
          ...countProblems(users, cohorts.length, rollout, infra),
        ]),
  ];
}

/**
 * Listeners on which this rollout's cohort rules may stand: those of the production routes where the spec has
 * route steps, and wherever a cohort rule was found. The spec may have changed since.
 */
export function cohortListeners(
  spec: ServiceSpec,
  production: readonly RouteRef[],
  infra: Infrastructure,
): readonly string[] {
  const planned = cohortsOf(spec, infra).length > 0 ? production.map((ref) => ref.arn) : [];
  const found = infra.users.filter((user) => user.cohort).map((user) => user.arn);
  return [...new Set([...planned, ...found].map(listenerArnOf))];
}

function cohortsOf(spec: ServiceSpec, infra: Infrastructure): readonly Cohort[] {
  return stepsOf(spec, infra.desiredCount).flatMap((step) => (step.kind === "route" ? [step.cohort] : []));
}

/** A rollout that is still under way deletes its own; that it is under way is said elsewhere. */
function leftovers(rollout: string, infra: Infrastructure): readonly PlanProblem[] {
  return infra.users.flatMap(({ arn, cohort }) =>
    when(
      cohort !== undefined && cohort.rollout !== rollout && !infra.unfinished.includes(cohort.rollout),
      true,
      {
        subject: arn,
        message: `rollout ${cohort?.rollout} made this rule for a cohort and left it behind`,
        hint: `Roll that one back (phase rollback, rollout ${cohort?.rollout}), or delete the rule: aws elbv2 delete-rule --rule-arn ${arn}`,
      },
    ),
  );
}

function signInProblems(user: RouteUser): readonly PlanProblem[] {
  return when(user.signsInByOidc === true, true, {
    subject: user.arn,
    message:
      "it signs users in by authenticate-oidc, and a route step needs a rule with the same actions; AWS does not read the client secret back",
    hint: "Take the route steps out of the spec, or put an own rule for the cohort there by hand.",
  });
}

function conditionProblems(user: RouteUser, cohort: Cohort): readonly PlanProblem[] {
  const taken = user.rule ?? NO_CONDITIONS;
  return when(matchCohort(cohort, taken) === undefined, true, {
    subject: user.arn,
    message:
      `a rule with its conditions (${count(taken.values, "value")}, ${count(taken.wildcards, "wildcard")}) and ` +
      `those of ${cohort.kind} ${cohort.name} (${count(cohort.values.length, "value")}) would have more than AWS allows: 5 values and 5 wildcards`,
    hint: "Give the route step fewer values, or the route fewer conditions.",
  });
}

function priorityProblems(
  user: RouteUser,
  steps: number,
  rollout: string,
  infra: Infrastructure,
): readonly PlanProblem[] {
  const listenerArn = listenerArnOf(user.arn);
  const beside = infra.users.filter(
    (other) => other !== user && other.rule && listenerArnOf(other.arn) === listenerArn,
  );
  const own = beside.filter((other) => isOwn(other, rollout) && other.cohort?.routeArn === user.arn);
  const others = beside.filter((other) => !own.includes(other) && !isPassing(other, infra));
  const missing = Math.max(0, steps - own.length);
  const free = freePriorities(user.rule?.priority, prioritiesOf(own), prioritiesOf(others), missing);
  const where = user.rule ? `right before its priority ${user.rule.priority}` : "after all other rules";
  return when(free.length < missing, true, {
    subject: user.arn,
    message: `its route steps need ${count(missing, "free priority", "free priorities")} ${where}, where no other rule comes between; there ${free.length === 1 ? "is" : "are"} ${free.length}`,
    hint: "Move its rule, or the one before it (aws elbv2 set-rule-priorities), so that there is room between them.",
  });
}

function countProblems(
  users: readonly RouteUser[],
  steps: number,
  rollout: string,
  infra: Infrastructure,
): readonly PlanProblem[] {
  const balancerOf = (user: RouteUser): string => parseElbArn(user.arn)?.balancer?.id ?? "";
  return [...new Set(users.map(balancerOf))].flatMap((balancer) => {
    const rules = infra.users.filter(
      (user) =>
        user.rule && balancerOf(user) === balancer && !isOwn(user, rollout) && !isPassing(user, infra),
    ).length;
    const needed = steps * users.filter((user) => balancerOf(user) === balancer).length;
    return when(rules + needed > MOST_RULES, true, {
      subject: `load balancer ${balancer}`,
      message: `it has ${rules} rules, and the route steps need ${needed} more; AWS allows ${MOST_RULES}`,
      hint: "Delete rules that nobody needs, or take route steps out of the spec.",
    });
  });
}

function isOwn(user: RouteUser, rollout: string): boolean {
  return user.cohort?.rollout === rollout;
}

/** It goes with the rollout under way that made it, before this one needs the room. */
function isPassing(user: RouteUser, infra: Infrastructure): boolean {
  return user.cohort !== undefined && infra.unfinished.includes(user.cohort.rollout);
}

function prioritiesOf(users: readonly RouteUser[]): readonly number[] {
  return users.flatMap((user) => (user.rule ? [user.rule.priority] : []));
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}
