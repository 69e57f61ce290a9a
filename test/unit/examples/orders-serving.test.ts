import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { killAll, type OrdersProcess, startOrders } from "./orders-process.ts";

let orders: OrdersProcess;

beforeAll(async () => {
  orders = await startOrders({ VERSION: "2" });
});
afterAll(killAll);

const get = (path: string, init?: RequestInit) => fetch(`${orders.url}${path}`, init);
const post = (body: string) => get("/orders", { method: "POST", body });

describe("the example service", () => {
  test.each([
    ["GET", "/livez", 200],
    ["GET", "/readyz", 200],
    ["GET", "/metrics", 200],
    ["GET", "/version", 200],
    ["HEAD", "/orders", 200],
    ["GET", "/slow?ms=1", 200],
    ["GET", "/slow?ms=60000", 400],
    ["GET", "/slow?ms=-1", 400],
    ["GET", "/nothing", 404],
    ["GET", "//", 404],
    ["DELETE", "/orders", 405],
  ])("answers %s %s with %d, and says its version", async (method, path, status) => {
    const response = await get(path, { method });
    expect([response.status, response.headers.get("x-version")]).toEqual([status, "2"]);
  });

  test("keeps connections longer than a load balancer does", async () => {
    const { headers } = await get("/orders");
    expect([headers.get("connection"), headers.get("keep-alive")]).toEqual(["keep-alive", "timeout=75"]);
  });

  test("tells its version", async () => {
    expect(await (await get("/version")).json()).toEqual({ version: "2" });
  });

  test("lists an order that was placed", async () => {
    const placed = await post('{"item":"ristretto","quantity":2}');
    expect(placed.status).toBe(201);
    expect(await (await get("/orders")).json()).toMatchObject({
      orders: expect.arrayContaining([await placed.json()]),
    });
  });

  test.each(['{"item":""', "[]", "null", '{"item":"x","quantity":0}', '{"quantity":1}'])(
    "refuses %s as an order",
    async (body) => {
      expect((await post(body)).status).toBe(400);
    },
  );

  test("refuses a body without end", async () => {
    expect((await post("x".repeat(70_000))).status).toBe(413);
  });

  test("sleeps as long as it was asked to", async () => {
    const startMs = performance.now();
    await (await get("/slow?ms=300")).text();
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(295);
  });

  test("counts users' requests and not health checks", async () => {
    const count = async () =>
      Number(/^http_requests_total\{code="404"\} (\d+)$/m.exec(await (await get("/metrics")).text())?.[1]);
    await get("/nothing");
    const before = await count();
    await Promise.all([get("/nothing"), get("/livez"), get("/readyz")]);
    expect(await count()).toBe(before + 1);

    const text = await (await get("/metrics")).text();
    const total = [...text.matchAll(/^http_requests_total\{.*\} (\d+)$/gm)].reduce(
      (sum, m) => sum + Number(m[1]),
      0,
    );
    expect(text).toContain(`http_request_duration_seconds_bucket{le="+Inf"} ${total}\n`);
    expect(text).toContain(`http_request_duration_seconds_count ${total}\n`);
  });

  test("feeds a WebSocket, each second, and says its version in the handshake", async () => {
    const socket = new WebSocket(`${orders.url.replace("http", "ws")}/feed`);
    const version = new Promise((resolve) => {
      socket.once("upgrade", (response) => resolve(response.headers["x-version"]));
    });
    const messages: unknown[] = [];
    await new Promise<void>((resolve) => {
      socket.on("message", (data) => {
        messages.push(JSON.parse(String(data)));
        if (messages.length === 2) resolve();
      });
    });
    socket.terminate();
    expect(await version).toBe("2");
    expect(messages).toEqual([
      { version: "2", seq: 0 },
      { version: "2", seq: 1 },
    ]);
  });

  test("refuses an upgrade elsewhere", async () => {
    const socket = new WebSocket(`${orders.url.replace("http", "ws")}/orders`);
    const status = await new Promise((resolve) => {
      socket.once("unexpected-response", (_request, response) => resolve(response.statusCode));
      socket.once("error", () => {});
    });
    socket.terminate();
    expect(status).toBe(404);
  });
});

test("it is alive but not ready while it warms up", async () => {
  const cold = await startOrders({ WARM_UP_SECONDS: "0.6" });
  const status = async (path: string) => (await fetch(`${cold.url}${path}`)).status;
  expect([await status("/livez"), await status("/readyz")]).toEqual([200, 503]);
  await expect.poll(() => status("/readyz"), { timeout: 2000 }).toBe(200);
});
