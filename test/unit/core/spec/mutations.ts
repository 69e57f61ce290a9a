import fc from "fast-check";
import { BLUE, GREEN, LISTENER, RULE, TEST_RULE } from "./samples.ts";

const words = fc.string({ minLength: 1, maxLength: 12, unit: "grapheme-ascii" });
const text = words.filter((word) => !word.includes("${"));
const durationText = fc.integer({ min: 1, max: 60 }).map((amount) => `${amount}s`);

const smokeCheck = fc.record(
  {
    path: text.map((word) => `/${word}`),
    name: words,
    method: fc.constantFrom("GET", "POST"),
    headers: fc.dictionary(fc.constantFrom("accept", "x-test"), text, { noNullPrototype: true }),
    status: fc.integer({ min: 100, max: 599 }),
    contains: text,
    json: fc.constant({ version: "${version}", nested: [1, null, { a: true }] }),
    timeout: durationText,
    attempts: fc.integer({ min: 1, max: 100 }),
  },
  { requiredKeys: ["path"], noNullPrototype: true },
);

const errors = fc.record(
  {
    "max-percent": fc.integer({ min: 0, max: 100 }),
    "min-requests": fc.integer({ min: 1, max: 1e6 }),
    period: fc.constantFrom("1s", "30s", "60s", "5m", "1h"),
    patience: durationText,
  },
  { requiredKeys: [], noNullPrototype: true },
);

const comparison = {
  tolerance: fc.constantFrom(1, 1.2, 3),
  "min-requests": fc.integer({ min: 1, max: 1e6 }),
  period: fc.constantFrom("10s", "60s", "5m"),
  patience: durationText,
  "dry-run": fc.boolean(),
};

const metric = fc.record(
  {
    namespace: fc.constant("Orders"),
    metric: text,
    dimensions: fc.constantFrom(
      { TargetGroup: "${target-group}" },
      { Service: "${service}", Tag: "${version}" },
    ),
    statistic: fc.constantFrom("Sum", "SampleCount", "TC(0.3:)"),
  },
  { requiredKeys: ["namespace", "metric", "dimensions"], noNullPrototype: true },
);

const promql = fc.constantFrom(
  'sum(increase(orders_total{version="${version}"}[${period}]))',
  'job:orders:increase1m{task_set="${task-set}"}',
);

const from = (key: "bad" | "good") =>
  fc.oneof(
    fc.record({ requests: metric, [key]: metric }, { noNullPrototype: true }),
    fc.record({ source: fc.constant("prom"), requests: promql, [key]: promql }, { noNullPrototype: true }),
  );

const ratio = fc.oneof(from("bad"), from("good")).chain((counts) =>
  fc.record(
    {
      name: fc.constantFrom("payments", "orders-1"),
      "max-percent": fc.nat(100),
      ...comparison,
      from: fc.constant(counts),
    },
    { requiredKeys: ["name", "from"], noNullPrototype: true },
  ),
);

const latency = fc.oneof(
  fc.constant(null),
  fc.record({ "slower-than": durationText, ...comparison }, { requiredKeys: [], noNullPrototype: true }),
  fc.record({ from: from("bad"), ...comparison }, { requiredKeys: ["from"], noNullPrototype: true }),
);

const saturation = fc.oneof(
  fc.constant(null),
  fc.record(
    {
      "max-percent": fc.integer({ min: 1, max: 100 }),
      of: fc.constantFrom(["cpu"], ["memory", "cpu"]),
      periods: fc.integer({ min: 1, max: 60 }),
    },
    { requiredKeys: [], noNullPrototype: true },
  ),
);

const gates = fc.record(
  {
    "false-alarm-percent": fc.constantFrom(0.1, 1, 20),
    "warm-up": fc.constantFrom("0s", "500ms"),
    "insufficient-evidence": fc.constantFrom("promote", "hold", "roll-back"),
    errors: fc.oneof(errors, fc.constantFrom(false, null)),
    latency,
    saturation,
    ratios: fc.oneof(fc.constant(null), fc.array(ratio, { maxLength: 1 })),
    alarms: fc.constantFrom<unknown[]>(null, [], ["orders-5xx", { name: "orders-slow", "dry-run": true }]),
  },
  { requiredKeys: ["errors"], noNullPrototype: true },
);

const sources = {
  prom: { prometheus: { url: "http://prometheus:9090", "bearer-token": "PROMETHEUS_TOKEN" } },
  workspace: { prometheus: { url: "https://aps.example.com/w", sigv4: { region: "eu-west-1" } } },
  events: {
    http: {
      url: "https://events.example.com/query?q=${query}&from=${from-seconds}",
      headers: { accept: "application/json" },
      "secret-headers": { "x-api-key": "EVENTS_KEY" },
      points: "series[0].pointlist",
    },
  },
};

const pattern = fc.string({ minLength: 1, maxLength: 8, unit: fc.constantFrom(..."abcXYZ019._-") });
const condition = (name: string) =>
  fc.record({ name: fc.constant(name), values: fc.array(pattern, { minLength: 1, maxLength: 2 }) });
const cohort = fc.oneof(
  fc.record({ header: condition("x-beta") }, { noNullPrototype: true }),
  fc.record({ cookie: condition("beta") }, { noNullPrototype: true }),
);
const optionalBake = fc.record({ bake: durationText }, { requiredKeys: [], noNullPrototype: true });

/** Route steps, then rising weights, some of them with an approve step after them. */
const steps = fc
  .tuple(
    fc.array(
      fc.tuple(cohort, optionalBake).map(([route, more]) => ({ route, ...more })),
      { maxLength: 2 },
    ),
    fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 }),
    fc.array(fc.constantFrom(true, "Look at the orders."), { maxLength: 3 }),
    fc.boolean(),
    optionalBake,
  )
  .map(([routes, weights, approvals, toTheEnd, more]) => {
    const rising = [...weights].sort((a, b) => a - b);
    const shifts = rising.flatMap((weight, index) => {
      const approve = approvals[index];
      return [{ weight, ...more }, ...(approve === undefined ? [] : [{ approve }])];
    });
    return [...routes, ...shifts, ...(toTheEnd ? [{ weight: 100 }] : [])];
  });

const batch = fc.record(
  {
    size: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom("1%", "25%", "100%")),
    bake: durationText,
  },
  { requiredKeys: [], noNullPrototype: true },
);

const strategy = fc.oneof(
  fc.constant({}),
  fc.constant({ strategy: "blue-green" }),
  fc.record({ strategy: fc.constant("canary"), steps }, { requiredKeys: ["steps"], noNullPrototype: true }),
  fc.record(
    { strategy: fc.constant("rolling"), batch: fc.option(batch) },
    { requiredKeys: ["strategy"], noNullPrototype: true },
  ),
);

const freezeWindow = fc.record(
  {
    from: fc.constantFrom("2026-12-24T12:00:00+01:00", "2026-12-24T12:00:00Z"),
    until: fc.constantFrom("2026-12-27T06:00:00+01:00", "2027-01-01T00:00:00.500Z"),
    reason: words,
  },
  { requiredKeys: ["from", "until"], noNullPrototype: true },
);

const firstTaskSet = fc.record(
  {
    "launch-type": fc.constantFrom("FARGATE", "EC2"),
    subnets: fc.constant(["subnet-0a1b2c3d"]),
    "security-groups": fc.constantFrom([], ["sg-0a1b2c3d"]),
    "assign-public-ip": fc.boolean(),
    "container-port": fc.integer({ min: 1, max: 65_535 }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const plainService = fc.record(
  {
    service: words,
    cluster: words,
    container: words,
    traffic: fc.constantFrom<object[]>(
      { production: [{ "listener-rule": RULE }], test: { "listener-rule": TEST_RULE } },
      {
        production: [{ listener: LISTENER }, { "listener-rule": RULE }],
        test: {
          "listener-rule": TEST_RULE,
          url: "https://shop.example.com",
          headers: { "x-release": "candidate" },
        },
        "target-groups": [BLUE, GREEN],
      },
    ),
    superseding: fc.constantFrom("refuse", "queue", "take-back"),
    freeze: fc.oneof(fc.constant(null), fc.array(freezeWindow, { maxLength: 2 })),
    "first-task-set": firstTaskSet,
    settle: durationText,
    bake: durationText,
    "smoke-checks": fc.oneof(fc.constant(null), fc.array(smokeCheck, { maxLength: 3 })),
    gates: fc.oneof(fc.constant(null), gates),
    sources: fc.constant(sources),
    timeouts: fc.record(
      { stage: durationText, queue: durationText, rollback: durationText },
      { requiredKeys: [], noNullPrototype: true },
    ),
  },
  { requiredKeys: ["service", "traffic", "sources"], noNullPrototype: true },
);

const service = fc.tuple(plainService, strategy).map(([plain, how]) => ({ ...plain, ...how }));

/** Valid specs of both forms, as the plain values of their YAML. */
export const validSpec: fc.Arbitrary<object> = fc.oneof(
  service.map((one) => ({ version: 1, ...one })),
  fc
    .uniqueArray(service, { minLength: 1, maxLength: 3, selector: (one) => one.service })
    .map((services) => ({ version: 1, services })),
);

type Mutation =
  | { readonly kind: "drop" }
  | { readonly kind: "rename"; readonly to: string }
  | { readonly kind: "retype"; readonly value: unknown };

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.constant<Mutation>({ kind: "drop" }),
  fc
    .oneof(
      words,
      fc.constantFrom(
        "threshold",
        "url",
        "good",
        "query",
        "sources",
        "bakeTime",
        "listener_rule",
        "services",
        "setWeight",
        "pause",
        "listener",
        "__proto__",
      ),
    )
    .map((to): Mutation => ({ kind: "rename", to })),
  fc
    .oneof(
      fc.constantFrom<unknown[]>(
        null,
        true,
        false,
        "200",
        "yes",
        "",
        0,
        -1,
        1.5,
        [],
        {},
        [[]],
        LISTENER,
        "5m",
        "${x}",
        "25%",
        100,
        { weight: 50 },
        "${version}",
        "sum(rate(x[5m]))",
        "{{version}}",
        "a[",
        { approve: true, weight: 5 },
      ),
      fc.jsonValue({ maxDepth: 2 }),
    )
    .map((value): Mutation => ({ kind: "retype", value })),
);

/** Valid specs with one to three of their values dropped, renamed or made something else. */
export const mutatedSpec: fc.Arbitrary<unknown> = fc
  .tuple(validSpec, fc.array(fc.tuple(fc.nat(), mutation), { minLength: 1, maxLength: 3 }))
  .map(([spec, mutations]) =>
    mutations.reduce<unknown>((value, [pick, change]) => mutate(value, pick % sizeOf(value), change), spec),
  );

function sizeOf(value: unknown): number {
  return membersOf(value).reduce((sum, [, member]) => sum + sizeOf(member), 1);
}

function membersOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}

/** Applies `change` to the value with that number, counted depth first; the root is 0 and can only be retyped. */
function mutate(value: unknown, target: number, change: Mutation): unknown {
  if (target === 0) return change.kind === "retype" ? change.value : value;
  let rest = target - 1;
  const entries: (readonly [string, unknown])[] = [];
  for (const [key, member] of membersOf(value)) {
    if (rest === 0 && change.kind === "drop") rest--;
    else if (rest === 0 && change.kind === "rename") {
      entries.push([change.to, member]);
      rest--;
    } else {
      const size = sizeOf(member);
      entries.push([key, rest >= 0 && rest < size ? mutate(member, rest, change) : member]);
      rest -= size;
    }
    if (rest === -1) rest = Number.NEGATIVE_INFINITY;
  }
  return Array.isArray(value) ? entries.map(([, member]) => member) : Object.fromEntries(entries);
}
