import type { ServiceSpec } from "../../core/spec/schema.ts";
import type { GitHubClient } from "../client.ts";
import type { Protection } from "../desk.ts";

const PERMISSION = "actions: read";

/** What protects an environment: its own rules, and those of GitHub Apps, which GitHub lists apart. */
export async function protectionOf(client: GitHubClient, name: string): Promise<Protection> {
  const own = await client.ask(PERMISSION, async (api, repository) => {
    const { data } = await api.repos.getEnvironment({ ...repository, environment_name: name });
    const rules = data.protection_rules ?? [];
    const [asks] = rules.flatMap((rule) => ("reviewers" in rule ? [rule] : []));
    const [waits] = rules.flatMap((rule) => ("wait_timer" in rule ? [rule] : []));
    return {
      reviewers: asks?.reviewers?.length ?? 0,
      preventsSelfReview: asks?.prevent_self_review ?? false,
      waitTimerMinutes: waits?.wait_timer ?? 0,
    };
  });
  if (own.kind === "missing") return { kind: "missing" };
  if (own.kind !== "ok") return { kind: "unknown", why: own.why };
  const custom = await client.ask(PERMISSION, async (api, repository) => {
    const { data } = await api.repos.getAllDeploymentProtectionRules({
      ...repository,
      environment_name: name,
    });
    return (data.custom_deployment_protection_rules ?? []).filter(({ enabled }) => enabled).length;
  });
  return { kind: "environment", ...own.value, customRules: custom.kind === "ok" ? custom.value : 0 };
}

/** What is wrong with an environment: a release must not begin, or a person should know. */
export interface ProtectionProblem {
  readonly kind: "refuse" | "warn";
  readonly message: string;
}

export interface EnvironmentsAsked {
  /** In which people approve. */
  readonly approval: { readonly name: string; readonly protection: Protection } | undefined;
  /** Of the jobs that act on AWS. */
  readonly acting: { readonly name: string; readonly protection: Protection } | undefined;
}

/** All that is wrong with the environments of a rollout's jobs, by what the spec expects. Pure. */
export function protectionProblems(
  expected: ServiceSpec["approvals"],
  { approval, acting }: EnvironmentsAsked,
): readonly ProtectionProblem[] {
  const severity = expected.protection;
  if (severity === "off") return [];
  const messages = [
    ...(approval ? approvalProblems(approval.name, approval.protection, expected) : []),
    ...(acting ? actingProblems(acting.name, acting.protection) : []),
  ];
  const unsure = [approval, acting].flatMap((asked) => (asked ? doubts(asked.name, asked.protection) : []));
  return [
    ...messages.map((message) => ({ kind: severity, message })),
    ...[...new Set(unsure)].map((message) => ({ kind: "warn", message }) as const),
  ];
}

function approvalProblems(
  name: string,
  protection: Protection,
  expected: ServiceSpec["approvals"],
): readonly string[] {
  const where = `input approval-environment: ${JSON.stringify(name)}`;
  if (protection.kind === "missing") {
    return [
      `${where} does not exist, and GitHub would create it without anybody to ask: create it first, with required reviewers, in the repository's settings; or leave the input out, and releases wait for the promote workflow`,
    ];
  }
  if (protection.kind === "unknown") return [];
  if (protection.reviewers === 0) {
    return [
      `${where} has no required reviewers, so nobody would be asked: give it some, in the repository's settings; or leave the input out, and releases wait for the promote workflow`,
    ];
  }
  if (!expected["prevent-self-review"] || protection.preventsSelfReview) return [];
  return [`${where} lets people approve their own runs: set "Prevent self-review" (the spec wants it)`];
}

/** A job waits for the rules of its environment before it starts: the one that rolls back, too. */
function actingProblems(name: string, protection: Protection): readonly string[] {
  if (protection.kind !== "environment") return [];
  const { reviewers, waitTimerMinutes } = protection;
  const rules = [
    ...(reviewers > 0 ? ["required reviewers"] : []),
    ...(waitTimerMinutes > 0 ? [`a wait timer of ${waitTimerMinutes} min`] : []),
  ];
  if (rules.length === 0) return [];
  return [
    `input environment: ${JSON.stringify(name)} has ${rules.join(" and ")}, for which every job of it waits, the rollback, too: name one without, and let people approve in approval-environment`,
  ];
}

function doubts(name: string, protection: Protection): readonly string[] {
  if (protection.kind === "unknown") {
    return [`how the environment ${JSON.stringify(name)} is protected is not known: ${protection.why}`];
  }
  if (protection.kind === "missing" || protection.customRules === 0) return [];
  return [
    `the environment ${JSON.stringify(name)} has custom protection rules, with which GitHub fails jobs that say \`deployment: false\``,
  ];
}
