// @ts-check
import { spawn } from "node:child_process";
import { createServer, request as requestHttp } from "node:http";
import { connect } from "node:net";

/**
 * A task of the bad release: runs a command, and stands before it as a proxy that answers one user in five with
 * 500. Health checks and smoke checks come through, so that only a gate on users' requests can notice.
 *
 *     node misbehave.mjs '{"letThrough":["/version"],"userAgent":"…"}' /bin/sh -c 'the command'
 *
 * A user is known by `userAgent`; so is everyone who asks for another path, unless it is a health checker.
 */

/** Beyond the load balancer's idle timeout, so that it is never this side that closes a connection first. */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
const EVERY = 5;

const [options = "{}", program = "", ...args] = process.argv.slice(2);
/** @type {{ letThrough: string[], userAgent: string }} */
const { letThrough, userAgent } = JSON.parse(options);
const host = process.env.HOST ?? "127.0.0.1";
let users = 0;

/** @param {import("node:http").IncomingMessage} request */
function isUser(request) {
  const agent = request.headers["user-agent"] ?? "";
  if (agent.startsWith(userAgent)) return true;
  return !agent.startsWith("ELB-HealthChecker") && !letThrough.includes(request.url ?? "/");
}

/** A port that nobody has at this moment. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, host, () => resolve(undefined)));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address ? address.port : 0;
}

const port = await freePort();
const child = spawn(program, args, { stdio: "inherit", env: { ...process.env, PORT: String(port) } });
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
// The command gets SIGTERM, too, as one of the same process group; what it still serves comes through here.
process.on("SIGTERM", () => {});

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, (request, response) => {
  if (isUser(request) && ++users % EVERY === 0) {
    request.resume();
    response.writeHead(500, { "content-type": "text/plain" }).end("this release fails one user in five\n");
    return;
  }
  const { method = "GET", url: path = "/", headers } = request;
  const onward = requestHttp({ host, port, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  request.pipe(onward);
});
server.headersTimeout = KEEP_ALIVE_TIMEOUT_MS + 5_000;
server.on("upgrade", (request, socket, head) => {
  const onward = connect(port, host, () => {
    const lines = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [`${name}: ${all[index + 1]}`] : [],
    );
    onward.write(`${request.method} ${request.url} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  onward.on("error", () => socket.destroy());
  socket.on("error", () => onward.destroy());
});
server.listen(Number(process.env.PORT), host);
