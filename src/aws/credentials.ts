import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from "@aws-sdk/client-sts";
import type { AwsCredentialIdentity } from "@smithy/types";
import { SluiceError } from "../core/errors.ts";
import { roleFailure } from "./credential-failures.ts";
import { call } from "./failures.ts";

export interface WebIdentityOptions {
  readonly roleArn: string;
  /** Shows in CloudTrail; AWS allows 2 to 64 letters, digits and _ = , . @ - +. See `sessionNameOf`. */
  readonly sessionName: string;
  /** Undefined: the environment's. */
  readonly region: string | undefined;
  /** A new OIDC token each time: one of GitHub's lasts some minutes. Throws SluiceError. */
  readonly fetchToken: () => Promise<string>;
  readonly nowMs: () => number;
}

/** Credentials of a role for any number of clients, renewed before they end. */
export interface RoleCredentials {
  /** Throws SluiceError: "transient" when a new session may be had later. */
  (): Promise<AwsCredentialIdentity>;
  /** The SDK keeps credentials for each client and renews them on its own terms, unless told that this is done. */
  readonly memoized: true;
  /** AWS calls the session of this key ended, whatever the clock says: the next call gets another. */
  forget(accessKeyId: string): void;
}

interface Session {
  readonly identity: AwsCredentialIdentity;
  /** From here on a new one is asked for … */
  readonly renewAtMs: number;
  /** … and if none can be had, this one is used until here: a signed request may be on its way for a while. */
  readonly lastUseMs: number;
}

/** As the SDK has it (`EXPIRATION_MS` in @smithy/core); shorter for sessions that are short themselves. */
const RENEW_BEFORE_END_MS = 300_000;
const LAST_USE_BEFORE_END_MS = 60_000;
/** From one attempt to the next while the present session still does. */
const RETRY_MS = 10_000;
const REQUEST = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/**
 * AssumeRoleWithWebIdentity with a fresh token whenever less than five minutes (of a short session: a third of
 * it) are left. All clients share one session. Nobody waits for a renewal while the present session lasts, and
 * one that fails then is no trouble; a session that has ended is never used.
 */
export function webIdentityCredentials(options: WebIdentityOptions): RoleCredentials {
  const { nowMs } = options;
  let session: Session | undefined;
  let pending: Promise<Session> | undefined;
  let retryAtMs = 0;

  const renew = (): Promise<Session> => {
    pending ??= assumeRole(options)
      .then((renewed) => {
        session = renewed;
        retryAtMs = 0;
        return renewed;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
  const renewInGoodTime = (): void => {
    if (nowMs() < retryAtMs) return;
    retryAtMs = nowMs() + RETRY_MS;
    renew().catch(() => undefined);
  };
  const credentials = async (): Promise<AwsCredentialIdentity> => {
    const present = session;
    if (!present || nowMs() >= present.lastUseMs) return (await renew()).identity;
    if (nowMs() >= present.renewAtMs) renewInGoodTime();
    return present.identity;
  };
  const forget = (accessKeyId: string): void => {
    if (session?.identity.accessKeyId === accessKeyId) session = undefined;
  };
  return Object.assign(credentials, { memoized: true, forget } as const);
}

/** "sluice-…" of a rollout's name, in the characters that AWS allows. */
export function sessionNameOf(rollout: string): string {
  return `sluice-${rollout}`.replaceAll(/[^\w+=,.@-]/g, "-").slice(0, 64);
}

async function assumeRole({ roleArn, sessionName, region, fetchToken, nowMs }: WebIdentityOptions) {
  const token = await fetchToken();
  const sts = new STSClient({ requestHandler: REQUEST, ...(region ? { region } : {}) });
  try {
    const answer = await call("sts:AssumeRoleWithWebIdentity", () =>
      sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roleArn,
          RoleSessionName: sessionName,
          WebIdentityToken: token,
        }),
      ),
    );
    return toSession(answer.Credentials, nowMs());
  } catch (error) {
    throw roleFailure(error, roleArn, token);
  } finally {
    sts.destroy();
  }
}

function toSession(given: Credentials | undefined, nowMs: number): Session {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new SluiceError("transient", "sts:AssumeRoleWithWebIdentity answered without credentials");
  }
  const endMs = Expiration.getTime();
  const lifeMs = Math.max(0, endMs - nowMs);
  return {
    identity: {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    },
    renewAtMs: endMs - Math.min(RENEW_BEFORE_END_MS, lifeMs / 3),
    lastUseMs: endMs - Math.min(LAST_USE_BEFORE_END_MS, lifeMs / 6),
  };
}
