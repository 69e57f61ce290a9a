import { XmlShapeSerializer } from "@aws-sdk/core/protocols";
import type { NormalizedSchema } from "@smithy/core/schema";
import { toWireError } from "./errors.ts";
import { readForm } from "./form.ts";
import type { ServiceModel } from "./models.ts";
import type { Protocol, WireRequest, WireResponse } from "./protocol.ts";
import type { AwsError } from "./service.ts";
import { type OperationShapes, renamed } from "./shapes.ts";

const dateTime = 5;
const serializer = new XmlShapeSerializer({
  timestampFormat: { useTrait: true, default: dateTime },
  httpBindings: false,
  xmlNamespace: "",
  serviceNamespace: "",
});

/** AWS Query: a form with `Action` and `Version` in, XML out, timestamps in ISO 8601. */
export const queryProtocol: Protocol = { name: "query", readInput, writeOutput, writeError };

/** The parameters of a request: the form in its body, or the query string of a GET. */
export function formOf(request: WireRequest): URLSearchParams {
  const text = request.method === "GET" ? request.url.replace(/^[^?]*\??/, "") : bodyOf(request);
  return new URLSearchParams(text);
}

function bodyOf(request: WireRequest): string {
  return Buffer.from(request.body).toString("utf8").trim();
}

function readInput(shapes: OperationShapes, request: WireRequest): Record<string, unknown> {
  return readForm(shapes.input, formOf(request));
}

function writeOutput(
  model: ServiceModel,
  shapes: OperationShapes,
  output: unknown,
  requestId: string,
): WireResponse {
  const { name } = shapes;
  const result = resultXml(`${name}Result`, shapes.output, output ?? {});
  const xmlns = escapeXml(model.query?.xmlNamespace ?? "");
  return {
    status: 200,
    headers: headersFor(requestId),
    body: `<${name}Response xmlns="${xmlns}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`,
  };
}

function resultXml(element: string, schema: NormalizedSchema, output: unknown): string {
  if (schema.isUnitSchema()) return `<${element}/>`;
  serializer.write(renamed(schema, element), output);
  return String(serializer.flush());
}

function writeError(model: ServiceModel | undefined, error: AwsError, requestId: string): WireResponse {
  const wire = toWireError(model, error, "query");
  const xmlns = model?.query ? ` xmlns="${escapeXml(model.query.xmlNamespace)}"` : "";
  return {
    status: wire.status,
    headers: headersFor(requestId),
    body:
      `<ErrorResponse${xmlns}><Error><Type>${wire.fault}</Type><Code>${escapeXml(wire.code)}</Code>` +
      `<Message>${escapeXml(wire.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`,
  };
}

function headersFor(requestId: string): Readonly<Record<string, string>> {
  return { "content-type": "text/xml", "x-amzn-requestid": requestId };
}

function escapeXml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
