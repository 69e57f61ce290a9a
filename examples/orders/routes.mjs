// @ts-check
import { setTimeout as sleep } from "node:timers/promises";
import { drawFate } from "./fault.mjs";
import { parseOrder } from "./orders.mjs";

/**
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Response
 * @typedef {{ readonly status: number, readonly body: unknown, readonly headers?: Record<string, string> }} Answer
 */

/**
 * @typedef {object} Parts
 * @property {import("./config.mjs").Config} config
 * @property {import("./lifecycle.mjs").Lifecycle} lifecycle
 * @property {import("./metrics.mjs").Metrics} metrics
 * @property {import("./orders.mjs").OrderBook} orders
 * @property {() => number} random in [0, 1)
 * @property {(line: string) => void} log
 */

/** The longest /slow, so that even one that begins in the lame-duck period fits below the hard limit. */
const SLOW_LIMIT_MS = 5000;
const BODY_LIMIT_BYTES = 64 * 1024;

/** @type {Readonly<Record<string, (url: URL, request: Request, parts: Parts) => Answer | Promise<Answer>>>} */
const USER_ROUTES = {
  "GET /": (_url, _request, { config }) => ({
    status: 200,
    body: { service: "orders", version: config.version },
  }),
  "GET /version": (_url, _request, { config }) => ({ status: 200, body: { version: config.version } }),
  "GET /orders": (_url, _request, { orders }) => ({ status: 200, body: { orders: orders.list() } }),
  "POST /orders": (_url, request, { orders }) => placeOrder(request, orders),
  "GET /slow": (url) => answerSlowly(url),
};

/**
 * Answers every request over HTTP; upgrades go to the feed.
 *
 * @param {Parts} parts
 * @returns {(request: Request, response: Response) => Promise<void>}
 */
export function createHandler(parts) {
  return async (request, response) => {
    parts.lifecycle.owes(response);
    try {
      const answer = await answerTo(request, response, parts);
      if (answer) send(response, answer, parts);
    } catch (error) {
      // A client that hung up in the middle of its own request is no error of this service.
      if (response.destroyed) return;
      parts.log(`error: ${request.method} ${request.url}: ${error}`);
      if (!response.headersSent) send(response, { status: 500, body: { error: "internal error" } }, parts);
    }
  };
}

/**
 * @param {Request} request
 * @param {Response} response
 * @param {Parts} parts
 * @returns {Promise<Answer | undefined>} undefined where there is to be no answer
 */
async function answerTo(request, response, parts) {
  const text = `http://orders.internal${request.url}`;
  if (!URL.canParse(text)) return { status: 400, body: { error: "bad request" } };
  const url = new URL(text);
  return answerOperator(url.pathname, parts) ?? (await answerUser(url, request, response, parts));
}

/**
 * What the platform asks. No fault but never-ready touches it, and it is not counted.
 *
 * @param {string} path
 * @param {Parts} parts
 * @returns {Answer | undefined}
 */
function answerOperator(path, { config, lifecycle, metrics }) {
  if (path === "/livez") return { status: 200, body: { alive: true } };
  if (path === "/metrics") {
    return { status: 200, body: metrics.render(), headers: { "content-type": "text/plain; version=0.0.4" } };
  }
  if (path !== "/readyz") return undefined;
  const ready = lifecycle.phase === "serving" && config.fault.kind !== "never-ready";
  return { status: ready ? 200 : 503, body: { ready, phase: lifecycle.phase } };
}

/**
 * @param {URL} url
 * @param {Request} request
 * @param {Response} response
 * @param {Parts} parts
 * @returns {Promise<Answer | undefined>} undefined where there is to be no answer
 */
async function answerUser(url, request, response, parts) {
  const { config, metrics, random } = parts;
  metrics.observe(response);
  if (config.fault.kind === "slow") await sleep(config.fault.delayMs);
  const fate = drawFate(config.fault, random);
  if (fate === "reset") {
    request.socket.destroy();
    return undefined;
  }
  if (fate === "fail") return { status: 500, body: { error: "the order book is out of reach" } };
  const method = request.method === "HEAD" ? "GET" : request.method;
  const route = USER_ROUTES[`${method} ${url.pathname}`];
  return route ? route(url, request, parts) : refuse(url.pathname);
}

/**
 * @param {string} path
 * @returns {Answer}
 */
function refuse(path) {
  const allowed = Object.keys(USER_ROUTES).flatMap((route) => {
    const [method = "", of] = route.split(" ");
    return of === path ? [method] : [];
  });
  if (allowed.length === 0) return { status: 404, body: { error: "not found" } };
  return { status: 405, body: { error: "method not allowed" }, headers: { allow: allowed.join(", ") } };
}

/**
 * @param {URL} url
 * @returns {Promise<Answer>}
 */
async function answerSlowly(url) {
  const text = url.searchParams.get("ms") ?? "1000";
  if (!/^\d{1,5}$/.test(text) || Number(text) > SLOW_LIMIT_MS) {
    return { status: 400, body: { error: `ms is a whole number up to ${SLOW_LIMIT_MS}` } };
  }
  await sleep(Number(text));
  return { status: 200, body: { sleptMs: Number(text) } };
}

/**
 * @param {Request} request
 * @param {import("./orders.mjs").OrderBook} orders
 * @returns {Promise<Answer>}
 */
async function placeOrder(request, orders) {
  /** @type {Buffer[]} */
  const chunks = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT_BYTES) {
      return { status: 413, body: { error: "too large" }, headers: { connection: "close" } };
    }
    chunks.push(chunk);
  }
  const wanted = parseOrder(Buffer.concat(chunks).toString("utf8"));
  if (!wanted) return { status: 400, body: { error: 'an order is {"item": "…", "quantity": 1}' } };
  return { status: 201, body: orders.place(wanted) };
}

/**
 * @param {Response} response
 * @param {Answer} answer
 * @param {Parts} parts
 */
function send(response, { status, body, headers }, { config, lifecycle }) {
  if (response.destroyed) return;
  const text = typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "x-version": config.version,
    // A client, or the load balancer, that reads this opens its next connection elsewhere.
    ...(lifecycle.phase === "stopping" ? { connection: "close" } : {}),
    ...headers,
  });
  response.end(text);
}
