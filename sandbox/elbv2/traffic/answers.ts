import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FixedResponse } from "../routing/outcome.ts";

const SERVER = "awselb/2.0";

/** An answer of the load balancer's own making: 408, 502, 503, 504. Closes nothing by itself. */
export function answerError(response: ServerResponse, status: number): void {
  const title = titleOf(status);
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`;
  answer(response, status, body, ["Content-Type", "text/html"]);
}

export function answerFixed(response: ServerResponse, fixed: FixedResponse): void {
  answer(response, fixed.status, fixed.body, ["Content-Type", `${fixed.contentType}; charset=utf-8`]);
}

export function answerRedirect(response: ServerResponse, status: number, location: string): void {
  answer(response, status, "", ["Location", location]);
}

/** The answer to what is no HTTP request. */
export function refuseMalformed(socket: Socket): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nServer: ${SERVER}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
  );
}

function answer(response: ServerResponse, status: number, body: string, headers: readonly string[]): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, [
    "Server",
    SERVER,
    ...headers,
    "Content-Length",
    String(Buffer.byteLength(body)),
    "Connection",
    response.shouldKeepAlive ? "keep-alive" : "close",
  ]);
  response.end(body);
}

const titleOf = (status: number): string => {
  const phrase = status === 504 ? "Gateway Time-out" : (STATUS_CODES[status] ?? "");
  const shown = status === 503 ? "Service Temporarily Unavailable" : phrase;
  return `${status} ${shown}`;
};
