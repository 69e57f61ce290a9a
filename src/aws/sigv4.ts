import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { AwsCredentialIdentity, Checksum, Provider, SourceData } from "@smithy/types";
import { call } from "./failures.ts";

/** A request whose body is known, and what it is sent with. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** No operation of AWS: credentials are all that it may lack. */
const SIGNING = "signing for Prometheus";

/** SHA-256 as the signer wants it, with a key as HMAC. */
class Sha256 implements Checksum {
  readonly #hash: Hash | Hmac;

  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a digest is used once");
  }
}

/**
 * Signs requests to Amazon Managed Service for Prometheus, which IAM knows as `aps`: the headers to send, `host`
 * included.
 *
 * @param credentials of a client, such as `clients.ecs.config.credentials`: asked each time, so that they are in date
 * @throws SluiceError where there are no credentials
 */
export function createPrometheusSigner(
  credentials: Provider<AwsCredentialIdentity>,
  region: string,
  nowMs: () => number,
): (request: UnsignedRequest) => Promise<Readonly<Record<string, string>>> {
  const signer = new SignatureV4({ credentials, region, service: "aps", sha256: Sha256 });
  return ({ method, url, headers, body }) =>
    call(SIGNING, async () => {
      const request = {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: queryOf(url),
        headers: { ...headers, host: url.host },
        ...(body === undefined ? {} : { body }),
      };
      const signed = await signer.sign(request, { signingDate: new Date(nowMs()) });
      return signed.headers;
    });
}

function queryOf({ searchParams }: URL): Record<string, string[]> {
  return Object.fromEntries(
    [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]),
  );
}

function bytesOf(data: SourceData): string | Uint8Array {
  if (typeof data === "string") return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
