import { afterEach, expect, test } from "vitest";
import { type HttpRequest, send } from "../../../src/evidence/http.ts";
import { serve, type TestServer } from "./server.ts";

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const to = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  url: new URL("/orders?id=7", url),
  method: "GET",
  headers: {},
  timeoutMs: 2_000,
  signal: new AbortController().signal,
  ...more,
});

test("sends the method, the path with its query, the headers and the body", async () => {
  server = await serve((response) => response.end("ok"));
  const headers = { "X-Canary": "1", Host: "orders.example.com" };
  await send(to(server.url, { method: "POST", headers, body: '{"a":"ü"}' }));
  expect(server.received).toMatchObject([
    {
      method: "POST",
      path: "/orders?id=7",
      body: '{"a":"ü"}',
      headers: { "x-canary": "1", host: "orders.example.com", "content-length": "10", connection: "close" },
    },
  ]);
});

test("answers with status and body, also where that is an error", async () => {
  server = await serve((response) => response.writeHead(503).end("no healthy upstream: ü"));
  expect(await send(to(server.url))).toEqual({ status: 503, body: "no healthy upstream: ü" });
});

test("takes a redirect for the answer", async () => {
  server = await serve((response) => response.writeHead(302, { location: "/elsewhere" }).end());
  expect(await send(to(server.url))).toEqual({ status: 302, body: "" });
  expect(server.received).toHaveLength(1);
});

test("keeps no more than the first mebibyte or so of a body, and does not choke on the rest", async () => {
  server = await serve((response) => response.end(Buffer.alloc(4 * 1_048_576, "a")));
  const { status, body } = await send(to(server.url));
  expect(status).toBe(200);
  expect(body.length).toBeGreaterThanOrEqual(1_048_576);
  expect(body.length).toBeLessThan(2 * 1_048_576);
});

test("rejects where nobody listens", async () => {
  server = await serve((response) => response.end());
  const { url } = server;
  await server.close();
  server = undefined;
  await expect(send(to(url))).rejects.toThrow(/ECONNREFUSED/);
});

test.each(["before any answer", "in the middle of one"])(
  "rejects where the server hangs up %s",
  async (when) => {
    server = await serve((response) => {
      if (when !== "before any answer") response.writeHead(200, { "content-length": "100" }).write("part");
      setTimeout(() => response.destroy(), 20);
    });
    await expect(send(to(server.url))).rejects.toThrow(/socket hang up|aborted/);
  },
);

test.each(["no answer", "half an answer"])("rejects when time is over, with %s", async (what) => {
  server = await serve((response) => {
    if (what === "half an answer") response.writeHead(200).write("part");
  });
  const startedMs = performance.now();
  await expect(send(to(server.url, { timeoutMs: 100 }))).rejects.toThrow();
  expect(performance.now() - startedMs).toBeLessThan(1_500);
});

test("rejects at once when it is cancelled", async () => {
  server = await serve(() => undefined);
  const cancel = new AbortController();
  const sent = send(to(server.url, { signal: cancel.signal }));
  cancel.abort(new Error("cancelled by SIGINT"));
  await expect(sent).rejects.toThrow();
});
