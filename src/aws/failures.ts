import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import type { SdkError } from "@smithy/types";
import { SluiceError } from "../core/errors.ts";

const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized/;
const CREDENTIALS =
  /CredentialsProviderError|TokenProviderError|UnrecognizedClient|InvalidClientTokenId|MissingAuthenticationToken|IncompleteSignature|InvalidSignature|SignatureDoesNotMatch/;
const EXPIRED = /ExpiredToken|RequestExpired/;
const NETWORK = /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|TimeoutError|socket hang up/;

/** Runs one AWS call; whatever it throws comes out as a SluiceError that says which call it was. */
export async function call<T>(operation: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    throw error instanceof SluiceError ? error : translate(operation, error);
  }
}

/** Whether AWS said in its answer that there is no such thing, e.g. "TaskSetNotFoundException". */
export function isNamed(error: unknown, ...names: readonly string[]): boolean {
  const cause = error instanceof SluiceError ? error.cause : error;
  return cause instanceof Error && names.includes(cause.name);
}

/** Whether AWS refused the call because the role lacks the permission. */
export function isDenied(error: unknown): boolean {
  const cause = error instanceof SluiceError ? error.cause : error;
  return cause instanceof Error && DENIED.test(cause.name);
}

export function isThrottle(error: unknown): boolean {
  return error instanceof Error && isThrottlingError(error as SdkError);
}

function translate(operation: string, error: unknown): SluiceError {
  if (!(error instanceof Error))
    return new SluiceError("aws", `${operation}: ${String(error)}`, { cause: error });
  const message = `${operation}: ${error.name}: ${error.message || "no message"}`;
  if (DENIED.test(error.name)) {
    const hint = `Allow ${operation} to the role (docs/how-to/permissions.md has the whole policy).`;
    return new SluiceError("aws", message, { hint, cause: error });
  }
  const hint = credentialsHint(error);
  if (hint) return new SluiceError("aws", message, { hint, cause: error });
  return new SluiceError(mayPass(error) ? "transient" : "aws", message, { cause: error });
}

function credentialsHint(error: Error): string | undefined {
  const where =
    "In a job that is the input role-to-assume (is the variable that it comes from set?) or aws-actions/configure-aws-credentials, at a terminal aws sso login";
  if (EXPIRED.test(error.name) || (CREDENTIALS.test(error.name) && /\bexpired\b/i.test(error.message)))
    return `The credentials have expired: get new ones. ${where}.`;
  if (CREDENTIALS.test(error.name))
    return `Check the credentials: are they there, for this account, and not expired? ${where}, AWS_PROFILE or AWS_ACCESS_KEY_ID.`;
  if (error.message === "Region is missing")
    return "Give the Region: the input aws-region in a job, --region at a terminal, or AWS_REGION.";
  return undefined;
}

function mayPass(error: Error): boolean {
  const code = "code" in error ? String(error.code) : "";
  return (
    isThrottlingError(error as SdkError) ||
    isTransientError(error as SdkError) ||
    isServerError(error as SdkError) ||
    NETWORK.test(`${error.name} ${code} ${error.message}`)
  );
}
