// @ts-check
import { STATUS_CODES } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { drawFate } from "./fault.mjs";

const TICK_MS = 1000;
const CLOSING_PATIENCE_MS = 1000;
const GOING_AWAY = 1001;

/**
 * The WebSocket at /feed: `{"version", "seq"}` once a second.
 *
 * @param {object} parts
 * @param {import("./config.mjs").Config} parts.config
 * @param {() => number} parts.random
 */
export function createFeed({ config, random }) {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 });
  sockets.on("headers", (headers) => headers.push(`x-version: ${config.version}`));
  sockets.on("connection", (socket) => {
    let seq = 0;
    const tick = () => socket.send(JSON.stringify({ version: config.version, seq: seq++ }));
    const timer = setInterval(tick, TICK_MS);
    socket.on("error", () => socket.terminate());
    socket.once("close", () => clearInterval(timer));
    tick();
  });

  return {
    /**
     * Takes over a connection whose client asked for an upgrade.
     *
     * @param {import("node:http").IncomingMessage} request
     * @param {import("node:stream").Duplex} socket
     * @param {Buffer} head
     */
    upgrade(request, socket, head) {
      const fate = drawFate(config.fault, random);
      const [path] = (request.url ?? "/").split("?");
      if (fate === "reset") socket.destroy();
      else if (fate === "fail") refuse(socket, 500, config.version);
      else if (path !== "/feed") refuse(socket, 404, config.version);
      else
        sockets.handleUpgrade(request, socket, head, (client) => sockets.emit("connection", client, request));
    },

    /** Tells every client to connect again, which takes it to another task, and ends all connections. */
    async close() {
      const clients = [...sockets.clients];
      const gone = Promise.all(
        clients.map((client) => new Promise((resolve) => client.once("close", resolve))),
      );
      for (const client of clients) {
        client.send(JSON.stringify({ version: config.version, reconnect: true }));
        client.close(GOING_AWAY, "the task is stopping: connect again");
      }
      await Promise.race([gone, sleep(CLOSING_PATIENCE_MS)]);
      for (const client of sockets.clients) client.terminate();
    },
  };
}

/**
 * Answers on a connection that is not, or no longer, in the HTTP server's hands.
 *
 * @param {import("node:stream").Duplex} socket
 * @param {number} status
 * @param {string} version
 */
export function refuse(socket, status, version) {
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, `x-version: ${version}`, "content-length: 0"];
  socket.once("finish", () => socket.destroy());
  socket.end(`${[...head, "connection: close"].join("\r\n")}\r\n\r\n`);
}
