import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpAnswer, HttpRequest } from "./api.ts";

export interface HttpServer {
  readonly url: string;
  /** Closes every connection and stops listening. */
  close(): Promise<void>;
}

/** Serves `answerTo` on a free port of 127.0.0.1. What it throws is answered with 500, and given to `failed`. */
export async function listen(
  answerTo: (request: HttpRequest) => HttpAnswer,
  failed: (error: unknown) => void,
): Promise<HttpServer> {
  const server = createServer((request, response) => {
    serve(answerTo, request, response).catch((error: unknown) => {
      failed(error);
      if (!response.headersSent) response.writeHead(500);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${portOf(server.address())}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  answerTo: (request: HttpRequest) => HttpAnswer,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const { method = "GET", url = "/" } = request;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]),
  );
  const answer = answerTo({ method, path: url, headers, body: Buffer.concat(chunks).toString("utf8") });
  if (answer === "hang") return;
  if (answer === "cut") return void response.destroy();
  const text = answer.body === undefined ? "" : JSON.stringify(answer.body);
  const type = text === "" ? {} : { "content-type": "application/json; charset=utf-8" };
  response.writeHead(answer.status, { ...type, ...answer.headers }).end(text);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new TypeError("The server has no port.");
  return address.port;
}
