import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import type { CountSource, MeasuredVersion } from "../../../../src/core/metric-source.ts";
import type { PrometheusSpec } from "../../../../src/core/spec/gate-schema.ts";
import { send } from "../../../../src/evidence/http.ts";
import { createPrometheusSource } from "../../../../src/evidence/sources/prometheus.ts";
import type { SignRequest } from "../../../../src/evidence/sources/prometheus-api.ts";
import { type Received, serve, type TestServer } from "../server.ts";

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const TOKEN = "s3cr3t/token+0123456789";
const QUERIES = {
  requests: 'sum(increase(http_requests_total{task_set="${task-set}"}[${period}]))',
  bad: 'sum(increase(http_requests_total{task_set="${task-set}",code=~"5.."}[${period}]))',
  periodMs: 60_000,
};
const version = (taskSet: string): MeasuredVersion => ({
  groupArn: taskSet,
  values: { "task-set": taskSet },
});
const WINDOW = { historyFromMs: 60_000, fromMs: 180_000, toMs: 315_000, periodMs: 60_000 };
const signal = new AbortController().signal;

interface Options {
  readonly spec?: Partial<PrometheusSpec>;
  readonly env?: Readonly<Record<string, string>>;
  readonly sign?: SignRequest;
  readonly path?: string;
}

function source({ spec = {}, env = {}, sign, path = "" }: Options = {}): CountSource {
  const unsigned: SignRequest = () => Promise.reject(new Error("nothing is to be signed"));
  return createPrometheusSource({ url: `${server?.url}${path}`, ...spec }, QUERIES, {
    values: { service: "orders" },
    env,
    send,
    sleep: async () => undefined,
    signFor: () => sign ?? unsigned,
  });
}

const matrix = (...series: readonly (readonly (readonly [number, string])[])[]) => ({
  status: "success",
  data: {
    resultType: "matrix",
    result: series.map((values, index) => ({
      metric: series.length > 1 ? { code: `${index}` } : {},
      values,
    })),
  },
});
const say = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
};
const formOf = ({ body }: Received): URLSearchParams => new URLSearchParams(body);

describe("reading", () => {
  test("asks for both versions by POST, at the ends of whole periods that are complete", async () => {
    server = await serve((response) => say(response, matrix()));
    await source({ path: "/prefix/" }).read([version("ecs-svc/2"), version("ecs-svc/1")], WINDOW, signal);
    expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual(
      Array.from({ length: 4 }, () => "POST /prefix/api/v1/query_range"),
    );
    expect(server.received[0]?.headers["content-type"]).toBe("application/x-www-form-urlencoded");
    const forms = server.received.map((one) => Object.fromEntries(formOf(one)));
    for (const form of forms) expect(form).toMatchObject({ start: "120", end: "300", step: "60" });
    expect(forms.map(({ query }) => query).sort()).toEqual(
      ["ecs-svc/1", "ecs-svc/2"].flatMap((set) => [
        `sum(increase(http_requests_total{task_set="${set}",code=~"5.."}[60s]))`,
        `sum(increase(http_requests_total{task_set="${set}"}[60s]))`,
      ]),
    );
  });

  test("a period that ended less than 15 s ago is not complete", async () => {
    server = await serve((response) => say(response, matrix()));
    await source().read([version("a")], { ...WINDOW, toMs: 314_999 }, signal);
    expect(server.received.map((one) => formOf(one).get("end"))).toEqual(["240", "240"]);
  });

  test("the value at a period's end is that period's; failures that have no series have not been", async () => {
    server = await serve((response, one) => {
      if (formOf(one).get("query")?.includes("code")) say(response, matrix());
      else
        say(
          response,
          matrix([
            [120, "10"],
            [180, "NaN"],
            [240, "20.4"],
            [300, "20.4"],
          ]),
        );
    });
    expect(await source().read([version("a")], WINDOW, signal)).toEqual({
      arms: [
        [
          { atMs: 60_000, requests: 10, bad: 0 },
          { atMs: 180_000, requests: 20, bad: 0 },
          { atMs: 240_000, requests: 21, bad: 0 },
        ],
      ],
    });
  });

  test("warnings of a success are none of a gate's business", async () => {
    server = await serve((response) =>
      say(response, { ...matrix([[120, "3"]]), warnings: ["x"], infos: ["y"] }),
    );
    const { arms } = await source().read([version("a")], WINDOW, signal);
    expect(arms).toEqual([[{ atMs: 60_000, requests: 3, bad: 3 }]]);
  });

  test("asks for more than Prometheus answers at once in parts", async () => {
    server = await serve((response, one) => {
      const [start, end] = [Number(formOf(one).get("start")), Number(formOf(one).get("end"))];
      say(
        response,
        matrix(Array.from({ length: end - start + 1 }, (_, index) => [start + index, "1"] as const)),
      );
    });
    const window = { historyFromMs: 0, fromMs: 0, toMs: 25_001_000, periodMs: 1_000 };
    const { arms } = await source().read([version("a")], window, signal);
    expect(server.received).toHaveLength(6);
    expect(arms[0]).toHaveLength(25_000);
    expect(new Set(arms[0]?.map(({ atMs }) => atMs)).size).toBe(25_000);
  });

  test("a version without what the query names is the spec's mistake", async () => {
    server = await serve((response) => say(response, matrix()));
    const read = source().read([{ groupArn: "a", values: {} }], WINDOW, signal);
    await expect(read).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/task-set/),
    });
    expect(server.received).toEqual([]);
  });
});

describe("refusals", () => {
  test.each<[string, number, unknown, string, RegExp]>([
    [
      "a query that does not parse",
      400,
      { status: "error", errorType: "bad_data", error: "parse error: x" },
      "configuration",
      /answered 400: parse error: x \(sum\(/,
    ],
    [
      "a query that cannot be run",
      422,
      { status: "error", errorType: "execution", error: "duplicate series" },
      "configuration",
      /duplicate series/,
    ],
    [
      "a query that took too long",
      503,
      { status: "error", errorType: "timeout", error: "timed out" },
      "transient",
      /timed out/,
    ],
    [
      "the same with another status",
      422,
      { status: "error", errorType: "timeout", error: "timed out" },
      "transient",
      /timed out/,
    ],
    [
      "an error with a status of success",
      200,
      { status: "error", errorType: "bad_data", error: "no" },
      "configuration",
      /answered: no/,
    ],
    ["another API", 404, { detail: "not found" }, "configuration", /answered 404: .*not found/],
    ["a proxy that lost it", 502, "bad gateway", "transient", /answered 502/],
    ["too many requests", 429, "slow down", "transient", /answered 429: .*slow down/],
    ["a redirect", 302, "", "configuration", /a redirect, which is not followed/],
    ["other JSON", 200, { hello: "world" }, "configuration", /something other than Prometheus does/],
    [
      "histograms",
      200,
      { status: "success", data: { resultType: "vector", result: [] } },
      "configuration",
      /something other/,
    ],
    [
      "several series",
      200,
      matrix([[120, "1"]], [[120, "2"]]),
      "configuration",
      /2 series, by code, where one is a count/,
    ],
    ["infinity", 200, matrix([[120, "+Inf"]]), "configuration", /answered \+Inf to sum/],
  ])("%s", async (_, status, body, kind, message) => {
    server = await serve((response) => say(response, body, status));
    const read = source().read([version("a")], WINDOW, signal);
    await expect(read).rejects.toMatchObject({
      name: "SluiceError",
      kind,
      message: expect.stringMatching(message),
    });
  });

  test("a page instead of JSON", async () => {
    server = await serve((response) => response.end("<html>Sign in</html>"));
    await expect(source().read([version("a")], WINDOW, signal)).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/something other than JSON: "<html>Sign in/),
    });
  });

  test("nobody there", async () => {
    server = await serve(() => undefined);
    const gone = source();
    await server.close();
    server = undefined;
    await expect(gone.read([version("a")], WINDOW, signal)).rejects.toMatchObject({
      kind: "transient",
      message: expect.stringMatching(/could not be reached: .*ECONNREFUSED/),
    });
  });

  test("cancelling is no failure of the source", async () => {
    server = await serve(() => undefined);
    const cancel = new AbortController();
    const read = source().read([version("a")], WINDOW, cancel.signal);
    cancel.abort(new Error("cancelled by SIGINT"));
    await expect(read).rejects.toThrow("cancelled by SIGINT");
  });
});

describe("secrets", () => {
  const spec = { "bearer-token": "PROMETHEUS_TOKEN" };

  test("the token goes into the header alone", async () => {
    server = await serve((response) => say(response, matrix()));
    const reader = source({ spec, env: { PROMETHEUS_TOKEN: `${TOKEN}\n` } });
    await reader.read([version("a")], WINDOW, signal);
    expect(server.received[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(reader.title).not.toContain(TOKEN);
  });

  test.each([{}, { PROMETHEUS_TOKEN: "" }])("a variable that is not set is named: %j", async (env) => {
    server = await serve((response) => say(response, matrix()));
    const reader = source({ spec, env });
    await expect(reader.read([version("a")], WINDOW, signal)).rejects.toMatchObject({
      kind: "configuration",
      message: "the environment variable PROMETHEUS_TOKEN, which bearer-token names, is not set",
      hint: expect.stringContaining("${{ secrets.PROMETHEUS_TOKEN }}"),
    });
    expect(await reader.check(version("a"), 10_000_000, signal)).toEqual([
      expect.stringMatching(/PROMETHEUS_TOKEN, which bearer-token names, is not set/),
    ]);
    expect(server.received).toEqual([]);
  });

  test.each([
    ["as it is", (token: string) => token],
    ["as URLs have it", encodeURIComponent],
  ])("a server that repeats the token %s is not repeated", async (_, form) => {
    server = await serve((response) => response.writeHead(403).end(`bad token ${form(TOKEN)}, go away`));
    const reader = source({ spec, env: { PROMETHEUS_TOKEN: TOKEN } });
    const read = reader.read([version("a")], WINDOW, signal);
    await expect(read).rejects.toMatchObject({
      message: expect.stringMatching(/answered 403: bad token \*\*\*, go away/),
      hint: "Is the token in PROMETHEUS_TOKEN right, and not expired?",
    });
    expect(JSON.stringify(await reader.check(version("a"), 10_000_000, signal))).not.toContain(form(TOKEN));
  });

  test("a title has no password and no query", () => {
    const url = "https://octocat:p4ssw0rd@prometheus.example.com/base/?tenant=t0ken";
    expect(source({ spec: { url } }).title).toBe("Prometheus at https://prometheus.example.com/base");
  });

  test("what is signed is what is sent", async () => {
    server = await serve((response) => say(response, matrix()));
    const signed: string[] = [];
    const sign: SignRequest = async ({ method, url, headers, body }) => {
      signed.push(`${method} ${url.pathname} ${body}`);
      return { ...headers, host: url.host, authorization: "AWS4-HMAC-SHA256 …signed" };
    };
    const spec = { sigv4: { region: "eu-west-1" } };
    await source({
      spec,
      sign: async (request) => ({ ...(await sign(request)), authorization: "signed" }),
    }).read([version("a")], WINDOW, signal);
    expect(server.received.map(({ headers }) => headers.authorization)).toEqual(["signed", "signed"]);
    expect(server.received.map(({ method, path, body }) => `${method} ${path} ${body}`).sort()).toEqual(
      signed.sort(),
    );
  });
});

describe("check, where Prometheus does not tell its metrics", () => {
  const noNames = (response: ServerResponse, { path }: Received): void => {
    if (path.includes("/query"))
      say(
        response,
        path.includes("range") ? matrix() : { status: "success", data: { resultType: "vector", result: [] } },
      );
    else say(response, { status: "error", errorType: "internal", error: "denied" }, 403);
  };

  test("still tells that nothing was found", async () => {
    server = await serve(noNames);
    expect(await source().check(version("a"), 10_000_000, signal)).toEqual([
      expect.stringMatching(/found no series for `requests` in the last \w+/),
    ]);
  });
});

test("a check that nobody answers is not a problem of the spec", async () => {
  server = await serve((response) => response.writeHead(503).end());
  await expect(source().check(version("a"), 10_000_000, signal)).rejects.toMatchObject({ kind: "transient" });
});
