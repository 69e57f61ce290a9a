import { describe, expect, test } from "vitest";
import { parseSpec } from "../../../../src/core/spec/parse.ts";
import {
  BLUE,
  GREEN,
  LISTENER,
  onlyProblem,
  problemsOf,
  RULE,
  specOf,
  specText,
  TEST_RULE,
} from "./samples.ts";

describe("a valid spec", () => {
  test("gets every default, and durations in milliseconds", () => {
    expect(specOf(specText())).toEqual({
      services: [
        {
          service: "orders",
          cluster: "default",
          traffic: {
            production: [{ "listener-rule": RULE }],
            test: { "listener-rule": TEST_RULE, headers: {} },
          },
          strategy: "canary",
          batch: { size: "25%", bake: 60_000 },
          settle: 10_000,
          bake: 600_000,
          "smoke-checks": [],
          gates: {
            "false-alarm-percent": 1,
            "warm-up": 0,
            "insufficient-evidence": "promote",
            errors: {
              "max-percent": 1,
              tolerance: 1.2,
              "min-requests": 100,
              period: 60_000,
              patience: 600_000,
              "dry-run": false,
            },
            ratios: [],
            alarms: [],
          },
          sources: {},
          timeouts: {
            stage: 900_000,
            verify: 300_000,
            shift: 300_000,
            finish: 1_800_000,
            queue: 3_600_000,
            rollback: 900_000,
            held: 86_400_000,
          },
          approvals: { protection: "refuse", "prevent-self-review": false },
          superseding: "refuse",
          freeze: [],
        },
      ],
    });
  });

  test("may leave sections empty: their defaults hold", () => {
    const empty = specText("smoke-checks:\ngates:\ntimeouts:\nfreeze:\n");
    expect(specOf(empty)).toEqual(specOf(specText()));
    expect(specOf(specText("strategy: rolling\nbatch:\n"))).toEqual(specOf(specText("strategy: rolling\n")));
    expect(specOf(specText("gates:\n  errors:\n"))).toEqual(specOf(specText()));
  });

  test("may turn the errors gate off", () => {
    expect(specOf(specText("gates: { errors: false }")).services[0]?.gates.errors).toBe(false);
  });

  test("says what approvals are to be like, and how long a rollout may be held", () => {
    const text = "timeouts: { held: 30d }\napprovals: { protection: warn, prevent-self-review: true }\n";
    const [service] = specOf(specText(text)).services;
    expect(service?.timeouts.held).toBe(30 * 86_400_000);
    expect(service?.approvals).toEqual({ protection: "warn", "prevent-self-review": true });
    expect(specOf(specText("approvals:\n"))).toEqual(specOf(specText()));
    expect(onlyProblem(specText("timeouts: { held: 31d }")).message).toContain("from 1s to 30d");
    expect(onlyProblem(specText("approvals: { protection: sometimes }")).message).toMatch(
      /refuse, warn or off/,
    );
    expect(onlyProblem(specText("approvals: { environment: live }")).message).toContain(
      "approval-environment",
    );
  });

  test("may be a list, with anchors and merge keys; a key of the entry wins over a merged one", () => {
    const text = `version: 1
services:
  - &first
    service: orders
    bake: 3m
    traffic:
      production: [{ listener: ${LISTENER} }]
      test: { listener-rule: ${TEST_RULE} }
  - <<: *first
    service: payments
`;
    expect(specOf(text).services.map(({ service, bake }) => [service, bake])).toEqual([
      ["orders", 180_000],
      ["payments", 180_000],
    ]);
  });

  test("may begin with a byte order mark and have Windows line ends", () => {
    const windows = `\uFEFF${specText().replaceAll("\n", "\r\n")}`;
    expect(specOf(windows)).toEqual(specOf(specText()));
  });
});

describe("all problems at once", () => {
  test("in the order of the file, each with its line and column", () => {
    const text = `version: 1
service: orders
bake: 10 minutes
traffic:
  production:
    - listener-rule: nonsense
  test: {}
smoke-checks:
  - path: version
    status: "200"
gates:
  errors: { period: 45s }
`;
    expect(problemsOf(text).map(({ line, column, path }) => [line, column, path])).toEqual([
      [3, 7, "bake"],
      [6, 22, "traffic.production[0].listener-rule"],
      [7, 9, "traffic.test"],
      [9, 11, "smoke-checks[0].path"],
      [10, 13, "smoke-checks[0].status"],
      [12, 21, "gates.errors.period"],
    ]);
  });

  test("also those below a misspelt key, and without calling missing what is only misspelt", () => {
    const text = specText("bakeTime: soon\n").replace("traffic:", "trafic:").replace("  test:", "  tset:");
    expect(problemsOf(text).map(({ path, suggestion }) => [path, suggestion])).toEqual([
      ["trafic", "traffic"],
      ["traffic.tset", "test"],
      ["bakeTime", "bake"],
      ["bake", undefined],
    ]);
  });

  test("and schema problems beside conflicts between values", () => {
    const text = specText("settle: 1h\n").replace(TEST_RULE, RULE);
    expect(problemsOf(text).map(({ path }) => path)).toEqual(["traffic.test.listener-rule", "settle"]);
  });
});

describe("values", () => {
  const cases: readonly (readonly [string, string, string, string | undefined])[] = [
    ["bake: 10", "bake", "Give the unit too: 10s is seconds, 10m minutes.", undefined],
    ["bake: 10 min", "bake", "a duration", "10m"],
    ["bake: 1h30m", "bake", "a duration", "90m"],
    ["bake: 10M", "bake", "a duration", "10m"],
    ["settle: 11m", "settle", "a duration of at most 10m", undefined],
    ["bake:", "bake", 'Remove the key for its default, "10m".', undefined],
    ["container: 5", "container", 'Write "5", with the quotes.', undefined],
    ["container: [app]", "container", "Give it by itself, not in a list.", undefined],
    ["strategy: BlueGreen", "strategy", "blue-green", "blue-green"],
    ["gates: { errors: no }", "gates.errors", "write false, without quotes", undefined],
    ["gates: { errors: true }", "gates.errors", "or false", undefined],
    ["gates: { errors: { period: 45s } }", "gates.errors.period", "a multiple of 60s", "30s"],
    ["gates: { errors: { period: 100s } }", "gates.errors.period", "a multiple of 60s", "120s"],
    [
      "gates: { errors: { max-percent: 101 } }",
      "gates.errors.max-percent",
      "from 0 to 100, got 101",
      undefined,
    ],
    ["gates: { errors: { max-percent: .nan } }", "gates.errors.max-percent", "from 0 to 100", undefined],
    ["smoke-checks: { path: /x }", "smoke-checks", "Put a dash (-) before each entry.", undefined],
    ["smoke-checks: [{ path: x }]", "smoke-checks[0].path", "begins with /", "/x"],
    ["smoke-checks: [{ path: /, status: '200' }]", "smoke-checks[0].status", "quotes: write 200.", undefined],
    ["smoke-checks: [{ path: /, method: get }]", "smoke-checks[0].method", "one of GET, HEAD", "GET"],
    [
      "smoke-checks: [{ path: /, headers: { 'a b': c } }]",
      'smoke-checks[0].headers["a b"]',
      "header name",
      undefined,
    ],
    ["smoke-checks: [{ path: /, headers: { a: 1 } }]", "smoke-checks[0].headers.a", 'Write "1"', undefined],
    ["smoke-checks: [{}]", "smoke-checks[0].path", "is missing", undefined],
    ["smoke-checks: [{ path: /, method: HEAD, contains: x }]", "smoke-checks[0].contains", "GET", undefined],
  ];
  test.each(cases)("%s", (more, path, message, suggestion) => {
    const problem = onlyProblem(specText(more));
    expect(problem.path).toBe(path);
    expect(problem.message).toContain(message);
    expect(problem.suggestion).toBe(suggestion);
  });

  test.each([
    ['version: "1"', "write 1"],
    ["version: 2", "reads version 1"],
  ])("%s", (version, message) => {
    expect(onlyProblem(specText().replace("version: 1", version)).message).toContain(message);
  });
});

describe("unknown keys", () => {
  const cases: readonly (readonly [string, string | undefined, string])[] = [
    ["bakeTimeInMinutes: 10m", "bake", ""],
    ["smoke_checks: []", "smoke-checks", ""],
    ["SmokeChecks: []", "smoke-checks", ""],
    ["analysis: {}", "gates", ""],
    ["timeout: {}", "timeouts", ""],
    [
      "max-percent: 5",
      undefined,
      "It belongs under gates.errors, gates.latency, gates.saturation or gates.ratios[].",
    ],
    ["alarms: [orders-5xx]", undefined, "gates: { alarms: [NAME] }"],
    ["secret-headers: {}", undefined, "It belongs under sources.NAME.http."],
    ["production: []", undefined, "It belongs under traffic."],
    ["xyzzy: 1", undefined, "The keys here are version, service, cluster"],
    ["serviceName: shop", "service", "already given"],
  ];
  test.each(cases)("%s", (more, suggestion, message) => {
    const problem = onlyProblem(specText(more));
    expect(problem.suggestion).toBe(suggestion);
    expect(problem.message).toContain(message);
  });

  test("two spellings of one key: the second is told that the first is there", () => {
    const problems = problemsOf(specText("bakeTime: 5m\nbake_time: 6m\n"));
    expect(problems.map(({ line, message }) => [line, message])).toEqual([
      [8, 'unknown key "bakeTime".'],
      [9, 'unknown key "bake_time"; bake is already given in this section.'],
    ]);
  });
});

describe("the form", () => {
  test("is a list where services are one, by a near name too", () => {
    const [first] = problemsOf(`version: 1\nservice:\n  - service: a\n    traffic: 1\n`);
    expect(first).toMatchObject({ path: "service", suggestion: "services" });
  });

  test("a list at the top level is told how to be one, and what else is wrong in it", () => {
    const problems = problemsOf("- service: a\n  bake: 1\n");
    expect(problems[0]?.message).toContain("put the list under services:");
    expect(problems.map(({ path }) => path)).toContain("services[0].bake");
  });

  test("a key of a service beside services is sent to its place", () => {
    const text = `services: []\nversion: 1\ncluster: x\n`;
    expect(problemsOf(text).find(({ path }) => path === "cluster")?.message).toContain("services[]");
  });

  test.each(["", "# nothing yet\n", "null\n"])("an empty file: %j", (text) => {
    expect(onlyProblem(text)).toMatchObject({
      line: 1,
      message: expect.stringContaining("sluice.yml is empty"),
    });
  });

  test("a scalar is no spec", () => {
    expect(onlyProblem("42").message).toContain("got 42");
  });
});

describe("conflicts", () => {
  const groups = (one: string, other: string) =>
    specText().replace("  test:", `  target-groups: [${one}, ${other}]\n  test:`);

  const cases: readonly (readonly [string, string, string, string])[] = [
    [
      "the same route twice",
      specText().replace("  test:", `    - listener-rule: ${RULE}\n  test:`),
      "traffic.production[1].listener-rule",
      "it is production[0] too",
    ],
    [
      "a test route of production",
      specText().replace(TEST_RULE, RULE),
      "traffic.test.listener-rule",
      "production route too",
    ],
    [
      "equal target groups",
      groups(BLUE, BLUE),
      "traffic.target-groups[1]",
      "both target groups are the same",
    ],
    [
      "another Region",
      groups(BLUE, GREEN.replace("eu-west-1", "us-east-1")),
      "traffic.target-groups[1]",
      "another Region",
    ],
    [
      "another account",
      groups(BLUE, GREEN.replace("1111", "9999")),
      "traffic.target-groups[1]",
      "another account",
    ],
    [
      "another load balancer",
      specText().replace(TEST_RULE, TEST_RULE.replace("app/shop/", "app/pay/")),
      "traffic.test.listener-rule",
      "another load balancer",
    ],
    [
      "a Network Load Balancer",
      specText().replace(TEST_RULE, TEST_RULE.replace("app/shop/", "net/shop/")),
      "traffic.test.listener-rule",
      "weights of this kind exist on Application Load Balancers only",
    ],
    [
      "a listener as a rule",
      specText().replace(TEST_RULE, LISTENER),
      "traffic.test.listener-rule",
      "give it as listener.",
    ],
    [
      "a load balancer as a rule",
      specText().replace(TEST_RULE, LISTENER.replace(":listener/", ":loadbalancer/").replace(/\/[^/]*$/, "")),
      "traffic.test.listener-rule",
      "aws elbv2 describe-listeners",
    ],
    [
      "an ARN cut short",
      specText().replace(TEST_RULE, TEST_RULE.slice(0, -17)),
      "traffic.test.listener-rule",
      "incomplete",
    ],
  ];
  test.each(cases)("%s", (_, text, path, message) => {
    const problem = onlyProblem(text);
    expect(problem.path).toBe(path);
    expect(problem.message).toContain(message);
  });

  test("placeholders that stand for nothing, wherever they are replaced", () => {
    const check =
      "{ path: '/${versoin}', headers: { a: '${foo}' }, body: '${image}', contains: '${rollout}${task_definition}', json: { a: ['${version}', { b: '${}' }] } }";
    const problems = problemsOf(specText(`smoke-checks: [${check}]`));
    expect(problems.map(({ path, suggestion }) => [path, suggestion])).toEqual([
      ["smoke-checks[0].path", "${version}"],
      ["smoke-checks[0].headers.a", undefined],
      ["smoke-checks[0].contains", "${task-definition}"],
      ["smoke-checks[0].json.a[1].b", undefined],
    ]);
  });

  const pair = (one: string, other: string) => {
    const traffic = `traffic: { production: [{ listener-rule: ${RULE} }], test: { listener-rule: ${TEST_RULE} } }`;
    return `version: 1\nservices:\n  - ${one}\n    ${traffic}\n  - ${other}\n    ${traffic}\n`;
  };
  const cluster = (region: string, name: string) => `arn:aws:ecs:${region}:111122223333:cluster/${name}`;

  test.each([
    ["service: a", "service: a\n    cluster: default"],
    ["service: a\n    cluster: x", `service: a\n    cluster: ${cluster("eu-west-1", "x")}`],
  ])("one service given twice: %j and %j", (one, other) => {
    expect(onlyProblem(pair(one, other))).toMatchObject({ path: "services[1].service", seen: '"a"' });
  });

  test.each([
    ["service: a", "service: b"],
    ["service: a", "service: a\n    cluster: x"],
    [
      `service: a\n    cluster: ${cluster("eu-west-1", "x")}`,
      `service: a\n    cluster: ${cluster("us-east-1", "x")}`,
    ],
  ])("two services: %j and %j", (one, other) => {
    expect(specOf(pair(one, other)).services).toHaveLength(2);
  });
});

describe("YAML", () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ["a tab", "version: 1\n\tservice: a\n", 2, "spaces"],
    ["two documents", `${specText()}---\nversion: 1\n`, 8, "a second document"],
    ["a tag", "version: !Ref x\n", 1, "tags"],
    ["an unknown alias", "version: 1\nservice: *nobody\n", 2, "&nobody"],
    ["an alias of itself", "version: &v [*v]\n", 1, "&v"],
    ["an open quote", "version: 1\nservice: 'a\n", 2, "not valid YAML"],
    ["a key that is a list", "version: 1\n? [a]\n: b\n", 2, "a key must be text"],
    ["a dangerous key", "version: 1\n__proto__: { x: 1 }\n", 2, "cannot be a key"],
    ["two colons", "version: 1\nservice: a: b\n", 2, "quotes"],
    ["a merge of text", "version: 1\n<<: hello\n", 2, "merges sections"],
  ];
  test.each(cases)("%s", (_, text, line, message) => {
    const [problem] = problemsOf(text);
    expect(problem).toMatchObject({ line, message: expect.stringContaining(message) });
  });

  test("a key given twice is named, and the rest is checked all the same", () => {
    const problems = problemsOf(specText("bake: 5m\nbake: 6m\nsettle: x\n"));
    expect(problems.map(({ line, path }) => [line, path])).toEqual([
      [9, "bake"],
      [10, "settle"],
    ]);
  });

  test.each([
    ["a billion laughs", `a0: &a0 [x]\n${layers((i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(9)}]`)}`],
    ["a tower of aliases", `a0: &a0 [x]\n${layers((i) => `a${i}: &a${i} [*a${i - 1}]`)}`],
    ["deep brackets", "[".repeat(20_000)],
    ["deep sections", layers((i) => `${" ".repeat(i)}a:`)],
    ["a list of steps without end", `version: 1\nsteps: [${"{weight: 5},".repeat(15_000)}]`],
    ["a huge file", `version: 1\n#${"x".repeat(300_000)}`],
  ])("%s is refused in good time", (_, text) => {
    const startedAtMs = performance.now();
    expect(parseSpec(text, "sluice.yml").kind).toBe("problems");
    expect(performance.now() - startedAtMs).toBeLessThan(3000);
  });
});

function layers(line: (layer: number) => string): string {
  return Array.from({ length: 300 }, (_, index) => line(index + 1)).join("\n");
}
