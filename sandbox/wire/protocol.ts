import type { ServiceModel } from "./models.ts";
import type { AwsError } from "./service.ts";
import type { OperationShapes } from "./shapes.ts";

/** A request as HTTP brings it; header names are in lower case. */
export interface WireRequest {
  readonly method: string;
  /** Path and query string. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface WireResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type ProtocolName = "json" | "query" | "cbor";

/** One AWS wire protocol, from the server's side. */
export interface Protocol {
  readonly name: ProtocolName;
  /** The operation's input; throws an AwsError when the body cannot be read as such. */
  readInput(shapes: OperationShapes, request: WireRequest): Record<string, unknown>;
  writeOutput(model: ServiceModel, shapes: OperationShapes, output: unknown, requestId: string): WireResponse;
  /** `model` is undefined when nobody can say which service was meant. */
  writeError(model: ServiceModel | undefined, error: AwsError, requestId: string): WireResponse;
}
