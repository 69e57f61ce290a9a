import type { ServiceModel } from "./models.ts";
import type { AwsError } from "./service.ts";
import { errorShape } from "./shapes.ts";

/** An error as a client of one protocol meets it. */
export interface WireError {
  readonly code: string;
  readonly status: number;
  /** Its code in the Query protocol, whatever the protocol of this call. */
  readonly queryCode: string;
  readonly messageMember: string;
  readonly message: string;
  /** Whose fault it is, in AWS's words. */
  readonly fault: "Sender" | "Receiver";
}

export type ProtocolFamily = "document" | "query";

interface CommonError {
  readonly document: string;
  readonly query: string;
  readonly status: { readonly document: number; readonly query: number };
}

/** Errors that every service knows and no model lists. Source: the Common Errors page of the API references. */
const commonErrors: readonly CommonError[] = [
  common("ThrottlingException", "Throttling", 400, 400),
  common("AccessDeniedException", "AccessDenied", 400, 403),
  common("MissingAuthenticationTokenException", "MissingAuthenticationToken", 403, 403),
  common("ExpiredTokenException", "ExpiredToken", 403, 403),
  common("UnknownOperationException", "InvalidAction", 400, 400),
  common("SerializationException", "MalformedInput", 400, 400),
  common("ValidationException", "ValidationError", 400, 400),
  common("InternalFailure", "InternalFailure", 500, 500),
  common("ServiceUnavailableException", "ServiceUnavailable", 503, 503),
];

/**
 * `error` in the words of the protocol. Its code may be the name of the model's error or its Query code, the
 * two of a common error, or any other, which goes out as it is. A status other than 400 overrides the model's.
 */
export function toWireError(
  model: ServiceModel | undefined,
  error: AwsError,
  family: ProtocolFamily,
): WireError {
  const modelled = model && errorShape(model.sdk, error.code);
  const shared = commonErrors.find(({ document, query }) => document === error.code || query === error.code);
  const name = modelled?.name ?? shared?.document ?? error.code;
  const queryCode = modelled?.queryCode ?? shared?.query ?? error.code;
  const status = error.status === 400 ? (modelled?.status ?? shared?.status[family] ?? 400) : error.status;
  return {
    code: family === "query" ? queryCode : name,
    status,
    queryCode,
    messageMember: modelled?.messageMember ?? "message",
    message: error.message,
    fault: status < 500 ? "Sender" : "Receiver",
  };
}

function common(document: string, query: string, documentStatus: number, queryStatus: number): CommonError {
  return { document, query, status: { document: documentStatus, query: queryStatus } };
}
