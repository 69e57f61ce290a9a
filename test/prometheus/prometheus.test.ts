import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Arm, totalOf } from "../../src/core/counts.ts";
import type { CountSource, MeasuredVersion } from "../../src/core/metric-source.ts";
import { send } from "../../src/evidence/http.ts";
import { createPrometheusSource } from "../../src/evidence/sources/prometheus.ts";
import { serve, type TestServer } from "../unit/evidence/server.ts";
import { killAll, startOrders } from "../unit/examples/orders-process.ts";
import { type PrometheusProcess, startPrometheus } from "./server.ts";

/** Five scrapes. */
const PERIOD_MS = 5_000;
const LOAD_MS = 40_000;
/** A slow machine takes longer for these. */
const LEAST_REQUESTS = 400;
/** What increase() may miss or make up at the ends of a load: some scrapes of a second each. */
const TOLERANCE = 5_000 / LOAD_MS;
const PAUSE_MS = 25;
const TOKEN = "right-token-0123456789";

const REQUESTS = 'sum(increase(http_requests_total{task_set="${task-set}"}[${period}]))';
const FAILED = 'sum(increase(http_requests_total{task_set="${task-set}", code="500"}[${period}]))';
const SLOW = `sum(increase(http_request_duration_seconds_count{task_set="\${task-set}"}[\${period}]))
  - sum(increase(http_request_duration_seconds_bucket{task_set="\${task-set}", le="2.5"}[\${period}]))`;

const version = (taskSet: string): MeasuredVersion => ({
  groupArn: `arn:of:${taskSet}`,
  values: { "task-set": taskSet },
});
const NEW = version("ecs-svc/2222222222222222222");
const OLD = version("ecs-svc/1111111111111111111");
const signal = AbortSignal.timeout(120_000);

let prometheus: PrometheusProcess;
let proxy: TestServer;
let startedMs = 0;
let loadMs = 0;
let sent: { readonly old: Arm; readonly new: Arm };

function source({ requests = REQUESTS, bad = FAILED, periodMs = PERIOD_MS, token = "" } = {}): CountSource {
  const spec = token ? { url: proxy.url, "bearer-token": "PROMETHEUS_TOKEN" } : { url: prometheus.url };
  return createPrometheusSource(
    spec,
    { requests, bad, periodMs },
    {
      values: {},
      env: { PROMETHEUS_TOKEN: token },
      send,
      sleep: (delayMs) => sleep(delayMs),
      signFor: () => () => Promise.reject(new Error("nothing is to be signed")),
    },
  );
}

/** One request after the other, a connection each, for LOAD_MS and LEAST_REQUESTS at least; what each was answered. */
async function load(port: number, untilMs: number): Promise<Arm> {
  let requests = 0;
  let bad = 0;
  while (performance.now() < untilMs || requests < LEAST_REQUESTS) {
    const status = await new Promise<number>((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port, path: "/orders" }, (incoming) => {
        incoming.resume().on("end", () => resolve(incoming.statusCode ?? 0));
      });
      outgoing.on("error", reject).end();
    });
    requests++;
    if (status === 500) bad++;
    await sleep(PAUSE_MS);
  }
  return { requests, bad };
}

/** Forwards what has the token, as a proxy in front of Prometheus would. */
async function startProxy(): Promise<TestServer> {
  return serve(async (response, { method, path, headers, body }) => {
    const { authorization } = headers;
    if (authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end(`unauthorised: ${authorization}`);
      return;
    }
    const type = headers["content-type"];
    const answer = await fetch(prometheus.url + path, {
      method,
      ...(method === "POST" ? { body } : {}),
      headers: type ? { "content-type": type } : {},
    });
    response.writeHead(answer.status).end(await answer.text());
  });
}

/** Waits until each target's own counters were read so often: what comes from then on is seen to be added. */
async function untilScraped(times: number): Promise<void> {
  const query = `count(count_over_time(http_requests_total{code="200"}[1m]) >= ${times})`;
  for (;;) {
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent(query)}`);
    const seen = JSON.stringify(await answer.json());
    if (/"value":\[[\d.]+,"2"\]/.test(seen)) return;
    await sleep(100);
  }
}

beforeAll(async () => {
  const [oldOne, newOne] = await Promise.all([startOrders(), startOrders({ FAULT: "fail:20%" })]);
  prometheus = await startPrometheus([
    { port: oldOne.port, taskSet: "ecs-svc/1111111111111111111" },
    { port: newOne.port, taskSet: "ecs-svc/2222222222222222222" },
  ]);
  proxy = await startProxy();
  await untilScraped(2);
  startedMs = Date.now();
  const untilMs = performance.now() + LOAD_MS;
  const [old, failing] = await Promise.all([load(oldOne.port, untilMs), load(newOne.port, untilMs)]);
  loadMs = Date.now() - startedMs;
  sent = { old, new: failing };
  await sleep(3 * PERIOD_MS);
}, 120_000);

afterAll(async () => {
  await proxy?.close();
  await prometheus?.close();
  killAll();
}, 30_000);

const window = () => ({
  historyFromMs: startedMs - 2 * PERIOD_MS,
  fromMs: startedMs,
  toMs: Date.now(),
  periodMs: PERIOD_MS,
});

const near = (count: number, share: number): [number, number] => [count * (1 - share), count * (1 + share)];

function expectWithin(count: number, [least, most]: [number, number]): void {
  expect(count).toBeGreaterThanOrEqual(least);
  expect(count).toBeLessThanOrEqual(most);
}

test("the load was what this is about", () => {
  expect(sent.new.requests).toBeGreaterThanOrEqual(LEAST_REQUESTS);
  expectWithin(sent.new.bad / sent.new.requests, [0.13, 0.27]);
  expect(sent.old).toEqual({ requests: sent.old.requests, bad: 0 });
});

test("counts of both versions are those of the load, as near as increase() comes to them", async () => {
  const { arms } = await source().read([NEW, OLD], window(), signal);
  const [counted, countedOld] = [totalOf(arms[0] ?? []), totalOf(arms[1] ?? [])];
  expectWithin(counted.requests, near(sent.new.requests, TOLERANCE));
  expectWithin(counted.bad / counted.requests, near(sent.new.bad / sent.new.requests, 0.2));
  expectWithin(countedOld.requests, near(sent.old.requests, TOLERANCE));
  expect(countedOld.bad).toBe(0);
});

test("periods are whole, in order, and hold the load alone", async () => {
  const { arms } = await source().read([NEW], window(), signal);
  const times = (arms[0] ?? []).map(({ atMs }) => atMs);
  expect(times.length).toBeGreaterThanOrEqual(loadMs / PERIOD_MS - 2);
  expect(times.length).toBeLessThanOrEqual(loadMs / PERIOD_MS + 2);
  expect(times).toEqual([...times].sort((one, other) => one - other));
  expect(times.filter((atMs) => atMs % PERIOD_MS !== 0)).toEqual([]);
  for (const arm of arms[0] ?? []) {
    expect(Number.isInteger(arm.requests) && Number.isInteger(arm.bad)).toBe(true);
  }
});

test("a look later on sees the same counts of what was complete before", async () => {
  const early = { ...window(), toMs: startedMs + (LOAD_MS * 3) / 4 };
  const { arms: before } = await source().read([NEW], early, signal);
  const { arms: after } = await source().read([NEW], window(), signal);
  expect(before[0]?.length).toBeGreaterThan(1);
  expect(after[0]?.slice(0, before[0]?.length)).toEqual(before[0]);
});

test("slow ones by the histogram's buckets: none", async () => {
  const { arms } = await source({ bad: SLOW }).read([NEW], window(), signal);
  expect(totalOf(arms[0] ?? []).bad).toBe(0);
  expectWithin(totalOf(arms[0] ?? []).requests, near(sent.new.requests, TOLERANCE));
});

test("series that were not added up are refused, with the label that they differ by", async () => {
  const requests = 'increase(http_requests_total{task_set="${task-set}"}[${period}])';
  await expect(source({ requests }).read([NEW], window(), signal)).rejects.toMatchObject({
    kind: "configuration",
    message: expect.stringMatching(/answered with 2 series, by code, where one is a count/),
  });
});

describe("check", () => {
  const check = (queries: Parameters<typeof source>[0], of = NEW) =>
    source(queries).check(of, Date.now(), signal);

  test("has nothing to say of queries that find something, or failures that have not been", async () => {
    expect(await check({})).toEqual([]);
    expect(await check({}, OLD)).toEqual([]);
    expect(await check({ bad: FAILED.replace("500", "503") })).toEqual([]);
  });

  test.each([
    [
      "an unknown metric",
      { requests: REQUESTS.replace("requests_total", "request_total") },
      /no metric http_request_total, which `requests` names, in the last \w+; it has http_requests_total$/,
    ],
    [
      "an unknown metric of failures",
      { bad: FAILED.replace("http_", "htttp_") },
      /no metric htttp_requests_total, which `bad` or `good` names/,
    ],
    [
      "an unknown label of failures",
      { bad: FAILED.replace("code=", "status=") },
      /http_requests_total in .* has no label status, by which `bad` or `good` selects; it has code, instance, job, task_set$/,
    ],
    [
      "a query that does not parse",
      { requests: "sum(increase(http_requests_total[5s])" },
      /answered 400: .*parse error/,
    ],
    [
      "a period of one scrape",
      { periodMs: 1_000 },
      /has series for `requests`, but nothing within 1s: increase\(\) needs two scrapes/,
    ],
    ["series that nobody added up", { requests: "increase(http_requests_total[5s])" }, /Add them up: sum/],
  ])("tells of %s", async (_, queries, words) => {
    expect(await check(queries)).toContainEqual(expect.stringMatching(words));
  });

  test("tells of a version that no series is of", async () => {
    const problems = await check({}, version("ecs-svc/3333333333333333333"));
    expect(problems).toEqual([
      expect.stringMatching(/found no series for `requests` in the last \w+.*ecs-svc\/333/),
    ]);
  });
});

describe("a bearer token", () => {
  test("gets in", async () => {
    const { arms } = await source({ token: TOKEN }).read([NEW], window(), signal);
    expectWithin(totalOf(arms[0] ?? []).requests, near(sent.new.requests, TOLERANCE));
    expect(await source({ token: TOKEN }).check(NEW, Date.now(), signal)).toEqual([]);
  });

  test("that is wrong does not, and is not repeated, though the server does", async () => {
    const wrong = source({ token: "wrong-token-9876543210" });
    await expect(wrong.read([NEW], window(), signal)).rejects.toMatchObject({
      kind: "configuration",
      message: expect.stringMatching(/answered 401: unauthorised: Bearer \*\*\*/),
      hint: expect.stringMatching(/PROMETHEUS_TOKEN/),
    });
    const problems = await wrong.check(NEW, Date.now(), signal);
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain("wrong-token");
  });
});
