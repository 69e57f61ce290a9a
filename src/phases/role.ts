import { type RoleCredentials, sessionNameOf, webIdentityCredentials } from "../aws/credentials.ts";
import { SluiceError } from "../core/errors.ts";
import type { Clock } from "./controller.ts";

export interface RoleRequest {
  readonly rollout: string;
  readonly region: string | undefined;
  /** The role that the process assumes itself, and again whenever its session nears the end. */
  readonly roleArn?: string | undefined;
  /** A new OIDC token of the job, each time. Throws SluiceError. */
  readonly fetchToken?: (() => Promise<string>) | undefined;
  readonly clock: Clock;
}

/** Undefined without a role: the environment's credentials then have to last. */
export function roleCredentials(request: RoleRequest): RoleCredentials | undefined {
  const { roleArn, fetchToken, rollout, region, clock } = request;
  if (!roleArn) return undefined;
  if (!fetchToken) {
    throw new SluiceError(
      "configuration",
      "a role is assumed by a job's OIDC token, and there is none here",
      {
        hint: "Give credentials in the environment instead.",
      },
    );
  }
  const nowMs = (): number => clock.nowMs();
  return webIdentityCredentials({ roleArn, sessionName: sessionNameOf(rollout), region, fetchToken, nowMs });
}
