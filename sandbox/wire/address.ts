import { cborProtocol } from "./cbor.ts";
import { jsonProtocol } from "./json.ts";
import { modelNamed, modelOfVersion, modelTargeted, type ServiceModel } from "./models.ts";
import type { Protocol, WireRequest } from "./protocol.ts";
import { formOf, queryProtocol } from "./query.ts";
import { AwsError } from "./service.ts";

/** Who a request is meant for. */
export interface Address {
  readonly protocol: Protocol;
  readonly model: ServiceModel | undefined;
  readonly operation: string;
  /** `Version` of a Query request. */
  readonly version?: string;
  /** Undefined when the request is not signed. */
  readonly accessKeyId: string | undefined;
}

/**
 * Reads protocol, service and operation off a request: `X-Amz-Target` for JSON, the path for rpc-v2-cbor, and
 * for Query the form's `Action`, its service being the one that the signature is scoped to, else by `Version`.
 */
export function addressOf(request: WireRequest): Address {
  const credential = credentialOf(request);
  const accessKeyId = credential?.accessKeyId;
  const rpc = /^\/service\/([^/]+)\/operation\/([^/?]+)/.exec(request.url);
  if (rpc) {
    const [, target = "", operation = ""] = rpc;
    const model = modelTargeted(target);
    return { protocol: cborProtocol, model: model?.cbor ? model : undefined, operation, accessKeyId };
  }
  const target = headerOf(request, "x-amz-target");
  if (target !== undefined) {
    const [prefix = "", operation = ""] = target.split(".");
    return { protocol: jsonProtocol, model: modelTargeted(prefix), operation, accessKeyId };
  }
  const form = formOf(request);
  const version = form.get("Version") ?? "";
  const model = modelNamed(credential?.service ?? "") ?? modelOfVersion(version);
  return { protocol: queryProtocol, model, operation: form.get("Action") ?? "", version, accessKeyId };
}

/** Why the sandbox cannot serve this address at all, in AWS's codes; undefined when it can. */
export function refusalOf(
  address: Address,
  knowsOperation: boolean,
  implemented: boolean,
): AwsError | undefined {
  const { model, operation, version } = address;
  if (!model)
    return new AwsError("UnknownOperationException", "The sandbox does not implement this service.");
  if (!knowsOperation || (version !== undefined && version !== model.query?.version)) {
    const ofVersion = version === undefined ? "" : ` for version ${version}`;
    return new AwsError("UnknownOperationException", `Could not find operation ${operation}${ofVersion}`);
  }
  if (!implemented) {
    const message = `The sandbox does not implement ${model.iamPrefix}:${operation}.`;
    return new AwsError("UnknownOperationException", message);
  }
  if (address.accessKeyId === undefined && !model.unsigned.includes(operation)) {
    return new AwsError("MissingAuthenticationToken", "Request is missing Authentication Token");
  }
  return undefined;
}

interface Credential {
  readonly accessKeyId: string;
  readonly service: string;
}

/** When the client signed it: `X-Amz-Date`, "20260105T090000Z". */
export function signedAtMsOf(request: WireRequest): number | undefined {
  const written = headerOf(request, "x-amz-date") ?? "";
  const [, date, hours, minutes, seconds] = /^(\d{8})T(\d\d)(\d\d)(\d\d)Z$/.exec(written) ?? [];
  if (date === undefined) return undefined;
  const day = date.replace(/^(....)(..)(..)$/, "$1-$2-$3");
  return Date.parse(`${day}T${hours}:${minutes}:${seconds}Z`);
}

/** From the Authorization header, or from a presigned URL. The signature itself is not verified. */
function credentialOf(request: WireRequest): Credential | undefined {
  const authorization = headerOf(request, "authorization");
  const scope =
    authorization === undefined
      ? new URLSearchParams(request.url.replace(/^[^?]*\??/, "")).get("X-Amz-Credential")
      : /Credential=([^,\s]+)/.exec(authorization)?.[1];
  const [accessKeyId, , , service] = scope?.split("/") ?? [];
  return accessKeyId === undefined || service === undefined ? undefined : { accessKeyId, service };
}

function headerOf(request: WireRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === "string" ? value : value?.[0];
}
