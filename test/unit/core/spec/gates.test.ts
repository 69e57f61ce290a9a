import { describe, expect, test } from "vitest";
import { formatProblems } from "../../../../src/core/spec/problem.ts";
import { REQUEST_PLACEHOLDERS } from "../../../../src/core/spec/source-findings.ts";
import { windowValues } from "../../../../src/evidence/sources/http-request.ts";
import { onlyProblem, problemsOf, specOf, specText } from "./samples.ts";

const gatesOf = (more: string) => specOf(specText(more)).services[0]?.gates;

const SOURCES = `sources:
  prom: { prometheus: { url: "http://prometheus:9090" } }
  events: { http: { url: "https://events.example.com/?q=\${query}", points: series } }
`;
const METRIC = "{ namespace: a, metric: b, dimensions: { TargetGroup: '${target-group}' } }";
const GOOD_PROMQL = `'sum(increase(a{v="\${version}"}[\${period}]))'`;

/** A spec with one ratio, asked of Prometheus unless `source` says otherwise. */
const ratio = (bad: string, source = "prom", requests = source === "prom" ? GOOD_PROMQL : METRIC): string =>
  specText(
    `${SOURCES}gates: { ratios: [{ name: payments, from: { source: ${source}, requests: ${requests}, bad: ${bad} } }] }`,
  );

describe("a warm-up", () => {
  test.each([
    ["a step's bake", "steps: [{ weight: 5, bake: 90s }, { weight: 50 }]", "2m", "steps[0] bakes for 1m 30s"],
    ["the default of a step", "", "5m", "a step bakes for 5m"],
    ["the last bake", "bake: 1m", "1m", "the last step bakes for 1m"],
    ["a batch's default", "strategy: rolling", "1m", "a batch bakes for 1m"],
    ["the split's default", "strategy: blue-green\nsplit:", "2m", "the split bakes for 2m"],
    ["the flip's", "strategy: blue-green\nbake: 4m", "4m", "the last step bakes for 4m"],
  ])("is shorter than %s", (_name, more, warmUp, message) => {
    const text = (length: string): string => specText(`${more}\ngates: { warm-up: ${length} }`);
    const problem = onlyProblem(text(warmUp));
    expect(problem.path).toBe("gates.warm-up");
    expect(problem.message).toContain("expected less than ");
    expect(problem.message).toContain(message);
    expect(problem.allowed).toBe(`less than ${message.split(" bakes for ")[1]}`);
    expect(problemsOf(text("59s"))).toEqual([]);
  });

  test("of one gate alone is none", () => {
    expect(onlyProblem(specText("gates: { errors: { warm-up: 1m } }")).message).toContain(
      "write warm-up under gates",
    );
  });
});

describe("which gates are on", () => {
  test("errors alone where nothing is said", () => {
    const gates = gatesOf("gates:\n");
    expect(gates?.errors).toBeTruthy();
    expect(gates?.latency).toBeUndefined();
    expect(gates?.saturation).toBeUndefined();
  });

  test("latency and saturation by their key alone, with their defaults", () => {
    const gates = gatesOf("gates:\n  latency:\n  saturation:\n");
    expect(gates?.latency).toEqual({
      tolerance: 1.2,
      "min-requests": 100,
      period: 60_000,
      patience: 600_000,
      "dry-run": false,
    });
    expect(gates?.saturation).toEqual({
      "max-percent": 90,
      of: ["cpu", "memory"],
      periods: 3,
      period: 60_000,
      "dry-run": false,
    });
    expect(gatesOf("gates: { latency: {}, saturation: {} }")).toEqual(gates);
  });

  test("low traffic may hold or roll back", () => {
    for (const choice of ["promote", "hold", "roll-back"]) {
      expect(gatesOf(`gates: { insufficient-evidence: ${choice} }`)?.["insufficient-evidence"]).toBe(choice);
    }
  });
});

describe("values of gates", () => {
  const cases: readonly (readonly [string, string, string, string | undefined])[] = [
    ["latency: true", "latency", "leave it empty", undefined],
    ["latency: false", "latency", "To turn it off, leave the key out.", undefined],
    ["latency: off", "latency", "To turn it off, leave the key out.", undefined],
    ["latency: 300ms", "latency", "Write slower-than: 300ms under it.", undefined],
    ["latency: 300", "latency", "slower-than: 300ms", undefined],
    ["latency: { slower-than: 300 }", "latency.slower-than", "Give the unit too", undefined],
    ["saturation: 90", "saturation", "Write max-percent: 90 under it.", undefined],
    ["saturation: 90%", "saturation", "Write max-percent: 90 under it.", undefined],
    ["saturation: { of: [CPU] }", "saturation.of[0]", "one of cpu or memory", "cpu"],
    ["saturation: { of: [cpu, cpu] }", "saturation.of[1]", "given twice", undefined],
    ["errors: 1", "errors", "Write max-percent: 1 under it.", undefined],
    ["errors: true", "errors", "It is on when the key is left out.", undefined],
    ["errors: { tolerance: 20% }", "errors.tolerance", "20 % more is 1.2", undefined],
    ["errors: { tolerance: 0.5 }", "errors.tolerance", "50 % more is 1.5", undefined],
    ["errors: { tolerance: '1.2' }", "errors.tolerance", "write 1.2", undefined],
    ["errors: { dry-run: yes }", "errors.dry-run", "Write true, without quotes.", undefined],
    ["errors: { from: cloudwatch }", "errors.from", "Write source, requests and bad under it.", undefined],
    ["insufficient-evidence: fail", "insufficient-evidence", "one of promote, hold", "roll-back"],
    ["insufficient-evidence: wait", "insufficient-evidence", "one of promote, hold", "hold"],
    ["insufficient-evidence: pass", "insufficient-evidence", "one of promote, hold", "promote"],
    ["false-alarm-percent: 1%", "false-alarm-percent", "Write 1, without the percent sign.", undefined],
    ["alarms: [5]", "alarms[0]", 'Write "5", with the quotes.', undefined],
    ["alarms: orders-5xx", "alarms", "Put a dash (-) before each entry.", undefined],
    ["alarms: [a, { name: a }]", "alarms[1]", "given twice", undefined],
    [
      "alarms: ['arn:aws:cloudwatch:eu-west-1:111122223333:alarm:orders-5xx']",
      "alarms[0]",
      "not given as ARNs",
      "orders-5xx",
    ],
    ["ratios: { payments: { from: {} } }", "ratios", '"- name: payments"', undefined],
  ];
  test.each(cases)("gates: { %s }", (gate, path, message, suggestion) => {
    const problem = onlyProblem(specText(`gates: { ${gate} }`));
    expect(problem.path).toBe(`gates.${path}`);
    expect(problem.message).toContain(message);
    expect(problem.suggestion).toBe(suggestion);
  });

  test("gates as a list of words", () => {
    expect(onlyProblem(specText("gates: [errors, latency]")).message).toContain("Write each as a key");
  });

  test("an empty ratio: all that it lacks, each with its line", () => {
    expect(
      problemsOf(specText("gates:\n  ratios:\n    - {}\n")).map(({ line, path }) => [line, path]),
    ).toEqual([
      [10, "gates.ratios[0].name"],
      [10, "gates.ratios[0].from"],
    ]);
  });
});

describe("a gate's queries", () => {
  const cases: readonly (readonly [string, string, string, string | undefined])[] = [
    ["text for CloudWatch", ratio("'x${version}'", "cloudwatch"), "CloudWatch takes a metric", undefined],
    ["a metric for Prometheus", ratio(METRIC), "takes a query as text", undefined],
    ["a number", ratio("5"), "text that is not empty or a section (keys: namespace", undefined],
    [
      "an average",
      ratio(METRIC.replace(" }", " }, statistic: average"), "cloudwatch"),
      "how many there",
      undefined,
    ],
    [
      "a statistic in lower case",
      ratio(METRIC.replace(/\}$/, ", statistic: sum }"), "cloudwatch"),
      "counts",
      "Sum",
    ],
    ["a misspelt placeholder", ratio("'x{v=\"${verison}\"}[${period}]'"), "placeholders", "${version}"],
    ["Argo's placeholder", ratio("'x{v=\"{{args.version}}\"}[${period}]'"), "another tool's", undefined],
    ["no placeholder", ratio("'increase(x[${period}])'"), "measured as one", undefined],
    [
      "one that both share",
      ratio("'increase(x{s=\"${service}\"}[${period}])'"),
      "measured as one",
      undefined,
    ],
    [
      "a dimension that both share",
      ratio(METRIC.replace("${target-group}", "${load-balancer}"), "cloudwatch"),
      "measured as one",
      undefined,
    ],
    ["no dimensions", ratio("{ namespace: a, metric: b }", "cloudwatch"), "measured as one", undefined],
    [
      "a placeholder in the metric's name",
      ratio(METRIC.replace("metric: b", "metric: 'b${version}'"), "cloudwatch"),
      "only the values of dimensions",
      undefined,
    ],
    ["a rate", ratio("'sum(rate(x{v=\"${version}\"}[${period}]))'"), "for each second", undefined],
    ["a quotient", ratio("'sum(increase(a{v=\"${version}\"}[${period}])) / sum(b)'"), "divides", undefined],
    ["no range", ratio("'sum(x{v=\"${version}\"})'"), "it has no range", undefined],
    [
      "another range",
      ratio("'increase(x{v=\"${version}\"}[5m])'"),
      "over 5m in each period of 1m",
      undefined,
    ],
  ];
  test.each(cases)("%s", (_, text, message, suggestion) => {
    const problem = onlyProblem(text);
    expect(problem.path).toMatch(/^gates\.ratios\[0\]\.from\.bad/);
    expect(problem.message).toContain(message);
    expect(problem.suggestion).toBe(suggestion);
  });

  test.each([
    "'increase(x{v=\"${version}\"}[60s])'",
    "'increase(x{v=\"${version}\"}[1m])'",
    "'sum(rate(x{v=\"${version}\"}[${period}])) * 60'",
    "'job:x:increase1m{v=\"${version}\"}'",
    '\'sum(increase(x{v="${version}",path="/a/b"}[${period}])) / 2\'',
    '\'label_replace(increase(x{v="${version}"}[${period}]), "a", "${1}", "b", "(.*)")\'',
    "'increase(x{t=~\"${task-set}.*\"}[${period}]) and on() max_over_time(up[5m])'",
  ])("what counts is let be: %s", (query) => {
    expect(problemsOf(ratio(query))).toEqual([]);
  });

  test("bad and good: exactly one, and errors and latency have no good", () => {
    const from = (more: string) =>
      specText(`gates: { ratios: [{ name: a, from: { requests: ${METRIC}${more} } }] }`);
    expect(onlyProblem(from("")).message).toBe("expected exactly one of bad and good, got neither.");
    expect(onlyProblem(from(`, bad: ${METRIC}, good: ${METRIC}`)).message).toContain("got both");
    const problems = problemsOf(
      specText(`gates: { latency: { from: { requests: ${METRIC}, good: ${METRIC} } } }`),
    );
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "gates.latency.from.bad",
      "gates.latency.from.good",
    ]);
    expect(problems.map(({ message }) => message).join()).toContain("Gates under ratios may count good ones");
  });

  test("slower-than beside from", () => {
    const text = specText(
      `gates: { latency: { slower-than: 1s, from: { requests: ${METRIC}, bad: ${METRIC} } } }`,
    );
    expect(onlyProblem(text)).toMatchObject({ path: "gates.latency.slower-than" });
  });

  test.each([
    ["promm", "prom"],
    ["prometheus", "prom"],
    ["http", "events"],
    ["cloud-watch", "cloudwatch"],
    ["nobody", undefined],
  ])("a source that is not there: %s", (source, suggestion) => {
    const problem = onlyProblem(ratio(GOOD_PROMQL, source, GOOD_PROMQL));
    expect(problem).toMatchObject({
      path: "gates.ratios[0].from.source",
      message: expect.stringContaining("expected cloudwatch, prom or events"),
    });
    expect(problem.suggestion).toBe(suggestion);
  });

  test("names of ratios: each once, and none that verdicts have already", () => {
    const named = (name: string) => `{ name: ${name}, from: { requests: ${METRIC}, bad: ${METRIC} } }`;
    const text = specText(`gates: { ratios: [${["paid", "paid", "errors", "recovery"].map(named)}] }`);
    expect(problemsOf(text).map(({ path, seen }) => [path, seen])).toEqual([
      ["gates.ratios[1].name", '"paid"'],
      ["gates.ratios[2].name", '"errors"'],
      ["gates.ratios[3].name", '"recovery"'],
    ]);
  });

  test("in a list of services each has sources of its own", () => {
    const indented = (text: string) => text.replaceAll("\n", "\n    ");
    const service = (name: string, more: string) =>
      `  - ${indented(specText(more).replace("version: 1\n", "").replace("orders", name))}\n`;
    const gate = `gates: { ratios: [{ name: a, from: { source: prom, requests: ${GOOD_PROMQL}, bad: ${GOOD_PROMQL} } }] }`;
    const text = `version: 1\nservices:\n${service("a", SOURCES + gate)}${service("b", gate)}`;
    expect(onlyProblem(text).path).toBe("services[1].gates.ratios[0].from.source");
  });
});

describe("sources", () => {
  const http = (more: string) => `sources: { a: { http: { ${more} } } }`;
  const URL_WITH_QUERY = 'url: "http://x?q=${query}"';
  const cases: readonly (readonly [string, string, string, string | undefined])[] = [
    ["sources: { Prom: { prometheus: { url: 'http://x' } } }", "Prom", "lower-case letters", undefined],
    [
      "sources: { cloudwatch: { prometheus: { url: 'http://x' } } }",
      "cloudwatch",
      "without being",
      undefined,
    ],
    ["sources: { a: {} }", "a", "exactly one of prometheus and http, got neither", undefined],
    ["sources: { a: http://x }", "a", "prometheus: { url: … }", undefined],
    [
      "sources: { a: { prometheus: 'http://x' } }",
      "a.prometheus",
      "Write url: http://x under it.",
      undefined,
    ],
    ["sources: { a: { prometheus: { url: 'x:9090' } } }", "a.prometheus.url", "URL", "http://x:9090"],
    [
      "sources: { a: { prometheus: { url: 'http://x', sigv4: true } } }",
      "a.prometheus.sigv4",
      "Give its keys under it: region.",
      undefined,
    ],
    [
      "sources: { a: { prometheus: { url: 'http://x', bearer-token: T, sigv4: { region: r } } } }",
      "a.prometheus.bearer-token",
      "got both",
      undefined,
    ],
    [http("url: 'http://x', points: a"), "a.http.url", "put ${query} into url or body", undefined],
    [http(`${URL_WITH_QUERY}, points: 'a['`), "a.http.points", "JMESPath", undefined],
    [http(`${URL_WITH_QUERY}, points: .a.b`), "a.http.points", "JMESPath", "a.b"],
    [http('url: "http://x?q=${qurey}", points: a'), "a.http.url", "placeholders", "${query}"],
    [http('url: "http://${version}?q=${query}", points: a'), "a.http.url", "the gate's query", undefined],
    [
      http(`${URL_WITH_QUERY}, points: a, headers: { A: b }, secret-headers: { a: B }`),
      "a.http.secret-headers.a",
      "given twice",
      undefined,
    ],
    [
      http(`${URL_WITH_QUERY}, points: a, follow-up: [{ take: 'a[', url: "http://x/\${taken}" }]`),
      "a.http.follow-up[0].take",
      "JMESPath",
      undefined,
    ],
    ["sources: [{ name: a }]", "", "Write each under its name", undefined],
  ];
  test.each(cases)("%s", (more, path, message, suggestion) => {
    const problem = onlyProblem(specText(more));
    expect(problem.path).toBe(path === "" ? "sources" : `sources.${path}`);
    expect(problem.message).toContain(message);
    expect(problem.suggestion).toBe(suggestion);
  });

  test("a secret where the name of its variable belongs is not shown", () => {
    const text = specText(
      'sources:\n  a:\n    prometheus: { url: "http://x", bearer-token: s3cr3t.t0ken }\n',
    );
    const problem = onlyProblem(text);
    expect(problem.path).toBe("sources.a.prometheus.bearer-token");
    expect(problem.message).toContain("never in the spec");
    expect(JSON.stringify(problem)).not.toContain("s3cr3t");
    expect(formatProblems([problem], "sluice.yml", text).join()).not.toContain("s3cr3t");
    const variable = specText('sources: { a: { prometheus: { url: "http://x", bearer-token: $TOKEN } } }');
    expect(onlyProblem(variable).suggestion).toBe("TOKEN");
  });

  test("a source that no gate uses is no problem, and the query may be in the body or in what follows", () => {
    expect(problemsOf(specText(http("url: 'http://x', method: POST, body: '${query}', points: a")))).toEqual(
      [],
    );
    const followUp = 'follow-up: [{ take: id, url: "http://x/${taken}/${query}" }]';
    expect(problemsOf(specText(http(`url: 'http://x', ${followUp}, points: a`)))).toEqual([]);
  });

  test("the placeholders of addresses are those that are replaced", () => {
    const values = windowValues("q", { fromMs: 0, toMs: 1, periodMs: 1000 });
    expect(Object.keys(values).sort()).toEqual([...REQUEST_PLACEHOLDERS].sort());
  });
});

describe("what other tools call it", () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["gates: { p99: }", "", "latency"],
    ["gates: { cpu: }", "", "saturation"],
    ["gates: { cloudwatchAlarms: [] }", "", "alarms"],
    ["gates: { no-data: hold }", "", "insufficient-evidence"],
    ["gates: { successRate: 99 }", "errors: { max-percent: 1 }", undefined],
    ["gates: { alpha: 0.01 }", "false-alarm-percent: 1", undefined],
    ["gates: { confidence: 98 }", "false-alarm-percent", undefined],
    ["gates: { failureLimit: 3 }", "there is no number of checks", undefined],
    ["gates: { metrics: [] }", "under ratios", undefined],
    ["gates: { datadog: {} }", "under the service's sources", undefined],
    ["gates: { url: x }", "It belongs under", undefined],
    ["gates: { errors: { threshold: 5 } }", "", "max-percent"],
    ["gates: { errors: { interval: 60s } }", "", "period"],
    ["gates: { errors: { dryRun: true } }", "", "dry-run"],
    ["gates: { errors: { baseline: stable } }", "The old version is the baseline", undefined],
    ["gates: { errors: { successCondition: x } }", "max-percent, tolerance", undefined],
    ["gates: { errors: { query: x } }", "Write from:", undefined],
    ["gates: { latency: { p99: 300ms } }", "", "slower-than"],
    ["gates: { latency: { threshold: 300ms } }", "", "slower-than"],
    ["gates: { saturation: { cpu: 80 } }", "of: [cpu]", undefined],
    ["gates: { alarms: [{ alarmName: a }] }", "", "name"],
    ["sources: { a: { prom: { url: 'http://x' } } }", "", "prometheus"],
    ["sources: { a: { prometheus: { address: 'http://x' } } }", "", "url"],
    ["sources: { a: { prometheus: { url: 'http://x', token: T } } }", "", "bearer-token"],
    ["sources: { a: { datadog: {} } }", "recipes", undefined],
    ["sources: { a: { url: 'http://x' } }", "sources.NAME.prometheus, sources.NAME.http", undefined],
    ["providers: { a: { prometheus: { url: 'http://x' } } }", "", "sources"],
    ["prometheus: {}", "under sources", undefined],
  ];
  test.each(cases)("%s", (more, message, suggestion) => {
    const problem = onlyProblem(specText(more));
    expect(problem.message).toContain(message);
    expect(problem.suggestion).toBe(suggestion);
  });
});
