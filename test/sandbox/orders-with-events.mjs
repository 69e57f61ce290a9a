// @ts-check
import { createServer } from "node:http";
import { hardLimitMs, readConfig } from "../../examples/orders/config.mjs";
import { createFeed } from "../../examples/orders/feed.mjs";
import { Lifecycle } from "../../examples/orders/lifecycle.mjs";
import { Metrics } from "../../examples/orders/metrics.mjs";
import { OrderBook } from "../../examples/orders/orders.mjs";
import { createHandler } from "../../examples/orders/routes.mjs";
import { shutDown } from "../../examples/orders/shutdown.mjs";

/** The example service with server-sent events at /events: its version, twice a second. */
const PERIOD_MS = 500;
const config = readConfig(process.env);
const lifecycle = new Lifecycle();
const feed = createFeed({ config, random: Math.random });
/** @type {Set<import("node:http").ServerResponse>} */
const streams = new Set();

const handler = createHandler({
  config,
  lifecycle,
  metrics: new Metrics(config.version),
  orders: new OrderBook(),
  random: Math.random,
  log: () => {},
});

/** @param {import("node:http").ServerResponse} response */
function stream(response) {
  response.writeHead(200, { "content-type": "text/event-stream", "x-version": config.version });
  const tick = () => response.write(`data: ${config.version}\n\n`);
  const timer = setInterval(tick, PERIOD_MS);
  streams.add(response);
  response.once("close", () => {
    clearInterval(timer);
    streams.delete(response);
  });
  tick();
}

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  if (request.url === "/events") stream(response);
  else void handler(request, response);
});
server.headersTimeout = 80_000;
server.on("upgrade", (request, socket, head) => feed.upgrade(request, socket, head));
server.listen(config.port, config.host, () => setTimeout(() => lifecycle.warmedUp(), config.warmUpMs));

process.once("SIGTERM", () => {
  const close = async () => {
    for (const response of streams) response.end();
    await feed.close();
  };
  const exit = process.exit;
  void shutDown({
    server,
    lifecycle,
    feed: { close },
    lameDuckMs: config.lameDuckMs,
    hardLimitMs: hardLimitMs(config),
    log: () => {},
    exit,
  });
});
