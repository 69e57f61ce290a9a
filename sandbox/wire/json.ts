import { JsonCodec } from "@aws-sdk/core/protocols";
import { readDocument } from "./document.ts";
import { toWireError } from "./errors.ts";
import type { ServiceModel } from "./models.ts";
import type { Protocol, WireRequest, WireResponse } from "./protocol.ts";
import { AwsError } from "./service.ts";
import type { OperationShapes } from "./shapes.ts";

const epochSeconds = 7;
const codec = new JsonCodec({
  timestampFormat: { useTrait: true, default: epochSeconds },
  jsonName: false,
});

/** AWS JSON 1.0 and 1.1: `X-Amz-Target` names the operation, timestamps are epoch seconds. */
export const jsonProtocol: Protocol = { name: "json", readInput, writeOutput, writeError };

function readInput(shapes: OperationShapes, request: WireRequest): Record<string, unknown> {
  const text = Buffer.from(request.body).toString("utf8");
  return readDocument(shapes.input, text === "" ? {} : parse(text));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new AwsError("SerializationException", "The request body is not valid JSON.");
  }
}

function writeOutput(
  model: ServiceModel,
  shapes: OperationShapes,
  output: unknown,
  requestId: string,
): WireResponse {
  const headers = headersFor(model, requestId);
  if (shapes.output.isUnitSchema()) return { status: 200, headers, body: "{}" };
  const serializer = codec.createSerializer();
  serializer.write(shapes.output, output ?? {});
  return { status: 200, headers, body: serializer.flush() };
}

function writeError(model: ServiceModel | undefined, error: AwsError, requestId: string): WireResponse {
  const wire = toWireError(model, error, "document");
  return {
    status: wire.status,
    headers: {
      ...headersFor(model, requestId),
      "x-amzn-errortype": wire.code,
      ...(model?.queryCompatible ? { "x-amzn-query-error": `${wire.queryCode};${wire.fault}` } : {}),
    },
    body: JSON.stringify({ __type: wire.code, [wire.messageMember]: wire.message }),
  };
}

function headersFor(model: ServiceModel | undefined, requestId: string): Readonly<Record<string, string>> {
  return {
    "content-type": `application/x-amz-json-${model?.json?.version ?? "1.1"}`,
    "x-amzn-requestid": requestId,
  };
}
