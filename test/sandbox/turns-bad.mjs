// @ts-check
import { existsSync } from "node:fs";
import { Server } from "node:http";

/**
 * Preloaded into the example service: as long as the file that `BAD_WHILE` names exists, every other request of a user
 * ends in 503. Health checks pass on.
 */
const { BAD_WHILE = "", VERSION = "" } = process.env;
const emit = Server.prototype.emit;
let requests = 0;

Server.prototype.emit = function emitOrFail(event, ...values) {
  const [request, response] = values;
  const isUsers = event === "request" && !/^\/(readyz|livez)/.test(request.url ?? "");
  if (!isUsers || ++requests % 2 === 0 || !existsSync(BAD_WHILE)) return emit.call(this, event, ...values);
  request.resume();
  response.writeHead(503, { "x-version": VERSION, "content-type": "text/plain" }).end("no order book\n");
  return true;
};
