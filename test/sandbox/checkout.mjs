// @ts-check
import { createServer } from "node:http";

/** A service that is not the example: it says its release in a body, in no header, and not by VERSION. */
const { PORT, HOST, RELEASE } = process.env;

/** @type {Readonly<Record<string, string>>} */
const BODIES = { "/health": "ok", "/about": JSON.stringify({ release: RELEASE }), "/cart": "an empty cart" };

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const body = BODIES[request.url ?? ""];
  response.writeHead(body === undefined ? 404 : 200).end(body ?? "not found");
});
server.headersTimeout = 80_000;
server.listen(Number(PORT), HOST);
process.on("SIGTERM", () => server.close());
