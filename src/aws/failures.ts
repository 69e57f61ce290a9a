import { isServerError, isThrottlingError, isTransientError } from "@smithy/core/retry";
import type { SdkError } from "@smithy/types";
import { SluiceError } from "../core/errors.ts";

const DENIED = /AccessDenied|UnauthorizedOperation|NotAuthorized/;
const CREDENTIALS =
  /CredentialsProviderError|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|SignatureDoesNotMatch/;
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
  if (CREDENTIALS.test(error.name)) {
    const hint = "Check the credentials of this job: are they there, for this account, and not expired?";
    return new SluiceError("aws", message, { hint, cause: error });
  }
  return new SluiceError(mayPass(error) ? "transient" : "aws", message, { cause: error });
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
