import { afterEach, describe, expect, test } from "vitest";
import { send } from "../../../src/evidence/http.ts";
import {
  judgeAnswer,
  runSmokeChecks,
  type SmokeCheck,
  type SmokeContext,
} from "../../../src/evidence/smoke.ts";
import { spec } from "../core/world.ts";
import { serve, type TestServer } from "./server.ts";

const VALUES = {
  version: "2.1",
  image: "registry/orders:2.1",
  rollout: "run-2",
  "task-definition": "orders:2",
};

function checks(...of: readonly Readonly<Record<string, unknown>>[]): readonly SmokeCheck[] {
  return spec({ "smoke-checks": of })["smoke-checks"];
}

function check(more: Readonly<Record<string, unknown>> = {}): SmokeCheck {
  const [one] = checks({ path: "/version", ...more });
  if (!one) throw new Error("no check");
  return one;
}

describe("an answer", () => {
  const judge = (more: Readonly<Record<string, unknown>>, body: string, status = 200) =>
    judgeAnswer(check(more), { status, body }, VALUES);

  test.each([
    ["the status expected", {}, "", 200],
    ["another status that was asked for", { status: 418 }, "", 418],
    ["the text in its body", { contains: "ready" }, "all ready now", 200],
    ["the version in its body", { contains: "v${version}" }, "v2.1", 200],
    ["the JSON members asked for, and more", { json: { a: 1, b: null } }, '{"c":true,"b":null,"a":1}', 200],
    ["the version as a JSON member", { json: { version: "${version}" } }, '{"version":"2.1"}', 200],
    [
      "a member within a member",
      { json: { app: { version: "${version}" } } },
      '{"app":{"version":"2.1","x":1}}',
      200,
    ],
    ["a list just so", { json: { list: [1, "two"] } }, '{"list":[1,"two"]}', 200],
    ["a placeholder that there is not, as it stands", { contains: "${nothing}" }, "${nothing}", 200],
  ])("with %s passes", (_name, more, body, status) => {
    expect(judge(more, body, status)).toBeUndefined();
  });

  test.each([
    [
      "another status",
      {},
      "Internal\n  Server Error",
      500,
      'expected status 200, got 500: "Internal Server Error"',
    ],
    ["an empty body", {}, "", 500, "expected status 200, got 500: an empty body"],
    [
      "no such text",
      { contains: "v${version}" },
      "v2.0",
      200,
      'expected the body to contain "v2.1", got "v2.0"',
    ],
    ["no JSON", { json: { a: 1 } }, "<html>", 200, 'expected JSON, got "<html>"'],
    [
      "another value",
      { json: { version: "${version}" } },
      '{"version":"2.0"}',
      200,
      'expected version to be "2.1", got "2.0"',
    ],
    ["no such member", { json: { a: { b: 1 } } }, '{"a":{}}', 200, "expected a.b to be 1, got nothing"],
    [
      "a member that JavaScript has on every object",
      { json: { constructor: "x" } },
      "{}",
      200,
      'expected constructor to be "x", got nothing',
    ],
    [
      "null for an object",
      { json: { a: { b: 1 } } },
      '{"a":null}',
      200,
      'expected a to be {"b":1}, got null',
    ],
    ["a list for an object", { json: { a: 1 } }, "[1]", 200, 'expected the body to be {"a":1}, got [1]'],
    ["a longer list", { json: { list: [1] } }, '{"list":[1,2]}', 200, "expected list to be [1], got [1,2]"],
    ["a number as text", { json: { n: 1 } }, '{"n":"1"}', 200, 'expected n to be 1, got "1"'],
  ])("with %s fails, and says so", (_name, more, body, status, reason) => {
    expect(judge(more, body, status)).toBe(reason);
  });

  test("that is long is told in part", () => {
    expect(judge({}, "x".repeat(10_000), 500)?.length).toBeLessThan(200);
  });

  test("with a placeholder within a list passes", () => {
    expect(judge({ json: { tags: ["${version}"] } }, '{"tags":["2.1"]}')).toBeUndefined();
  });

  test("with an object in a list whose members come in another order passes", () => {
    expect(judge({ json: { list: [{ a: 1, b: 2 }] } }, '{"list":[{"b":2,"a":1}]}')).toBeUndefined();
  });
});

describe("against a server", () => {
  let server: TestServer | undefined;
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  /** Time that only the pauses between attempts move. */
  const surroundings = (
    baseUrl: string,
    more: Partial<SmokeContext> = {},
  ): SmokeContext & { pausesMs: number[] } => {
    const pausesMs: number[] = [];
    return {
      baseUrl,
      headers: { "x-canary": "1" },
      values: VALUES,
      deadlineMs: 60_000,
      send,
      nowMs: () => pausesMs.reduce((sum, pauseMs) => sum + pauseMs, 0),
      sleep: async (delayMs) => {
        pausesMs.push(delayMs);
      },
      signal: new AbortController().signal,
      pausesMs,
      ...more,
    };
  };

  test("every check is asked in turn, with the test route's headers and its own, filled in", async () => {
    server = await serve((response) => response.end("2.1"));
    const list = checks(
      { path: "/a?v=${version}", headers: { host: "orders.example.com", "x-rollout": "${rollout}" } },
      {
        path: "/b",
        method: "POST",
        body: "${task-definition} ${image}",
        contains: "${version}",
        name: "the second",
      },
    );
    expect(await runSmokeChecks(list, surroundings(server.url))).toEqual({
      kind: "healthy",
      gate: "smoke",
      reason: "smoke checks passed on the test route: GET /a?v=${version}, the second",
    });
    expect(server.received).toMatchObject([
      { path: "/a?v=2.1", headers: { "x-canary": "1", "x-rollout": "run-2", host: "orders.example.com" } },
      { method: "POST", path: "/b", body: "orders:2 registry/orders:2.1", headers: { "x-canary": "1" } },
    ]);
  });

  test("a check may fail and pass at a later attempt", async () => {
    server = await serve((response, _request, number) => response.writeHead(number < 3 ? 503 : 200).end());
    const context = surroundings(server.url);
    expect(await runSmokeChecks([check()], context)).toMatchObject({ kind: "healthy" });
    expect(context.pausesMs).toEqual([1_000, 1_000]);
  });

  test("a check that fails at every attempt is the verdict, and no further one is asked", async () => {
    server = await serve((response) => response.writeHead(500).end("boom"));
    const list = checks({ path: "/version", attempts: 3 }, { path: "/next" });
    expect(await runSmokeChecks(list, surroundings(server.url))).toEqual({
      kind: "regress",
      gate: "smoke",
      reason: 'GET /version: expected status 200, got 500: "boom" (tried 3 times)',
    });
    expect(server.received.map(({ path }) => path)).toEqual(["/version", "/version", "/version"]);
  });

  test("attempts end at the deadline, with the last answer as the reason", async () => {
    server = await serve((response) => response.writeHead(500).end("boom"));
    const verdict = await runSmokeChecks(
      [check({ attempts: 100 })],
      surroundings(server.url, { deadlineMs: 2_500 }),
    );
    expect(verdict).toMatchObject({ kind: "regress", reason: expect.stringContaining("got 500") });
    expect(server.received).toHaveLength(3);
  });

  test("a check for which no time is left has failed, not passed", async () => {
    server = await serve((response) => response.end());
    const verdict = await runSmokeChecks([check()], surroundings(server.url, { deadlineMs: 0 }));
    expect(verdict).toMatchObject({ kind: "regress", reason: expect.stringContaining("timeouts.verify") });
    expect(server.received).toEqual([]);
  });

  test("a server that nobody reaches is a failure in words", async () => {
    server = await serve((response) => response.end());
    const { url } = server;
    await server.close();
    server = undefined;
    expect(await runSmokeChecks([check({ attempts: 1 })], surroundings(url))).toMatchObject({
      kind: "regress",
      reason: expect.stringMatching(/^GET \/version: no answer: .*ECONNREFUSED/),
    });
  });

  test("an answer that never comes is a failure within the check's timeout", async () => {
    server = await serve(() => undefined);
    const startedMs = performance.now();
    const list = checks({ path: "/version", timeout: "100ms", attempts: 1 });
    expect(await runSmokeChecks(list, surroundings(server.url))).toMatchObject({
      kind: "regress",
      reason: expect.stringContaining("no answer"),
    });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
  });

  test("an answer that never comes is said to have timed out, with the time", async () => {
    server = await serve(() => undefined);
    const list = checks({ path: "/version", timeout: "100ms", attempts: 1 });
    expect(await runSmokeChecks(list, surroundings(server.url))).toMatchObject({
      reason: "GET /version: no answer within 100 ms",
    });
  });

  test("cancelled, there is no verdict at all", async () => {
    const cancel = new AbortController();
    server = await serve(() => cancel.abort(new Error("cancelled by SIGINT")));
    await expect(
      runSmokeChecks([check()], surroundings(server.url, { signal: cancel.signal })),
    ).rejects.toThrow("cancelled by SIGINT");
  });
});
