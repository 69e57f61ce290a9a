// @ts-check
import { createServer } from "node:http";
import { hardLimitMs, readConfig } from "./config.mjs";
import { createFeed, refuse } from "./feed.mjs";
import { Lifecycle } from "./lifecycle.mjs";
import { Metrics } from "./metrics.mjs";
import { OrderBook } from "./orders.mjs";
import { createHandler } from "./routes.mjs";
import { shutDown } from "./shutdown.mjs";

/**
 * Longer than the load balancer's idle timeout (60 s unless set otherwise), so that it is always the load
 * balancer that closes an idle connection, and never this process just as a request is on its way.
 */
const KEEP_ALIVE_TIMEOUT_MS = 75_000;
/** A little longer still: it must not end a kept-alive connection that waits for its next request. */
const HEADERS_TIMEOUT_MS = 80_000;

const config = readConfigOrExit();

/** @param {string} line */
const log = (line) => console.log(`orders ${config.version}: ${line}`);

/** @param {string} reason */
function crash(reason) {
  log(`fatal: ${reason}`);
  process.exit(1);
}

function readConfigOrExit() {
  try {
    return readConfig(process.env);
  } catch (error) {
    console.error(`orders: ${error instanceof Error ? error.message : error}`);
    process.exit(2);
  }
}

function serve() {
  const lifecycle = new Lifecycle();
  const metrics = new Metrics(config.version);
  const random = Math.random;
  const feed = createFeed({ config, random });
  const handler = createHandler({ config, lifecycle, metrics, orders: new OrderBook(), random, log });

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, handler);
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.on("upgrade", (request, socket, head) => feed.upgrade(request, socket, head));
  server.on("clientError", (_error, socket) => {
    if (socket.writable) refuse(socket, 400, config.version);
    else socket.destroy();
  });
  server.on("error", (error) => crash(error.message));
  server.listen(config.port, config.host, () => {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : config.port;
    log(`listening on http://${config.host}:${port}`);
    setTimeout(() => lifecycle.warmedUp(), config.warmUpMs);
  });

  const stop = () => {
    if (lifecycle.phase === "stopping") return;
    const { lameDuckMs } = config;
    const exit = process.exit;
    void shutDown({ server, lifecycle, feed, lameDuckMs, hardLimitMs: hardLimitMs(config), log, exit });
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

if (config.fault.kind === "crash-loop") {
  crash("DATABASE_URL is not set: there is no order book to open (FAULT=crash-loop)");
}
if (config.fault.kind === "crash-after") {
  setTimeout(() => crash("out of memory in the order book (FAULT=crash-after)"), config.fault.delayMs);
}
serve();
