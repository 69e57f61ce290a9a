import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type LoadOptions, startLoad } from "../../../../src/cli/rehearse/load.ts";

const servers = new Set<Server>();
afterEach(() => {
  for (const server of servers) server.close().closeAllConnections();
  servers.clear();
});

async function serve(
  listener: RequestListener,
): Promise<{ url: string; sockets: Set<Socket>; server: Server }> {
  const server = createServer(listener);
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  servers.add(server);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, sockets, server };
}

const defaults = { random: Math.random, nowMs: () => performance.now(), slowShare: 0, writeShare: 0 };

async function loadFor(durationMs: number, options: Partial<LoadOptions> & { url: string }) {
  const load = startLoad({ ...defaults, requestsPerSecond: 100, ...options });
  await sleep(durationMs);
  return load.stop();
}

describe("a load", () => {
  test("is of several audiences, each with its way and its headers, in their shares", async () => {
    const seen: { port: number | undefined; header: string; path: string }[] = [];
    const listener: RequestListener = (request, response) => {
      const header = String(request.headers["x-beta"] ?? "");
      seen.push({ port: request.socket.localPort, header, path: request.url ?? "" });
      response.end("{}");
    };
    const [first, second] = [await serve(listener), await serve(listener)];
    let state = 42;
    const random = () => {
      state = (state * 16_807) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const { failed, requests } = await loadFor(500, {
      url: first.url,
      random,
      requestsPerSecond: 400,
      paths: { read: ["/a", "/b"] },
      audiences: [
        { share: 0.2, headers: { "x-beta": "yes" } },
        { share: 0.3, url: second.url, headers: {} },
      ],
    });
    const share = (is: (one: (typeof seen)[number]) => boolean) => seen.filter(is).length / seen.length;
    const portOf = ({ url }: { url: string }) => Number(new URL(url).port);
    expect(failed).toBe(0);
    expect(seen).toHaveLength(requests);
    expect(share(({ header }) => header === "yes")).toBeCloseTo(0.2, 0.9);
    expect(share(({ port }) => port === portOf(second))).toBeCloseTo(0.3, 0.9);
    expect(share(({ path }) => path === "/b")).toBeCloseTo(0.5, 0.9);
    expect(seen.some(({ port, header }) => port === portOf(second) && header !== "")).toBe(false);
  });

  test("is sent on time while every answer is late, and the lateness is measured", async () => {
    const { url } = await serve((_request, response) => {
      setTimeout(() => response.setHeader("x-version", "1").end("{}"), 700);
    });
    const load = startLoad({ ...defaults, url, requestsPerSecond: 300, newConnectionShare: 0.1 });
    await sleep(650);
    const meanwhile = load.figures();
    expect(meanwhile.requests).toBe(0);
    expect(meanwhile.sent).toBeGreaterThan(0.98 * meanwhile.scheduled);
    expect(meanwhile.scheduled).toBeGreaterThanOrEqual(190);
    expect(meanwhile.inFlight).toBe(meanwhile.sent);

    const figures = await load.stop();
    expect(figures).toMatchObject({ inFlight: 0, failed: 0, requests: figures.sent });
    expect(figures.sentOnTime).toBeGreaterThan(0.9 * figures.sent);
    expect(figures.overall.p50Ms).toBeGreaterThanOrEqual(690);
  });

  test("counts by version, and a request without an answer as of none", async () => {
    let count = 0;
    const { url } = await serve((request, response) => {
      count++;
      if (count % 4 === 0) request.socket.destroy();
      else response.setHeader("x-version", count % 2 ? "1" : "2").end("{}");
    });
    const { versions, requests, failedByKind } = await loadFor(400, { url });
    expect(Object.keys(versions).sort()).toEqual(["1", "2", "none"]);
    expect(versions["1"]).toMatchObject({ failed: 0, requests: Math.ceil(count / 2) });
    expect(versions.none).toMatchObject({ failed: Math.floor(count / 4), requests: Math.floor(count / 4) });
    expect(failedByKind.reset).toBe(Math.floor(count / 4));
    expect(requests).toBe(count);
  });

  test.each<[string, RequestListener, object]>([
    [
      "status-5xx",
      (_, response) => response.writeHead(502).end("<h1>Bad\nGateway</h1>"),
      { seen: "502 <h1>Bad Gateway</h1>" },
    ],
    ["status-4xx", (_, response) => response.writeHead(404).end(), { seen: "404" }],
    ["reset", (request) => request.socket.destroy(), { version: "none" }],
    ["timeout", () => {}, { seen: "no whole answer after 200 ms" }],
    [
      "timeout",
      (_, response) => response.writeHead(200, { "x-version": "1" }).write("a beginning"),
      { seen: "no whole answer after 200 ms" },
    ],
    [
      "reset",
      (request, response) => {
        response.writeHead(200, { "x-version": "9", "content-length": "100" }).write("cut short");
        setTimeout(() => request.socket.destroy(), 10);
      },
      { version: "9" },
    ],
  ])("sees %s on old and new connections", async (kind, listener, seen) => {
    const { url } = await serve(listener);
    const figures = await loadFor(100, { url, newConnectionShare: 0.5, timeoutMs: 200 });
    expect(figures.requests).toBeGreaterThan(5);
    expect(figures.failed).toBe(figures.requests);
    for (const failure of figures.failures)
      expect(failure).toMatchObject({ kind, request: "GET /orders", ...seen });
  });

  test("sees a refused connection", async () => {
    const { url, server } = await serve(() => {});
    await new Promise((resolve) => server.close(resolve));
    const figures = await loadFor(100, { url });
    expect(figures.failed).toBeGreaterThan(5);
    expect(figures.failedByKind.refused).toBe(figures.failed);
  });

  test("takes an expected 4xx for an answer", async () => {
    const { url } = await serve((_request, response) => response.writeHead(404).end());
    expect(await loadFor(100, { url, expectedStatuses: [404] })).toMatchObject({ failed: 0 });
  });

  test.each([
    [1, (connections: number, requests: number) => expect(connections).toBe(requests)],
    [0, (connections: number, requests: number) => expect(connections).toBeLessThan(requests / 2)],
  ])("opens a connection for a share of %d of its requests", async (newConnectionShare, check) => {
    const { url, sockets } = await serve((_request, response) => response.end("{}"));
    const { sent } = await loadFor(500, { url, newConnectionShare });
    expect(sent).toBeGreaterThan(40);
    check(sockets.size, sent);
  });

  test("reads, writes with a body, and asks for slow answers", async () => {
    const seen = new Set<string>();
    const { url } = await serve(async (request: IncomingMessage, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      seen.add(`${request.method} ${request.url} ${Buffer.concat(chunks)} ${request.headers["x-user"]}`);
      response.end("{}");
    });
    await loadFor(400, {
      url,
      slowShare: 0.3,
      slowMs: 5,
      writeShare: 0.3,
      writeBody: "{}",
      paths: { read: "/items", write: "/items/new" },
      headers: { "x-user": "u" },
    });
    expect([...seen].sort()).toEqual(["GET /items  u", "GET /slow?ms=5  u", "POST /items/new {} u"]);
  });
});
