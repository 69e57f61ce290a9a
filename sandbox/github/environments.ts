import { notFound } from "./errors.ts";
import { type Handlers, ok, text } from "./handler.ts";
import { pageOf } from "./pages.ts";
import { reviewerJson } from "./people.ts";
import {
  type EnvironmentRecord,
  isoTime,
  nodeId,
  repositoryPage,
  repositoryUrl,
  type World,
} from "./world.ts";

/** Environments and the rules that protect them. */
export function environmentHandlers(world: World): Handlers {
  return {
    "repos/get-all-environments": (request) => {
      const url = `${repositoryUrl(world)}/environments`;
      const { items, headers } = pageOf(world.environments, request, url);
      const environments = items.map((environment) => environmentJson(world, environment));
      return { ...ok({ total_count: world.environments.length, environments }), headers };
    },
    "repos/get-environment": ({ parameters }) =>
      ok(environmentJson(world, knownEnvironment(world, text(parameters, "environment_name")))),
    "repos/get-all-deployment-protection-rules": ({ parameters }) => {
      const { customRules } = knownEnvironment(world, text(parameters, "environment_name"));
      return ok({
        total_count: customRules.length,
        custom_deployment_protection_rules: customRules.map((rule) => customRuleJson(world, rule)),
      });
    },
  };
}

/** Names of environments are not case-sensitive. */
export function findEnvironment(world: World, name: string): EnvironmentRecord | undefined {
  return world.environments.find((environment) => environment.name.toLowerCase() === name.toLowerCase());
}

/** What GitHub does where a workflow or a Deployment names an environment that is not there: one without rules. */
export function findOrCreateEnvironment(world: World, name: string): EnvironmentRecord {
  return findEnvironment(world, name) ?? createEnvironment(world, { name });
}

export function createEnvironment(
  world: World,
  given: Pick<EnvironmentRecord, "name"> & Partial<Omit<EnvironmentRecord, "id" | "createdMs">>,
): EnvironmentRecord {
  const environment: EnvironmentRecord = {
    reviewers: [],
    preventSelfReview: false,
    waitTimerMinutes: 0,
    customRules: [],
    ...given,
    id: world.nextId(),
    createdMs: world.clock.nowMs(),
  };
  world.environments.push(environment);
  return environment;
}

/** What every mention of an environment has. */
export function shortEnvironmentJson(world: World, { id, name }: EnvironmentRecord): object {
  return {
    id,
    node_id: nodeId("Environment", id),
    name,
    url: `${repositoryUrl(world)}/environments/${encodeURIComponent(name)}`,
    html_url: `${repositoryPage(world)}/deployments/activity_log?environments_filter=${encodeURIComponent(name)}`,
  };
}

function knownEnvironment(world: World, name: string): EnvironmentRecord {
  const environment = findEnvironment(world, name);
  if (!environment) throw notFound();
  return environment;
}

function environmentJson(world: World, environment: EnvironmentRecord): object {
  const { createdMs, branches } = environment;
  return {
    ...shortEnvironmentJson(world, environment),
    created_at: isoTime(createdMs),
    updated_at: isoTime(createdMs),
    protection_rules: protectionRulesJson(world, environment),
    deployment_branch_policy: branches
      ? { protected_branches: branches === "protected", custom_branch_policies: branches === "selected" }
      : null,
  };
}

/** Rules of GitHub Apps are not among these: they have an operation of their own. */
function protectionRulesJson(world: World, environment: EnvironmentRecord): readonly object[] {
  const { id, reviewers, preventSelfReview, waitTimerMinutes, branches } = environment;
  const rule = (offset: number, type: string) => ({
    id: 10 * id + offset,
    node_id: nodeId("GateRule", 10 * id + offset),
    type,
  });
  return [
    ...(waitTimerMinutes > 0 ? [{ ...rule(1, "wait_timer"), wait_timer: waitTimerMinutes }] : []),
    ...(reviewers.length > 0
      ? [
          {
            ...rule(2, "required_reviewers"),
            prevent_self_review: preventSelfReview,
            reviewers: reviewers.map((reviewer) => reviewerJson(world, reviewer)),
          },
        ]
      : []),
    ...(branches ? [rule(3, "branch_policy")] : []),
  ];
}

function customRuleJson({ apiUrl }: World, { id, app }: EnvironmentRecord["customRules"][number]): object {
  return {
    id,
    node_id: nodeId("DeploymentProtectionRule", id),
    enabled: true,
    app: { id: id + 1, node_id: nodeId("App", app), slug: app, integration_url: `${apiUrl}/apps/${app}` },
  };
}
