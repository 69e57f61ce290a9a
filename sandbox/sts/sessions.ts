import type {
  AssumeRoleWithWebIdentityRequest,
  AssumeRoleWithWebIdentityResponse,
} from "@aws-sdk/client-sts";
import { stableId } from "../arns.ts";
import type { Surroundings } from "../ports.ts";
import type { Gate } from "../wire/gate.ts";
import { AwsError } from "../wire/service.ts";

type Input = {
  readonly [K in keyof AssumeRoleWithWebIdentityRequest]: NonNullable<AssumeRoleWithWebIdentityRequest[K]>;
};

/** Sessions of roles that clients have assumed: their keys end, as AWS's do. */
export interface Sessions {
  /** Any role of the account can be assumed by any token that has not expired. */
  assume(input: Input): AssumeRoleWithWebIdentityResponse;
  /** Undefined for keys that are no session's. */
  identityOf(
    accessKeyId: string,
  ): { readonly arn: string; readonly userId: string; readonly endMs: number } | undefined;
  /** Refuses calls with keys of sessions that have ended, before `inner` hears of them. */
  gate(inner: Gate): Gate;
}

const DEFAULT_SECONDS = 3600;
const ROLE = /^arn:aws[\w-]*:iam::(\d{12}):role\/(?:[\x21-\x7e]+\/)?([\w+=,.@-]{1,64})$/;

export function createSessions(
  surroundings: Pick<Surroundings, "clock" | "accountId" | "settings">,
): Sessions {
  const { clock, accountId, settings } = surroundings;
  const sessions = new Map<string, { arn: string; userId: string; endMs: number }>();

  const assume = (input: Input): AssumeRoleWithWebIdentityResponse => {
    const role = roleOf(input.RoleArn, accountId);
    const claims = claimsOf(input.WebIdentityToken);
    const { exp, sub, aud, iss } = claims;
    if (typeof exp === "number" && exp * 1000 <= clock.nowMs()) throw expiredToken(clock.nowMs(), exp);
    const lifeSeconds = Math.min(input.DurationSeconds ?? DEFAULT_SECONDS, settings.sessionSeconds);
    const endMs = Math.floor((clock.nowMs() + 1000 * lifeSeconds) / 1000) * 1000;
    const key = stableId(64, "session", String(sessions.size + 1)).toUpperCase();
    const accessKeyId = `ASIA${key.slice(0, 16)}`;
    const AssumedRoleId = `AROA${stableId(17, "role", input.RoleArn).toUpperCase()}:${input.RoleSessionName}`;
    const Arn = `arn:aws:sts::${accountId}:assumed-role/${role}/${input.RoleSessionName}`;
    sessions.set(accessKeyId, { arn: Arn, userId: AssumedRoleId, endMs });
    return {
      Credentials: {
        AccessKeyId: accessKeyId,
        SecretAccessKey: key.slice(16, 56),
        SessionToken: `sandbox/${key}`,
        Expiration: new Date(endMs),
      },
      AssumedRoleUser: { AssumedRoleId, Arn },
      ...(typeof sub === "string" ? { SubjectFromWebIdentityToken: sub } : {}),
      ...(typeof aud === "string" ? { Audience: aud } : {}),
      ...(typeof iss === "string" ? { Provider: iss } : {}),
    };
  };
  const refusalOf = (accessKeyId: string): AwsError | undefined => {
    const session = sessions.get(accessKeyId);
    if (!session || clock.nowMs() < session.endMs) return undefined;
    return new AwsError("ExpiredToken", "The security token included in the request is expired", 403);
  };
  return {
    assume,
    identityOf: (accessKeyId) => sessions.get(accessKeyId),
    gate: (inner) => ({
      before(call) {
        const error = refusalOf(call.accessKeyId);
        return error ? { kind: "refuse", error } : inner.before(call);
      },
      after: (call) => inner.after(call),
    }),
  };
}

/** The name of a role of this account. A trust policy elsewhere trusts nobody here. */
function roleOf(roleArn: string, accountId: string): string {
  const [, account, name] = ROLE.exec(roleArn) ?? [];
  if (!name) throw new AwsError("ValidationError", "Request ARN is invalid");
  if (account === accountId) return name;
  throw new AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403);
}

function expiredToken(nowMs: number, exp: number): AwsError {
  const [now, end] = [Math.floor(nowMs / 1000), exp];
  const message = `Token expired: current date/time ${now} must be before the expiration date/time ${end}`;
  return new AwsError("ExpiredTokenException", message);
}

/** Of a JSON Web Token; its signature is not verified, and any other text has none. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return typeof payload === "object" && payload !== null ? { ...payload } : {};
  } catch {
    return {};
  }
}
