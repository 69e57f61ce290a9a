// @ts-check
import { setTimeout as sleep } from "node:timers/promises";

/**
 * @typedef {object} Parts
 * @property {import("node:http").Server} server
 * @property {import("./lifecycle.mjs").Lifecycle} lifecycle
 * @property {{ close(): Promise<void> }} feed
 * @property {number} lameDuckMs
 * @property {number} hardLimitMs
 * @property {(line: string) => void} log
 * @property {(code: number) => void} exit
 */

/**
 * Ends the process without dropping a request. Called once, on SIGTERM.
 *
 * Normally the load balancer has deregistered and drained this task before ECS sends SIGTERM, and every step
 * is over at once. But SIGTERM may come first: then requests keep arriving until the load balancer has
 * noticed, so the process serves on for a while and asks each client to leave.
 *
 * @param {Parts} parts
 */
export async function shutDown({ server, lifecycle, feed, lameDuckMs, hardLimitMs, log, exit }) {
  setTimeout(() => {
    log(`fatal: still busy ${hardLimitMs / 1000} s after SIGTERM; giving up before SIGKILL comes`);
    exit(1);
  }, hardLimitMs).unref();

  lifecycle.stopping();
  log(`SIGTERM: not ready any more; serving on for ${lameDuckMs / 1000} s`);
  await sleep(lameDuckMs);

  log("refusing new connections; finishing what is in flight");
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await Promise.all([feed.close(), lifecycle.settled()]);
  // What is left has been opened but never used. `server.close` would wait `headersTimeout` for its request.
  server.closeAllConnections();
  await closed;
  log("bye");
  exit(0);
}
