import { afterEach, describe, expect, test } from "vitest";
import { killAll, runOrders, startOrders } from "./orders-process.ts";

afterEach(killAll);

/** How many of `count` requests ended with each status; "reset" where none came. */
async function tally(url: string, count: number): Promise<Record<string, number>> {
  const statuses = await Promise.all(
    Array.from({ length: count }, () =>
      fetch(url).then(
        (response) => String(response.status),
        () => "reset",
      ),
    ),
  );
  const tallied: Record<string, number> = {};
  for (const status of statuses) tallied[status] = (tallied[status] ?? 0) + 1;
  return tallied;
}

describe("bad versions", () => {
  test.each([
    ["fail:50%", "500"],
    ["reset:50%", "reset"],
  ])("%s strikes its share of users, and no health check", async (FAULT, bad) => {
    const { url } = await startOrders({ FAULT });
    const users = await tally(`${url}/orders`, 200);
    // 200 draws at 50 %: six standard deviations are 42.
    expect(users[bad]).toBeGreaterThan(58);
    expect(users[bad]).toBeLessThan(142);
    expect((users["200"] ?? 0) + (users[bad] ?? 0)).toBe(200);
    expect(await tally(`${url}/readyz`, 40)).toEqual({ "200": 40 });
    expect(await tally(`${url}/livez`, 40)).toEqual({ "200": 40 });
  });

  test("fail:100% strikes every path of users, upgrades too", async () => {
    const { url } = await startOrders({ FAULT: "fail:100%" });
    for (const path of ["/", "/version", "/slow?ms=1", "/feed"]) {
      expect(await tally(`${url}${path}`, 1)).toEqual({ "500": 1 });
    }
  });

  test.each(["slow:400ms", "slow:0.4s"])("%s delays users and not health checks", async (FAULT) => {
    const { url } = await startOrders({ FAULT });
    const timed = async (path: string) => {
      const startMs = performance.now();
      await fetch(`${url}${path}`);
      return performance.now() - startMs;
    };
    expect(await timed("/readyz")).toBeLessThan(350);
    expect(await timed("/orders")).toBeGreaterThanOrEqual(395);
  });

  test("never-ready serves users, but is never ready", async () => {
    const { url } = await startOrders({ FAULT: "never-ready" });
    expect(await tally(`${url}/orders`, 1)).toEqual({ "200": 1 });
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await tally(`${url}/readyz`, 3)).toEqual({ "503": 3 });
  });

  test("crash-after serves, then exits with 1 and says why", async () => {
    const orders = await startOrders({ FAULT: "crash-after:500ms" });
    expect(await tally(`${orders.url}/orders`, 1)).toEqual({ "200": 1 });
    const exit = await orders.exited;
    expect(exit.code).toBe(1);
    expect(exit.log.at(-1)).toMatch(/fatal: out of memory/);
  });

  test("crash-loop exits with 1 before it listens, and says why", async () => {
    const exit = await runOrders({ FAULT: "crash-loop" });
    expect(exit.code).toBe(1);
    expect(exit.log).toEqual([expect.stringMatching(/fatal: DATABASE_URL is not set/)]);
  });
});

describe("the environment is read strictly", () => {
  test.each([
    [{ FAULT: "explode" }, /FAULT "explode" is none of: fail:20%/],
    [{ FAULT: "fail:20" }, /FAULT "fail:20" needs a share/],
    [{ PORT: "http" }, /PORT "http" is not a number from 0 to 65535/],
    [{ VERSION: "1\n2" }, /VERSION/],
    [{ LAME_DUCK_SECONDS: "9" }, /LAME_DUCK_SECONDS must end/],
  ])("%o ends it with exit code 2 and one line", async (env, message) => {
    const exit = await runOrders({ ...env });
    expect(exit.code).toBe(2);
    expect(exit.log.join("\n")).toMatch(message);
  });

  test("no other text than the documented forms is taken for a fault", async () => {
    const texts = ["fail", "fail:0%", "fail:101%", "fail:-1%", "reset:20", "slow:", "slow:0s", "slow:1h"];
    for (const FAULT of [...texts, "crash-after:soon", "never-ready:1", "crash-loop:", "fail:1%:2"]) {
      const exit = await runOrders({ FAULT });
      expect(exit).toMatchObject({ code: 2, log: [expect.stringContaining(`FAULT "${FAULT}"`)] });
    }
  });
});
