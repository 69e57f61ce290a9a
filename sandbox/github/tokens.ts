import { GitHubError } from "./errors.ts";

export type Level = "none" | "read" | "write";
/** As under `permissions:` in a workflow: "deployments: write". What is not named is "none". */
export type Permissions = Readonly<Record<string, Level>>;

export interface Token {
  /** Who acts with it. */
  readonly login: string;
  permissions: Permissions;
}

/** What GitHub's reference asks for, by operation. */
const NEEDS: Readonly<Record<string, readonly [permission: string, level: Level]>> = {
  "actions/create-workflow-dispatch": ["actions", "write"],
  "actions/get-pending-deployments-for-run": ["actions", "read"],
  "actions/get-reviews-for-run": ["actions", "read"],
  "actions/get-workflow-run": ["actions", "read"],
  "actions/list-jobs-for-workflow-run": ["actions", "read"],
  "actions/list-jobs-for-workflow-run-attempt": ["actions", "read"],
  "repos/compare-commits-with-basehead": ["contents", "read"],
  "repos/create-deployment": ["deployments", "write"],
  "repos/create-deployment-status": ["deployments", "write"],
  "repos/get-all-deployment-protection-rules": ["actions", "read"],
  "repos/get-all-environments": ["actions", "read"],
  "repos/get-commit": ["contents", "read"],
  "repos/get-deployment": ["deployments", "read"],
  "repos/get-deployment-status": ["deployments", "read"],
  "repos/get-environment": ["actions", "read"],
  "repos/list-deployment-statuses": ["deployments", "read"],
  "repos/list-deployments": ["deployments", "read"],
};

/** Who sends the request, by its `authorization` header: "token X" or "Bearer X". */
export function identify(tokens: ReadonlyMap<string, Token>, authorization: string | undefined): Token {
  if (authorization === undefined) throw new GitHubError(401, "Requires authentication");
  const [, key = ""] = /^(?:token|bearer) (\S+)$/i.exec(authorization) ?? [];
  const token = tokens.get(key);
  if (!token) throw new GitHubError(401, "Bad credentials");
  return token;
}

/** Throws 403 where the token lacks the permission; in a public repository everybody may read. */
export function authorize({ permissions }: Token, operationId: string, isPrivate: boolean): void {
  const need = NEEDS[operationId];
  if (!need) throw new Error(`Nobody knows which permission ${operationId} needs`);
  const [permission, level] = need;
  const has = permissions[permission] ?? "none";
  if (has === "write" || has === level || (level === "read" && !isPrivate)) return;
  const headers = { "x-accepted-github-permissions": `${permission}=${level}` };
  throw new GitHubError(403, "Resource not accessible by integration", {}, headers);
}
