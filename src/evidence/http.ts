import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  /** `host` included: a load balancer may route by it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
  /** A longer body is a BodyTooLongError; without it, a body is cut off after a mebibyte. */
  readonly maxBodyBytes?: number;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** Rejects a request whose answer has more than its `maxBodyBytes`. */
export class BodyTooLongError extends Error {
  override readonly name = "BodyTooLongError";
}

/** More of a body than this is of no interest to a check. */
const MAX_BODY_BYTES = 1_048_576;

/** One request on a connection of its own; redirects are answers. Rejects on network errors and on time out. */
export function send(request: HttpRequest): Promise<HttpAnswer> {
  const start = request.url.protocol === "https:" ? requestHttps : requestHttp;
  const signal = AbortSignal.any([request.signal, AbortSignal.timeout(request.timeoutMs)]);
  const host = Object.entries(request.headers).find(([name]) => name.toLowerCase() === "host")?.[1];
  return new Promise((resolve, reject) => {
    const outgoing = start(
      request.url,
      {
        method: request.method,
        headers: { ...request.headers, connection: "close" },
        agent: false,
        signal,
        ...(host && request.url.protocol === "https:" ? { servername: host } : {}),
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        incoming.on("data", (chunk: Buffer) => {
          if (bytes < (request.maxBodyBytes ?? MAX_BODY_BYTES)) chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > (request.maxBodyBytes ?? Number.POSITIVE_INFINITY)) {
            reject(new BodyTooLongError(`more than ${request.maxBodyBytes} bytes`));
            outgoing.destroy();
          }
        });
        incoming.on("end", () =>
          resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks).toString("utf8") }),
        );
        incoming.on("error", (error) => reject(signal.aborted ? signal.reason : error));
      },
    );
    outgoing.on("error", (error) => reject(signal.aborted ? signal.reason : error));
    outgoing.end(request.body);
  });
}
