// @ts-check
import { existsSync, readFileSync } from "node:fs";
import { Server } from "node:http";

/**
 * Preloaded into the example service: it dies as soon as the file that `DIES_BY` names exists. Where that says "once",
 * whoever starts later lives, but is never ready: however late somebody looks, what died is still missing.
 */
const { DIES_BY = "" } = process.env;
const LOOK_MS = 50;
const isSpared = existsSync(DIES_BY) && readFileSync(DIES_BY, "utf8") === "once";
const emit = Server.prototype.emit;

function look() {
  if (!existsSync(DIES_BY)) return;
  console.log("fatal: out of memory in the order book");
  process.exit(1);
}

if (!isSpared) setInterval(look, LOOK_MS).unref();

Server.prototype.emit = function emitOrRefuse(event, ...values) {
  const [request, response] = values;
  if (!isSpared || event !== "request" || request.url !== "/readyz") return emit.call(this, event, ...values);
  request.resume();
  response.writeHead(503, { "content-type": "text/plain" }).end("not ready\n");
  return true;
};
