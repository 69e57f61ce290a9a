import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import {
  type Feed,
  type FeedEvent,
  openFeed,
  reconnectDelayMs,
} from "../../../../src/cli/rehearse/websocket.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closers.push(() => server.close().closeAllConnections());
  return (server.address() as AddressInfo).port;
}

/** A feed whose n-th connection is of version n, says "hello", and is closed with the n-th code, if any. */
function serveFeed(codes: readonly number[]): Server {
  const server = createServer((_request, response) => response.end());
  const sockets = new WebSocketServer({ server });
  let opened = 0;
  sockets.on("headers", (headers) => headers.push(`x-version: ${++opened}`));
  sockets.on("connection", (socket) => {
    const code = codes[opened - 1];
    socket.send("hello", () => code === undefined || socket.close(code, "bye"));
  });
  closers.push(() => {
    for (const client of sockets.clients) client.terminate();
  });
  return server;
}

function follow(port: number): { feed: Feed; events: FeedEvent[]; summary: () => string[] } {
  const events: FeedEvent[] = [];
  const feed = openFeed({
    url: `ws://127.0.0.1:${port}/feed`,
    onEvent: (event) => events.push(event),
    random: () => 0,
    nowMs: () => performance.now(),
  });
  closers.push(() => feed.close());
  const summary = () =>
    events.map((event) => ("version" in event ? `${event.kind} ${event.version}` : event.kind));
  return { feed, events, summary };
}

describe("a feed", () => {
  test("says what it got and how it was closed, and connects again", async () => {
    const { events, summary } = follow(await listen(serveFeed([1001])));
    await expect
      .poll(summary, { timeout: 3000 })
      .toEqual(["opened 1", "message 1", "closed 1", "opened 2", "message 2"]);
    expect(events[1]).toMatchObject({ text: "hello" });
    expect(events[2]).toMatchObject({ code: 1001, reason: "bye", openForMs: expect.any(Number) });
    const [, , closed, opened] = events;
    expect((opened?.atMs ?? 0) - (closed?.atMs ?? 0)).toBeGreaterThanOrEqual(95);
  });

  test("says with which status it was refused, and tries again", async () => {
    const { events } = follow(
      await listen(createServer((_request, response) => response.writeHead(503).end())),
    );
    await expect.poll(() => events.length, { timeout: 3000 }).toBeGreaterThanOrEqual(2);
    expect(events[0]).toMatchObject({ kind: "refused", status: 503 });
  });

  test("says that nobody listens", async () => {
    const server = createServer();
    const port = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    const { events } = follow(port);
    await expect
      .poll(() => events[0])
      .toMatchObject({ kind: "refused", seen: expect.stringMatching(/ECONNREFUSED/) });
  });

  test("that was closed reports no more, and does not come back", async () => {
    const server = serveFeed([]);
    const { feed, events } = follow(await listen(server));
    await expect.poll(() => events.length).toBe(2);
    await feed.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(events.length).toBe(2);
  });

  test("waits longer after each attempt that failed, up to five seconds", () => {
    expect([1, 2, 3, 9].map((attempt) => reconnectDelayMs(attempt, () => 0))).toEqual([100, 200, 400, 2500]);
    expect(reconnectDelayMs(9, () => 0.999_999)).toBeCloseTo(5000, 1);
  });
});
