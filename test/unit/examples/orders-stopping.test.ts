import { Agent, get as httpGet, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { killAll, startOrders } from "./orders-process.ts";

afterEach(killAll);

function get(url: string, agent?: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, agent ? { agent } : {}, (response) => {
      response.resume().once("end", () => resolve(response));
    });
    request.once("error", reject);
  });
}

describe("on SIGTERM the example service", () => {
  test("serves on as a lame duck, finishes what is in flight, and exits with 0", async () => {
    const orders = await startOrders({ LAME_DUCK_SECONDS: "0.6" });
    const inFlight = get(`${orders.url}/slow?ms=1500`);
    await sleep(150);
    orders.terminate();
    await expect.poll(async () => (await get(`${orders.url}/readyz`)).statusCode).toBe(503);

    const served = await get(`${orders.url}/orders`, new Agent({ keepAlive: true }));
    expect([served.statusCode, served.headers.connection]).toEqual([200, "close"]);
    expect((await get(`${orders.url}/livez`)).statusCode).toBe(200);

    await sleep(800);
    await expect(get(`${orders.url}/orders`)).rejects.toThrow(/ECONNREFUSED/);
    const slow = await inFlight;
    expect([slow.statusCode, slow.headers.connection]).toEqual([200, "close"]);
    expect(await orders.exited).toMatchObject({ code: 0, signal: null });
  });

  test("is not held up by connections that nobody uses", async () => {
    const orders = await startOrders({ LAME_DUCK_SECONDS: "0.1" });
    const kept = new Agent({ keepAlive: true });
    await get(`${orders.url}/orders`, kept);
    const unused = connect(orders.port, "127.0.0.1");
    await new Promise((resolve) => unused.once("connect", resolve));
    unused.on("error", () => {});
    await sleep(50);

    const startMs = performance.now();
    orders.terminate();
    expect(await orders.exited).toMatchObject({ code: 0 });
    expect(performance.now() - startMs).toBeLessThan(1500);
    kept.destroy();
    unused.destroy();
  });

  test("tells the feed's clients to connect again, and closes with 1001", async () => {
    const orders = await startOrders({ LAME_DUCK_SECONDS: "0.1" });
    const socket = new WebSocket(`ws://127.0.0.1:${orders.port}/feed`);
    const messages: unknown[] = [];
    socket.on("message", (data) => messages.push(JSON.parse(String(data))));
    await new Promise((resolve) => socket.once("open", resolve));
    const closed = new Promise<number>((resolve) => socket.once("close", resolve));
    orders.terminate();

    expect(await closed).toBe(1001);
    expect(messages.at(-1)).toEqual({ version: "7", reconnect: true });
    expect(await orders.exited).toMatchObject({ code: 0 });
  });

  test("gives up below stopTimeout, and says so", async () => {
    const orders = await startOrders({ LAME_DUCK_SECONDS: "0.1", STOP_TIMEOUT_SECONDS: "1.5" });
    const inFlight = get(`${orders.url}/slow?ms=5000`).catch((error: Error) => error);
    await sleep(100);
    const startMs = performance.now();
    orders.terminate();
    const exit = await orders.exited;
    expect(exit.code).toBe(1);
    expect(exit.log.at(-1)).toMatch(/fatal: still busy 0\.5 s after SIGTERM/);
    expect(performance.now() - startMs).toBeLessThan(1500);
    expect(await inFlight).toBeInstanceOf(Error);
  });
});
