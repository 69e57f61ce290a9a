import { SluiceError } from "../core/errors.ts";
import { isNamed } from "./failures.ts";

/** Of a new provider, or for no reason at all: STS asks GitHub for its keys and may not get them. */
const NO_KEY = /verification key/i;
const PROVIDER = "token.actions.githubusercontent.com";

/** Why the role could not be assumed, with what to look at. `token` is read for its claims, which are no secret. */
export function roleFailure(error: unknown, roleArn: string, token: string): unknown {
  if (!(error instanceof SluiceError)) return error;
  const fail = (kind: "aws" | "configuration", hint: string): SluiceError =>
    new SluiceError(kind, `${error.message} (role ${roleArn})`, { hint, cause: error.cause });
  if (mayPass(error)) return new SluiceError("transient", error.message, { cause: error.cause });
  if (isNamed(error, "AccessDenied", "AccessDeniedException")) return fail("aws", trustHint(token));
  if (isNamed(error, "InvalidIdentityToken", "InvalidIdentityTokenException")) {
    const hint = `IAM needs an identity provider https://${PROVIDER} with the audience sts.amazonaws.com, in the role's account.`;
    return fail("aws", hint);
  }
  if (isNamed(error, "ValidationError", "ValidationException"))
    return fail("configuration", "Check the input role-to-assume: the whole ARN of a role.");
  return error;
}

function mayPass(error: SluiceError): boolean {
  if (isNamed(error, "ExpiredToken", "ExpiredTokenException")) return true;
  if (isNamed(error, "IDPCommunicationError", "IDPCommunicationErrorException")) return true;
  return (
    isNamed(error, "InvalidIdentityToken", "InvalidIdentityTokenException") && NO_KEY.test(error.message)
  );
}

/** AWS does not say which condition failed, so both are given as they would have to be. */
function trustHint(token: string): string {
  const claims = claimsOf(token);
  const wanted = ["aud", "sub"].flatMap((name) => {
    const value = claims[name];
    return typeof value === "string" ? [`${PROVIDER}:${name} "${value}"`] : [];
  });
  const conditions =
    wanted.length > 0 ? wanted.join(" and ") : `${PROVIDER}:aud and :sub of this job's token`;
  return `The role's trust policy must allow sts:AssumeRoleWithWebIdentity to the provider ${PROVIDER}, with conditions that match ${conditions} (docs/how-to/permissions.md).`;
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return isRecord(payload) ? payload : {};
  } catch {
    return {};
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
