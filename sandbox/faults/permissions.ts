import { type Account, serviceArn } from "../arns.ts";
import type { WireCall } from "../wire/gate.ts";
import { resourcesOf } from "./resources.ts";

/** An action that IAM must allow on every one of these resources. */
export interface Permission {
  readonly action: string;
  readonly resources: readonly string[];
}

type Call = Pick<WireCall, "action" | "input">;

/**
 * What a caller must be allowed to do for this call: the action itself, tagging when it creates with tags, and
 * iam:PassRole for the roles that it hands over. GetCallerIdentity needs nothing, and who assumes a role by a
 * token has no policy yet. Not known here: the roles in
 * a task definition that is only named, for which AWS asks iam:PassRole as well.
 */
export function permissionsFor(call: Call, account: Account): readonly Permission[] {
  if (["sts:GetCallerIdentity", "sts:AssumeRoleWithWebIdentity"].includes(call.action)) return [];
  const resources = resourcesOf(call, account);
  return [
    { action: call.action, resources },
    ...tagging(call, resources),
    ...passingRoles(call),
    ...scaling(call, account),
  ];
}

/**
 * Application Auto Scaling lets nobody register what they may not scale themselves. (AWS says so with a
 * ValidationException.) Source: its user guide, "Permissions validation for API calls on target resources".
 */
function scaling({ action, input }: Call, account: Account): readonly Permission[] {
  const [kind, cluster, name] = String(input.ResourceId).split("/");
  if (action !== "application-autoscaling:RegisterScalableTarget" || kind !== "service") return [];
  const resources = [serviceArn(account, cluster ?? "*", name ?? "*")];
  return [
    { action: "ecs:DescribeServices", resources },
    { action: "ecs:UpdateService", resources },
  ];
}

function tagging(call: Call, resources: readonly string[]): readonly Permission[] {
  const tags = call.input.tags ?? call.input.Tags;
  if (!Array.isArray(tags) || tags.length === 0) return [];
  if (/^ecs:(Create|Register|Run|Start)/.test(call.action)) return [{ action: "ecs:TagResource", resources }];
  if (call.action.startsWith("elasticloadbalancing:Create")) {
    const tagged = call.action.endsWith(":CreateRule") ? resources.map(anyRuleOf) : resources;
    return [{ action: "elasticloadbalancing:AddTags", resources: tagged }];
  }
  return [];
}

/** What is tagged is the new rule, whose ARN nobody knows yet. */
function anyRuleOf(listenerArn: string): string {
  return `${listenerArn.replace(":listener/", ":listener-rule/")}/*`;
}

function passingRoles(call: Call): readonly Permission[] {
  if (call.action !== "ecs:RegisterTaskDefinition") return [];
  const roles = [call.input.taskRoleArn, call.input.executionRoleArn].filter(
    (role) => typeof role === "string",
  );
  return roles.length === 0 ? [] : [{ action: "iam:PassRole", resources: roles }];
}
