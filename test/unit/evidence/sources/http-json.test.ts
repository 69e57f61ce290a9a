import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { CountSource, MeasuredVersion } from "../../../../src/core/metric-source.ts";
import { type HttpSourceSpec, sourcesSchema } from "../../../../src/core/spec/gate-schema.ts";
import { send } from "../../../../src/evidence/http.ts";
import { createHttpSource } from "../../../../src/evidence/sources/http-json.ts";
import { serve, type TestServer } from "../server.ts";

let server: TestServer | undefined;
let slept: number[] = [];
afterEach(async () => {
  await server?.close();
  server = undefined;
  slept = [];
});

const KEY = 'k3y"with/odd+signs';
const QUERIES = { requests: "hits{set:${task-set}}", bad: "errors{set:${task-set}}", periodMs: 60_000 };
const version = (taskSet: string): MeasuredVersion => ({
  groupArn: taskSet,
  values: { "task-set": taskSet },
});
const WINDOW = { historyFromMs: 1_700_000_040_000, fromMs: 0, toMs: 1_700_000_340_000, periodMs: 60_000 };
const T0 = 1_700_000_040;
const signal = new AbortController().signal;

/** As a spec that was read has it, its defaults included. */
function specOf(given: Readonly<Record<string, unknown>>): HttpSourceSpec {
  const { http } = sourcesSchema.parse({ one: { http: { points: "points", ...given } } }).one ?? {};
  if (!http) throw new Error("no spec");
  return http;
}

function source(
  given: Readonly<Record<string, unknown>> = {},
  env: Readonly<Record<string, string>> = {},
  queries = QUERIES,
): CountSource {
  const url = `${server?.url}/q?query=\${query}&from=\${from-seconds}`;
  return createHttpSource(specOf({ url, ...given }), queries, {
    values: { service: "orders" },
    env,
    send,
    sleep: async (delayMs) => {
      slept.push(delayMs);
    },
  });
}

const say = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status).end(JSON.stringify(body));
};
const read = (of: CountSource, versions = [version("a")], window = WINDOW) =>
  of.read(versions, window, signal);

describe("requests", () => {
  test("the address has the query and the window, encoded, for both versions", async () => {
    server = await serve((response) => say(response, { points: [] }));
    const url = `${server.url}/v1/\${period-seconds}?q=\${query}.rollup(sum)&from=\${from-milliseconds}&to=\${to-iso}`;
    await read(source({ url }), [version("set/2"), version("set/1")]);
    expect(server.received.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`).sort()).toEqual(
      ["errors", "hits"].flatMap((metric) =>
        ["set/1", "set/2"].map(
          (set) =>
            `GET /v1/60?q=${metric}{set:${set}}.rollup(sum)&from=1700000040000&to=2023-11-14T22:18:00.000Z`,
        ),
      ),
    );
    expect(server.received[0]?.path).toMatch(/q=(hits|errors)%7Bset%3Aset%2F[12]%7D\.rollup\(sum\)&/);
  });

  test.each([
    [
      "in quotes is text",
      "application/json",
      '{"nrql": "${query} SINCE ${from-seconds}"}',
      'a "b"\\c',
      { nrql: 'a "b"\\c SINCE 1700000040' },
    ],
    [
      "outside of them is JSON",
      "application/json; charset=utf-8",
      '{"\\"": "x", "filters": ${query}}',
      '[{"op": "="}]',
      { '"': "x", filters: [{ op: "=" }] },
    ],
  ])("a query in JSON %s", async (_, contentType, body, query, expected) => {
    server = await serve((response) => say(response, { points: [] }));
    const queries = { ...QUERIES, requests: query, bad: query };
    await read(source({ method: "POST", body, headers: { "Content-Type": contentType } }, {}, queries));
    expect(JSON.parse(server.received[0]?.body ?? "")).toEqual(expected);
    expect(server.received[0]?.headers["content-type"]).toBe(contentType);
  });

  test("a form is encoded as such, and other text is left alone", async () => {
    server = await serve((response) => say(response, { points: [] }));
    const queries = { ...QUERIES, requests: 'a&b="c"', bad: 'a&b="c"' };
    const form = { "content-type": "application/x-www-form-urlencoded" };
    await read(source({ method: "POST", body: "q=${query}", headers: form }, {}, queries));
    await read(
      source({ method: "POST", body: "${query}", headers: { "content-type": "text/plain" } }, {}, queries),
    );
    await read(source({ method: "POST", body: '{"q": "${query}"}' }, {}, queries));
    const [first, , second, , third] = server.received;
    expect([first?.body, second?.body]).toEqual(["q=a%26b%3D%22c%22", 'a&b="c"']);
    expect(third?.headers["content-type"]).toBe("application/json");
  });

  test("a version's value that means something in a query is refused", async () => {
    server = await serve((response) => say(response, { points: [] }));
    await expect(read(source(), [version("a} or {b")])).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/cannot be put into a query/),
    });
    expect(server.received).toEqual([]);
  });

  test("a long window is asked for in parts", async () => {
    server = await serve((response, { path }) => {
      const from = Number(/from=(\d+)/.exec(path)?.[1]);
      say(response, { points: Array.from({ length: 300 }, (_, index) => [from + index * 60, 2]) });
    });
    const window = { ...WINDOW, toMs: WINDOW.historyFromMs + 660 * 60_000 };
    const { arms } = await read(source(), [version("a")], window);
    expect(server.received).toHaveLength(6);
    expect(arms[0]).toHaveLength(659);
    expect(arms[0]?.every(({ requests, bad }) => requests === 2 && bad === 2)).toBe(true);
  });

  test("until another period is complete the answer is remembered, and a failure is not", async () => {
    let isBroken = true;
    server = await serve((response) =>
      isBroken ? say(response, {}, 500) : say(response, { points: [[T0, 1]] }),
    );
    const one = source();
    await expect(read(one)).rejects.toMatchObject({ kind: "transient" });
    isBroken = false;
    const counts = await read(one);
    const before = server.received.length;
    expect(await read(one, [version("a")], { ...WINDOW, toMs: WINDOW.toMs + 59_999 })).toEqual(counts);
    expect(server.received.length - before).toBe(0);
    await read(one, [version("a")], { ...WINDOW, toMs: WINDOW.toMs + 60_000 });
    expect(server.received.length - before).toBe(2);
    await read(one, [version("b")], { ...WINDOW, toMs: WINDOW.toMs + 60_000 });
    expect(server.received.length - before).toBe(4);
  });
});

describe("points", () => {
  test.each([
    [
      "seconds",
      [
        [T0, 5],
        [T0 + 60, 7],
      ],
    ],
    [
      "milliseconds",
      [
        [T0 * 1000, 5],
        [(T0 + 60) * 1000, 7],
      ],
    ],
    [
      "ISO 8601",
      [
        ["2023-11-14T22:14:00Z", 5],
        ["2023-11-14T23:15:00.000+01:00", 7],
      ],
    ],
    [
      "text",
      [
        [`${T0}`, "5"],
        [`${T0 + 60}`, "7.0"],
      ],
    ],
    [
      "finer buckets, out of order",
      [
        [T0 + 60, 3],
        [T0 + 30, 4],
        [T0, 1],
        [T0 + 90, 4],
      ],
    ],
    [
      "nulls and what lies outside",
      [
        [T0 - 1, 9],
        [T0, 5],
        [T0 + 60, 7],
        [T0 + 120, null],
        [T0 + 240, 9],
      ],
    ],
  ])("%s", async (_, points) => {
    server = await serve((response, { path }) =>
      say(response, { points: path.includes("hits") ? points : null }),
    );
    expect((await read(source())).arms).toEqual([
      [
        { atMs: T0 * 1000, requests: 5, bad: 0 },
        { atMs: (T0 + 60) * 1000, requests: 7, bad: 0 },
      ],
    ]);
  });

  test.each([
    ["no list", { points: { a: 1 } }, /has to give a list of \[time, value\], and gave \{"a":1\}/],
    ["no pairs", { points: [[T0, 1, 2]] }, /gave \[1700000040,1,2\] in it/],
    ["objects", { points: [{ time: T0 }] }, /gave \{"time":1700000040\} in it/],
    ["another time", { points: [["yesterday", 1]] }, /whose time is not in seconds/],
    ["nanoseconds", { points: [[T0 * 1e9, 1]] }, /whose time is not in seconds/],
    ["another value", { points: [[T0, "many"]] }, /whose value is not a number/],
    [
      "an error instead",
      { errors: [{ message: "NRQL syntax error" }], points: null },
      /answered: .*NRQL syntax error/,
    ],
    ["an error as text", { status: "error", error: "unknown metric" }, /answered: unknown metric/],
  ])("%s", async (_, body, message) => {
    server = await serve((response) => say(response, body));
    await expect(read(source())).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(message),
    });
  });

  test("an error that passes may pass", async () => {
    server = await serve((response) => say(response, { errors: [{ message: "Query timed out" }] }));
    await expect(read(source())).rejects.toMatchObject({ kind: "transient" });
  });

  test("an expression that does not fit the answer", async () => {
    server = await serve((response) => say(response, { points: 5 }));
    await expect(read(source({ points: "zip(points, points)" }))).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/points, zip\(points, points\), does not fit the answer/),
    });
    expect(() => source({ points: "a[" })).toThrow(/points is no JMESPath expression: a\[/);
  });
});

describe("refusals", () => {
  test.each([
    [400, "configuration"],
    [404, "configuration"],
    [408, "transient"],
    [429, "transient"],
    [500, "transient"],
    [503, "transient"],
  ])("%d", async (status, kind) => {
    server = await serve((response) => response.writeHead(status).end("because"));
    await expect(read(source())).rejects.toMatchObject({
      kind,
      message: `${server.url} answered ${status}: because`,
    });
  });

  test("a redirect is not followed, wherever it leads", async () => {
    const other = await serve((response) => say(response, { points: [] }));
    server = await serve((response) => response.writeHead(307, { location: other.url }).end());
    try {
      await expect(read(source())).rejects.toMatchObject({
        kind: "configuration",
        message: expect.stringMatching(/a redirect, which is not followed/),
      });
      expect(other.received).toEqual([]);
    } finally {
      await other.close();
    }
  });

  test("other than JSON, and too much of it", async () => {
    server = await serve((response, { path }) =>
      path.includes("much") ? response.end(Buffer.alloc(34 * 1_048_576, " ")) : response.end("<p>Sign in"),
    );
    await expect(read(source())).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/something other than JSON: "<p>Sign in"/),
    });
    await expect(read(source({ url: `${server.url}/much?q=\${query}` }))).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/answered with more than 32 MiB/),
    });
  });
});

describe("secrets", () => {
  const spec = { "secret-headers": { "X-Api-Key": "API_KEY" } };

  test("go into headers, and into no message, though the server repeats them", async () => {
    server = await serve((response, { headers }) => say(response, { bad: headers["x-api-key"] }, 403));
    const one = source(spec, { API_KEY: `${KEY}\n` });
    await expect(read(one)).rejects.toMatchObject({
      kind: "configuration",
      message: `${server.url} answered 403: {"bad":"***"}`,
      hint: "Are API_KEY right, and do they allow it to be read?",
    });
    expect(server.received[0]?.headers["x-api-key"]).toBe(KEY);
    expect(JSON.stringify(await one.check(version("a"), 10_000_000, signal))).not.toMatch(/k3y/);
    expect(one.title).toBe(server.url);
  });

  test("what points finds is redacted, too", async () => {
    server = await serve((response, { headers }) => say(response, { points: headers["x-api-key"] }));
    await expect(read(source(spec, { API_KEY: KEY }))).rejects.toMatchObject({
      message: expect.stringMatching(/and gave "\*\*\*"$/),
    });
  });

  test.each([
    ["is not set", {}],
    ["has characters that no header may have", { API_KEY: "a\nb" }],
  ])("a variable that %s is named", async (words, env: Record<string, string>) => {
    server = await serve((response) => say(response, { points: [] }));
    await expect(read(source(spec, env))).rejects.toMatchObject({
      kind: "configuration",
      message: `the environment variable API_KEY, which secret-headers.X-Api-Key names, ${words}`,
    });
    expect(server.received).toEqual([]);
  });
});

describe("answers that come later", () => {
  const later = (url: string) => ({
    url: `${url}/queries`,
    method: "POST",
    body: '{"filters": "${query}"}',
    "secret-headers": { "X-Team": "TEAM_KEY" },
    points: "data[].[time, n]",
    "follow-up": [
      { take: "id", url: `${url}/results`, method: "POST", body: '{"query_id": "${taken}"}' },
      { take: "id", url: `${url}/results/\${taken}`, until: "complete" },
    ],
  });

  test("are asked for until they are there", async () => {
    const asked = new Map<string, number>();
    server = await serve((response, { method, path, body }) => {
      if (path === "/queries") return say(response, { id: `q-${body.includes("hits") ? "hits" : "errors"}` });
      if (method === "POST") return say(response, { id: `r/${JSON.parse(body).query_id}`, complete: false });
      const times = (asked.get(path) ?? 0) + 1;
      asked.set(path, times);
      return say(
        response,
        times < 3
          ? { complete: false }
          : { complete: true, data: [{ time: T0, n: path.includes("hits") ? 9 : 1 }] },
      );
    });
    expect((await read(source(later(server.url), { TEAM_KEY: KEY }))).arms).toEqual([
      [{ atMs: T0 * 1000, requests: 9, bad: 1 }],
    ]);
    expect([...asked]).toEqual(
      expect.arrayContaining([
        ["/results/r%2Fq-hits", 3],
        ["/results/r%2Fq-errors", 3],
      ]),
    );
    expect(slept).toEqual([1_000, 1_000, 1_000, 1_000]);
    expect(server.received.every(({ headers }) => headers["x-team"] === KEY)).toBe(true);
  });

  test("that never come are given up after a minute", async () => {
    server = await serve((response) => say(response, { id: "x", complete: false }));
    await expect(read(source(later(server.url), { TEAM_KEY: KEY }))).rejects.toMatchObject({
      kind: "transient",
      message: expect.stringMatching(/no answer after a minute: complete has not become true/),
    });
    expect(slept.filter((delayMs) => delayMs === 1_000).length).toBeGreaterThanOrEqual(60);
  });

  test("without the id that was to be taken", async () => {
    server = await serve((response) => say(response, { uid: 7 }));
    await expect(read(source(later(server.url), { TEAM_KEY: KEY }))).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/take, id, finds no text in what .* said: \{"uid":7\}/),
    });
  });

  test("are not asked for at another server, which has no business with the headers", async () => {
    server = await serve((response) => say(response, {}));
    const one = later(server.url);
    const elsewhere = [{ take: "id", url: "https://elsewhere.example.com/${taken}" }];
    expect(() => source({ ...one, "follow-up": elsewhere })).toThrow(
      /elsewhere.example.com in `follow-up` is another server/,
    );
  });
});

describe("check", () => {
  test("has nothing to say where the requests are found, though there are no failures", async () => {
    server = await serve((response, { path }) => {
      const from = Number(/from=(\d+)/.exec(path)?.[1]);
      say(response, { points: path.includes("hits") ? [[from, 0]] : [] });
    });
    expect(await source().check(version("a"), 1_700_000_000_000, signal)).toEqual([]);
  });

  test("tells of a query that finds nothing, and of what the server refuses", async () => {
    server = await serve((response, { path }) =>
      path.includes("hits") ? say(response, { points: [] }) : say(response, { why: "no such metric" }, 400),
    );
    expect(await source().check(version("a"), 1_700_000_000_000, signal)).toEqual([
      expect.stringMatching(/gave no points for `requests` in the last \w+/),
      expect.stringMatching(/answered 400: .*no such metric/),
    ]);
  });

  test("does not blame the spec where nobody answers", async () => {
    server = await serve((response) => response.writeHead(502).end());
    await expect(source().check(version("a"), 1_700_000_000_000, signal)).rejects.toMatchObject({
      kind: "transient",
    });
  });
});
