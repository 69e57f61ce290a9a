import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../clock.ts";
import { type CallLog, createCallLog } from "./calls.ts";
import { createDispatcher, type Dispatch, type WireAnswer } from "./dispatch.ts";
import { type Gate, openGate } from "./gate.ts";
import type { Service } from "./service.ts";

export interface WireServerOptions {
  readonly services: readonly Service[];
  readonly clock: Clock;
  /** Default: everything passes. */
  readonly gate?: Gate;
  /** Told about failures of the sandbox itself. Default: silence. */
  readonly log?: (line: string) => void;
  /** Default: any free port. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
  /** Answers requests to paths that no AWS client uses: all but "/" and "/service/…". Default: 404. */
  readonly elsewhere?: RequestListener;
}

export interface WireServer {
  /** What to give to AWS clients as their endpoint. */
  readonly url: string;
  readonly port: number;
  readonly calls: CallLog;
  /** Closes every connection and stops listening. */
  close(): Promise<void>;
}

const largestBodyBytes = 4 * 1024 * 1024;
/** Longer than clients keep idle connections: else a request could meet the closing of its connection. */
const keepAliveTimeoutMs = 75_000;

/** Serves the AWS protocols over HTTP, all services on one port. Rejects when the port cannot be had. */
export async function createWireServer(options: WireServerOptions): Promise<WireServer> {
  const calls = createCallLog();
  const log = options.log ?? (() => undefined);
  const dispatch = createDispatcher({
    services: options.services,
    clock: options.clock,
    gate: options.gate ?? openGate,
    calls,
    log,
  });
  const server = createServer({ keepAliveTimeout: keepAliveTimeoutMs }, (request, response) => {
    if (!isAwsPath(request.url)) return elsewhere(options.elsewhere, request, response);
    serve(dispatch, request, response).catch((error: unknown) => {
      log(`The wire failed: ${error instanceof Error ? error.stack : String(error)}`);
      response.destroy();
    });
  });
  const host = options.host ?? "127.0.0.1";
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const port = portOf(server.address());
  return {
    url: `http://${host}:${port}`,
    port,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(dispatch: Dispatch, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  if (!body) {
    response.writeHead(413).end();
    return;
  }
  const { method = "POST", url = "/", headers } = request;
  deliver(await dispatch({ method, url, headers, body }), response);
}

function deliver(answer: WireAnswer, response: ServerResponse): void {
  switch (answer.kind) {
    case "response": {
      const { status, headers, body } = answer.response;
      response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) }).end(body);
      return;
    }
    case "cut":
      response.destroy();
      return;
    case "hang":
      return;
  }
}

/** Undefined when the body is larger than any AWS request may be. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > largestBodyBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function isAwsPath(url: string | undefined): boolean {
  return /^\/(service\/.*|\?.*)?$/.test(url ?? "/");
}

function elsewhere(
  listener: RequestListener | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  if (listener) listener(request, response);
  else response.writeHead(404).end();
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("The server has no port.");
  return address.port;
}
