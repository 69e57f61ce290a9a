import { afterEach, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { CountSource, MeasuredVersion } from "../../../../src/core/metric-source.ts";
import { parseSpec } from "../../../../src/core/spec/parse.ts";
import { formatProblems } from "../../../../src/core/spec/problem.ts";
import type { ServiceSpec } from "../../../../src/core/spec/schema.ts";
import { send } from "../../../../src/evidence/http.ts";
import { createHttpSource } from "../../../../src/evidence/sources/http-json.ts";
import { blocksOf, readText } from "../../docs/pages.ts";
import { type Received, serve, type TestServer } from "../server.ts";

/** The docs' fragments, run as they are but for the address, each against a server that answers as its API does. */

const PAGE = "docs/reference/sources/http.md";
const T0 = 1_700_000_040;
const WINDOW = { historyFromMs: T0 * 1000, fromMs: T0 * 1000, toMs: (T0 + 300) * 1000, periodMs: 60_000 };
const NEW: MeasuredVersion = { groupArn: "new", values: { version: "1.4.2", "task-set": "ecs-svc/2" } };

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** The spec with the page's fragment of that source, as Sluice reads it. */
function specWith(name: string): ServiceSpec {
  const fragment = blocksOf({ path: PAGE, text: readText(PAGE) })
    .map(({ code }) => parse(code))
    .find(({ sources }) => name in sources);
  const text = stringify({ ...parse(readText("examples/orders/sluice.yml")), ...fragment });
  const parsed = parseSpec(text, PAGE);
  if (parsed.kind === "problems") throw new Error(formatProblems(parsed.problems, PAGE, text).join("\n"));
  const [spec] = parsed.spec.services;
  if (!spec) throw new Error("no service");
  return spec;
}

function sourceOf(name: string, env: Readonly<Record<string, string>>): CountSource {
  const { gates, sources } = specWith(name);
  const { from } = gates.errors || {};
  const http = sources[name]?.http;
  if (!http || typeof from?.requests !== "string" || typeof from.bad !== "string")
    throw new Error("no queries");
  const here = (url: string): string => url.replace(/^https:\/\/[^/]+/, server?.url ?? "");
  const followUp = http["follow-up"].map((one) => ({ ...one, url: here(one.url) }));
  const spec = { ...http, url: here(http.url), "follow-up": followUp };
  const queries = { requests: from.requests, bad: from.bad, periodMs: 60_000 };
  const deps = { values: { service: "orders" }, env, send, sleep: async () => undefined };
  return createHttpSource(spec, queries, deps);
}

const read = (source: CountSource) => source.read([NEW], WINDOW, AbortSignal.timeout(10_000));

const headersOf = ({ headers }: Received, ...names: readonly string[]) => names.map((name) => headers[name]);

test("Datadog", async () => {
  server = await serve((response, { path }) => {
    const query = new URL(path, "http://host").searchParams.get("query") ?? "";
    const series = (pointlist: readonly (readonly [number, number | null])[]) => ({
      status: "ok",
      res_type: "time_series",
      series: [{ metric: "m", interval: 60, scope: "service:orders", pointlist }],
      query,
    });
    const hits = series([
      [T0 * 1000, 480.0],
      [(T0 + 60) * 1000, 520.0],
      [(T0 + 120) * 1000, null],
      [(T0 + 300) * 1000, 70],
    ]);
    const none = { status: "ok", res_type: "time_series", series: [], query };
    response.end(JSON.stringify(query.includes(".hits") ? hits : none));
  });
  const { arms } = await read(
    sourceOf("datadog", { DD_API_KEY: "key-of-datadog", DD_APP_KEY: "app-of-datadog" }),
  );
  expect(arms).toEqual([
    [
      { atMs: T0 * 1000, requests: 480, bad: 0 },
      { atMs: (T0 + 60) * 1000, requests: 520, bad: 0 },
    ],
  ]);
  const asked = server.received.map(({ path }) => new URL(path, "http://host"));
  expect(asked.map(({ pathname }) => pathname)).toEqual(["/api/v1/query", "/api/v1/query"]);
  expect(asked.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual(
    expect.arrayContaining(
      ["hits", "errors"].map((metric) => ({
        from: "1700000040",
        to: "1700000220",
        query: `sum:trace.web.request.${metric}{service:orders,version:1.4.2}.as_count().rollup(sum,60)`,
      })),
    ),
  );
  for (const one of server.received) {
    expect(headersOf(one, "dd-api-key", "dd-application-key")).toEqual(["key-of-datadog", "app-of-datadog"]);
  }
});

test("New Relic", async () => {
  server = await serve((response, { body }) => {
    const { nrql } = JSON.parse(body).variables;
    const of = (from: number, count: number) => ({
      beginTimeSeconds: from,
      endTimeSeconds: from + 60,
      count,
    });
    const results = nrql.includes("ERROR") ? [of(T0, 12), of(T0 + 60, 0)] : [of(T0, 480), of(T0 + 60, 520)];
    response.end(JSON.stringify({ data: { actor: { account: { nrql: { results } } } } }));
  });
  const { arms } = await read(sourceOf("new-relic", { NEW_RELIC_API_KEY: "key-of-new-relic" }));
  expect(arms).toEqual([
    [
      { atMs: T0 * 1000, requests: 480, bad: 12 },
      { atMs: (T0 + 60) * 1000, requests: 520, bad: 0 },
    ],
  ]);
  expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /graphql",
    "POST /graphql",
  ]);
  const bodies = server.received.map(({ body }) => JSON.parse(body));
  expect(bodies[0].query).toMatch(/^query\(\$id: Int!, \$nrql: Nrql!\) \{ actor/);
  expect(bodies.map(({ variables }) => variables)).toContainEqual({
    id: 1234567,
    nrql: "SELECT count(*) AS count FROM Span WHERE service.name = 'orders' AND span.kind = 'server' AND service.version = '1.4.2' SINCE 1700000040000 UNTIL 1700000220000 TIMESERIES 60 seconds",
  });
  for (const one of server.received) {
    expect(headersOf(one, "api-key", "content-type")).toEqual(["key-of-new-relic", "application/json"]);
  }
});

test("New Relic's errors, which come with a status of 200", async () => {
  const message = "NRQL Syntax Error: Error at line 1 position 8, unexpected 'FROM'";
  server = await serve((response) => response.end(JSON.stringify({ data: null, errors: [{ message }] })));
  const source = sourceOf("new-relic", { NEW_RELIC_API_KEY: "key-of-new-relic" });
  await expect(read(source)).rejects.toMatchObject({
    kind: "configuration",
    message: expect.stringMatching(/NRQL Syntax Error/),
  });
});

test("Honeycomb", async () => {
  const polled = new Map<string, number>();
  server = await serve((response, { method, path, body }) => {
    const say = (answer: unknown, status = 200) => response.writeHead(status).end(JSON.stringify(answer));
    if (path === "/1/queries/orders") return say({ id: body.includes("500") ? "bad" : "all" });
    if (method === "POST") return say({ id: `result-${JSON.parse(body).query_id}`, complete: false }, 201);
    const times = (polled.get(path) ?? 0) + 1;
    polled.set(path, times);
    if (times === 1) return say({ id: "x", complete: false });
    const count = path.endsWith("bad") ? 12 : 480;
    const series = [{ time: "2023-11-14T22:14:00Z", data: { COUNT: count } }];
    return say({
      id: "x",
      complete: true,
      data: { series, results: [{ data: { COUNT: count } }] },
      links: {},
    });
  });
  const { arms } = await read(sourceOf("honeycomb", { HONEYCOMB_API_KEY: "key-of-honeycomb" }));
  expect(arms).toEqual([[{ atMs: T0 * 1000, requests: 480, bad: 12 }]]);
  const specs = server.received
    .filter(({ path }) => path.includes("queries"))
    .map(({ body }) => JSON.parse(body));
  const version = { column: "service.version", op: "=", value: "1.4.2" };
  expect(specs).toContainEqual({
    calculations: [{ op: "COUNT" }],
    filters: [version, { column: "http.status_code", op: ">=", value: 500 }],
    filter_combination: "AND",
    start_time: T0,
    end_time: T0 + 240,
    granularity: 60,
  });
  expect([...polled]).toEqual(
    expect.arrayContaining([
      ["/1/query_results/orders/result-all", 2],
      ["/1/query_results/orders/result-bad", 2],
    ]),
  );
  for (const one of server.received) expect(headersOf(one, "x-honeycomb-team")).toEqual(["key-of-honeycomb"]);
});

test("the page's own example of a service of one's own is read, too", () => {
  expect(specWith("shop").sources.shop?.http?.points).toBe("series[0].points");
});
