import { type Alias, keys, notes } from "./alias.ts";

const NO_LIMITS = notes(
  "A gate is judged after every period by one test, which may look as often as it likes; there is no number of checks or failures to set. Remove it, and set max-percent, tolerance or false-alarm-percent.",
  ...["success-condition", "failure-condition", "failure-limit", "success-limit", "consecutive-error-limit"],
  ...["consecutive-success-limit", "inconclusive-limit", "iterations", "evaluation-periods"],
);

const WARM_UP = notes(
  "All gates on counts have one: write warm-up under gates.",
  ...["warm-up", "warmup", "initial-delay", "start-delay", "delay"],
);

const NO_BASELINE = notes(
  "The old version is the baseline by itself, beside the new one. Remove it; tolerance says how much worse is no regression.",
  ...["baseline", "control", "compare-to", "comparison", "reference"],
);

const SOURCE = notes(
  "Declare it under the service's sources, and name it in a gate's from: { source: NAME, requests: QUERY, bad: QUERY }.",
  ...["prometheus", "datadog", "new-relic", "newrelic", "honeycomb", "web", "provider", "providers"],
);

const FROM = notes(
  "Write from: { source: NAME, requests: QUERY, bad: QUERY }; without from, the load balancer's own metrics are asked.",
  ...["source", "query", "queries", "metric", "metrics", "requests", "bad", "good", "template-ref"],
);

const DRY_RUN = keys(
  "dry-run",
  "report-only",
  "monitor-only",
  "warn-only",
  "shadow",
  "audit",
  "observe-only",
);

const ENABLED = notes(
  "A gate is on where its key is there, and off where it is left out; errors alone is on by itself, and off with errors: false.",
  "enabled",
  "enable",
  "disabled",
);

/** Of every gate on counts. */
const COMPARISON = [
  ...keys("tolerance", "allowed-increase", "max-increase", "effect-size", "factor", "max-ratio", "deviation"),
  ...keys("min-requests", "min-samples", "minimum-requests", "min-request-count", "min-traffic", "min-count"),
  ...keys("period", "interval", "window", "step"),
  ...keys("patience", "timeout", "max-wait", "grace", "grace-period"),
  ...DRY_RUN,
  ...NO_LIMITS,
  ...WARM_UP,
  ...NO_BASELINE,
  ...SOURCE,
  ...FROM,
  ...ENABLED,
];

const MAX_PERCENT = [
  ...keys("max-percent", "threshold", "max", "percent", "error-rate", "max-error-rate", "max-rate", "limit"),
  ...keys("max-percent", "max-error-percent", "failure-threshold", "objective"),
  ...notes(
    "It is the other way round: 99 % good is max-percent: 1.",
    "success-rate",
    "min-percent",
    "threshold-range",
    "slo",
  ),
];

const PERCENTILES = ["p50", "p75", "p90", "p95", "p99", "p99-9", "p999"];
const LATENCIES = [
  "max-latency",
  "max-duration",
  "max-response-time",
  "response-time",
  "latency",
  "duration",
];

const LATENCY = [
  ...keys("slower-than", "threshold", "limit", "max", "objective", "slo", "threshold-range", "than"),
  ...keys("slower-than", ...LATENCIES, ...PERCENTILES),
  ...notes(
    "Requests slower than slower-than are counted; by default that is the old version's own 99th percentile. Remove it.",
    "percentile",
    "quantile",
    "statistic",
  ),
];

const SATURATION = [
  ...keys("max-percent", "threshold", "max", "percent", "limit", "target", "max-utilization", "max-cpu"),
  ...keys("periods", "count", "datapoints", "datapoints-to-alarm", "evaluation-periods", "consecutive"),
  ...keys("of", "metrics", "metric", "resources", "resource"),
  ...keys("period", "interval", "window"),
  ...notes("Write max-percent, for both, or of: [cpu] with it for the CPU alone.", "cpu", "cpu-utilization"),
  ...notes("Write max-percent, for both, or of: [memory] with it for memory alone.", "memory", "mem"),
  ...DRY_RUN,
  ...ENABLED,
];

const QUERIES = [
  ...keys("source", "provider", "type", "datasource", "data-source"),
  ...keys("requests", "total", "all", "count", "denominator", "valid", "events", "attempts", "of"),
  ...keys("bad", "errors", "error", "failed", "failures", "failing", "slow", "unsuccessful"),
  ...notes(
    "A gate needs two counts: requests, and which of them were bad or good.",
    ...["query", "queries", "ratio", "metric", "numerator", "expression"],
  ),
  ...notes("The period is the gate's: write it beside from.", "period", "interval", "window"),
];

const GOOD_BELONGS_TO_RATIOS = notes(
  "This gate counts bad ones: give bad. Gates under ratios may count good ones.",
  ...["good", "success", "successes", "successful", "ok"],
);

const METRIC = new Map([
  ...keys("namespace", "name-space"),
  ...keys("metric", "metric-name", "name"),
  ...keys("dimensions", "dimension", "dims", "tags", "labels"),
  ...keys("statistic", "stat", "statistics", "aggregation", "aggregate"),
  ...notes("The period is the gate's own. Remove it.", "period", "interval", "unit"),
]);

const BAD_ONES = new Map([...QUERIES, ...GOOD_BELONGS_TO_RATIOS]);
const EITHER = new Map([...QUERIES, ...keys("good", "success", "successes", "successful", "ok")]);

const GATES = new Map([
  ...keys("errors", "error", "error-rate", "http-5xx", "5xx", "http-errors", "failures"),
  ...keys("latency", ...LATENCIES, ...PERCENTILES, "latency-p99", "latency-p95", "request-duration", "slow"),
  ...keys(
    "saturation",
    "cpu",
    "memory",
    "cpu-utilization",
    "memory-utilization",
    "utilization",
    "utilisation",
  ),
  ...keys("ratios", "ratio", "business", "business-metrics", "custom", "custom-metrics"),
  ...keys("alarms", "alarm", "cloudwatch-alarms", "alarm-names", "alarm-configuration", "rollback-alarms"),
  ...keys("false-alarm-percent", "false-alarms", "false-alarm", "false-positives", "false-positive-percent"),
  ...keys("insufficient-evidence", "insufficient-data", "no-data", "missing-data", "inconclusive"),
  ...keys("insufficient-evidence", "on-insufficient-evidence", "treat-missing-data", "on-no-data"),
  ...keys("warm-up", "warmup", "warm-up-period", "initial-delay", "start-delay", "delay", "canary-warmup"),
  ...notes(
    "It is the other way round: a success rate of 99 % is errors: { max-percent: 1 }.",
    ...["success-rate", "request-success-rate", "http-success-rate", "availability", "min-success-rate"],
  ),
  ...notes(
    "It is given in percent: 0.01 is false-alarm-percent: 1.",
    ...["alpha", "significance", "significance-level", "p-value", "false-alarm-rate", "false-positive-rate"],
  ),
  ...notes("A confidence of 99 % is false-alarm-percent: 1.", "confidence", "confidence-level"),
  ...notes(
    "errors, latency and saturation are gates by themselves; what else is counted goes under ratios.",
    ...["metrics", "metric", "analysis", "templates", "checks"],
  ),
  ...notes(
    "There is no score: every gate has to hold. Remove it.",
    ...["score", "score-thresholds", "marginal", "pass", "judge", "weights"],
  ),
  ...notes(
    "Each gate has its own; that of errors is errors: { max-percent: 1 }.",
    "threshold",
    "max-percent",
  ),
  ...notes("The period is each gate's own: period, 60s by default.", "interval", "period", "window"),
  ...NO_LIMITS,
  ...NO_BASELINE,
  ...SOURCE,
]);

const BY_HTTP = notes(
  "Ask it by http: docs/reference/sources/http.md has recipes.",
  ...[
    "datadog",
    "new-relic",
    "newrelic",
    "honeycomb",
    "graphite",
    "influxdb",
    "dynatrace",
    "wavefront",
    "loki",
  ],
);

const SOURCES = new Map([
  ...keys("prometheus", "prom", "amp", "amazon-prometheus", "mimir", "thanos", "victoria-metrics"),
  ...keys("http", "https", "web", "web-metric", "webhook", "json", "rest", "api"),
  ...notes("CloudWatch needs no source: gates ask it by themselves. Remove it.", "cloudwatch", "cloud-watch"),
  ...BY_HTTP,
]);

const QUERIES_ARE_IN_GATES = notes(
  "Queries stand in gates: from: { source: NAME, requests: QUERY, bad: QUERY }.",
  "query",
  "queries",
);

const PROMETHEUS = new Map([
  ...keys("url", "address", "endpoint", "server", "host", "base-url"),
  ...keys("bearer-token", "token", "bearer", "token-env", "bearer-token-env", "secret"),
  ...keys("sigv4", "sig-v4", "aws-sigv4", "sigv4-auth"),
  ...notes("Write sigv4: { region: REGION }.", "region", "aws-region", "aws"),
  ...notes(
    "Write bearer-token: NAME, of the environment variable that has it.",
    "headers",
    "auth",
    "authentication",
  ),
  ...QUERIES_ARE_IN_GATES,
]);

const REQUEST = [
  ...keys("url", "address", "endpoint", "uri", "base-url"),
  ...keys("method", "verb", "http-method"),
  ...keys("body", "json-body", "data", "payload", "json"),
];

const HTTP = new Map([
  ...REQUEST,
  ...keys("headers", "header", "http-headers"),
  ...keys("secret-headers", "secrets", "auth-headers", "env-headers", "headers-from-env"),
  ...keys(
    "points",
    "json-path",
    "jsonpath",
    "path",
    "value",
    "values",
    "result",
    "jmespath",
    "expression",
    "jq",
  ),
  ...keys("lag", "delay", "offset", "latency"),
  ...keys("follow-up", "then", "next", "poll", "follow-ups"),
  ...notes(
    "Write secret-headers: { authorization: VARIABLE }.",
    "bearer-token",
    "token",
    "auth",
    "authentication",
  ),
  ...QUERIES_ARE_IN_GATES,
]);

/** Sections around gates and their sources. */
export const GATE_ALIASES: Readonly<Record<string, ReadonlyMap<string, Alias>>> = {
  gates: GATES,
  "gates.errors": new Map([...COMPARISON, ...MAX_PERCENT]),
  "gates.latency": new Map([...COMPARISON, ...LATENCY]),
  "gates.ratios": new Map([...COMPARISON, ...MAX_PERCENT, ...keys("name", "metric-name", "id", "title")]),
  "gates.saturation": new Map(SATURATION),
  "gates.alarms": new Map([...keys("name", "alarm", "alarm-name", "arn", "alarm-arn"), ...DRY_RUN]),
  "gates.errors.from": BAD_ONES,
  "gates.latency.from": BAD_ONES,
  "gates.ratios.from": EITHER,
  ...Object.fromEntries(
    ["errors", "latency", "ratios"].flatMap((gate) =>
      ["requests", "bad", "good"].map((key) => [`gates.${gate}.from.${key}`, METRIC]),
    ),
  ),
  "sources.NAME": SOURCES,
  "sources.NAME.prometheus": PROMETHEUS,
  "sources.NAME.prometheus.sigv4": new Map(keys("region", "aws-region")),
  "sources.NAME.http": HTTP,
  "sources.NAME.http.follow-up": new Map(REQUEST),
};
