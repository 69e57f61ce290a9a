import type { Account } from "../arns.ts";
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
 * iam:PassRole for the roles that it hands over. GetCallerIdentity needs nothing. Not known here: the roles in
 * a task definition that is only named, for which AWS asks iam:PassRole as well.
 */
export function permissionsFor(call: Call, account: Account): readonly Permission[] {
  if (call.action === "sts:GetCallerIdentity") return [];
  const resources = resourcesOf(call, account);
  return [{ action: call.action, resources }, ...tagging(call, resources), ...passingRoles(call)];
}

function tagging(call: Call, resources: readonly string[]): readonly Permission[] {
  const tags = call.input.tags ?? call.input.Tags;
  if (!Array.isArray(tags) || tags.length === 0) return [];
  if (/^ecs:(Create|Register|Run|Start)/.test(call.action)) return [{ action: "ecs:TagResource", resources }];
  if (call.action.startsWith("elasticloadbalancing:Create")) {
    return [{ action: "elasticloadbalancing:AddTags", resources }];
  }
  return [];
}

function passingRoles(call: Call): readonly Permission[] {
  if (call.action !== "ecs:RegisterTaskDefinition") return [];
  const roles = [call.input.taskRoleArn, call.input.executionRoleArn].filter(
    (role) => typeof role === "string",
  );
  return roles.length === 0 ? [] : [{ action: "iam:PassRole", resources: roles }];
}
