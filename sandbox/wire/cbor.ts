import { CborCodec, cbor } from "@smithy/core/cbor";
import { readDocument } from "./document.ts";
import { toWireError } from "./errors.ts";
import type { ServiceModel } from "./models.ts";
import type { Protocol, WireRequest, WireResponse } from "./protocol.ts";
import { AwsError } from "./service.ts";
import type { OperationShapes } from "./shapes.ts";

const codec = new CborCodec();
const epochTag = 1;

/** Smithy RPC v2 CBOR, the first protocol that CloudWatch's model lists. */
export const cborProtocol: Protocol = { name: "cbor", readInput, writeOutput, writeError };

function readInput(shapes: OperationShapes, request: WireRequest): Record<string, unknown> {
  return readDocument(shapes.input, request.body.length === 0 ? {} : untag(decode(request.body)));
}

function decode(body: Uint8Array): unknown {
  try {
    return cbor.deserialize(body);
  } catch {
    throw new AwsError("SerializationException", "The request body is not valid CBOR.");
  }
}

/** Timestamps come as epoch seconds under tag 1: they are read as the number alone. */
function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date || value instanceof Uint8Array) return value;
  if ("tag" in value && "value" in value && Number(value.tag) === epochTag) return value.value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, untag(item)]));
}

function writeOutput(
  _model: ServiceModel,
  shapes: OperationShapes,
  output: unknown,
  requestId: string,
): WireResponse {
  const headers = headersFor(requestId);
  if (shapes.output.isUnitSchema()) return { status: 200, headers, body: cbor.serialize({}) };
  const serializer = codec.createSerializer();
  serializer.write(shapes.output, output ?? {});
  return { status: 200, headers, body: serializer.flush() };
}

function writeError(model: ServiceModel | undefined, error: AwsError, requestId: string): WireResponse {
  const wire = toWireError(model, error, "document");
  return {
    status: wire.status,
    headers: {
      ...headersFor(requestId),
      ...(model?.queryCompatible ? { "x-amzn-query-error": `${wire.queryCode};${wire.fault}` } : {}),
    },
    body: cbor.serialize({ __type: wire.code, [wire.messageMember]: wire.message }),
  };
}

function headersFor(requestId: string): Readonly<Record<string, string>> {
  return {
    "content-type": "application/cbor",
    "smithy-protocol": "rpc-v2-cbor",
    "x-amzn-requestid": requestId,
  };
}
