import { type Alias, keys, notes } from "./alias.ts";
import { GATE_ALIASES } from "./gate-aliases.ts";

const STEPS_BESIDE =
  "Write strategy: canary, and its steps beside it (steps: [{ weight: 5, bake: 10m }, { weight: 50 }]).";
const BATCH_BESIDE = "Write strategy: rolling, and beside it batch: { size: 25% }.";

const STEP = [
  ...keys("weight", "set-weight", "step-weight", "percent", "percentage", "traffic", "canary-percent"),
  ...keys("bake", "duration", "wait", "bake-time", "bake-time-in-minutes", "interval", "step-bake-time"),
  ...keys("approve", "approval", "manual", "manual-approval", "gate", "hold", "confirm"),
  ...notes(
    "A pause of some time is the bake of the weight before it; one that waits for a person is approve: true.",
    "pause",
  ),
  ...notes(
    "Capacity follows the weight: as many tasks as the next weight needs stand before it is written. Remove the step.",
    "set-canary-scale",
    "scale",
  ),
  ...notes(
    "List the weights, one step each: weight: 10, then weight: 20 and so on.",
    "max-weight",
    "step-weights",
  ),
  ...notes("Write route: { header: { name: NAME, values: [VALUE] } }.", "set-header-route", "match"),
  ...notes("Gates are judged at every step, by the service's gates. Remove it.", "analysis", "experiment"),
];

const CONDITION = [
  ...keys("name", "header-name", "cookie-name", "key", "field"),
  ...keys("values", "value", "exact", "equals", "matches"),
  ...notes("Write values, with * for any characters and ? for one.", "prefix", "suffix", "regex", "pattern"),
];

/** Sections are named by their path without indexes; `""` is a service. */
const ALIASES: Readonly<Record<string, ReadonlyMap<string, Alias>>> = {
  "": new Map([
    ...keys("bake", "bake-time", "bake-time-in-minutes", "bake-minutes", "bake-duration"),
    ...keys("bake", "termination-wait-time", "termination-wait-time-in-minutes", "scale-down-delay"),
    ...keys("service", "service-name", "ecs-service", "name"),
    ...keys("cluster", "cluster-name", "cluster-arn", "ecs-cluster"),
    ...keys("container", "container-name"),
    ...keys("traffic", "routes", "routing", "load-balancer", "load-balancers", "alb", "traffic-routing"),
    ...keys("gates", "analysis", "metrics", "canary-analysis"),
    ...keys("sources", "source", "metric-sources", "providers", "metric-providers", "data-sources"),
    ...notes(
      "Write gates: { alarms: [NAME] }.",
      "alarm",
      "alarms",
      "alarm-configuration",
      "cloudwatch-alarms",
    ),
    ...notes(
      "Declare it under sources, by a name of your choice.",
      "prometheus",
      "datadog",
      "new-relic",
      "newrelic",
    ),
    ...keys("smoke-checks", "smoke-tests", "smoke", "checks", "tests", "health-checks", "hooks"),
    ...keys("strategy", "deployment-strategy", "deployment-type", "type"),
    ...keys("timeouts", "timeout", "deadlines"),
    ...keys("approvals", "approval", "manual-approval", "reviews"),
    ...notes(
      STEPS_BESIDE,
      "canary",
      "canary-configuration",
      "linear",
      "linear-configuration",
      "canary-steps",
    ),
    ...notes(STEPS_BESIDE, "weights", "weight", "step-weight", "step-weights", "max-weight", "step-percent"),
    ...notes(BATCH_BESIDE, "rolling", "rolling-update", "max-surge", "max-unavailable", "batch-size"),
    ...notes("Write strategy: blue-green.", "blue-green"),
    ...keys("superseding", "supersede", "concurrency", "on-conflict"),
    ...keys("freeze", "freeze-windows", "freezes", "blackout", "blackouts", "change-freeze"),
    ...keys("first-task-set", "first-deployment", "initial-task-set"),
    ...notes("The image is an input of the Action, not part of the spec. Remove the key.", "image"),
    ...notes(
      "The task definition is an input of the Action, not part of the spec. Remove the key.",
      "task-definition",
    ),
    ...notes("The Region is read from the routes' ARNs. Remove the key.", "region", "aws-region"),
  ]),
  traffic: new Map([
    ...keys(
      "production",
      "prod",
      "live",
      "production-listener",
      "production-listener-rule",
      "prod-traffic-route",
    ),
    ...keys("production", "production-traffic-route", "production-routes", "production-rules"),
    ...keys("test", "test-listener", "test-listener-rule", "test-traffic-route", "test-route", "preview"),
    ...keys("target-groups", "target-group", "target-group-arns", "target-group-pair-info"),
  ]),
  "traffic.production": new Map([
    ...keys("listener-rule", "rule", "rule-arn", "listener-rule-arn", "production-listener-rule"),
    ...keys("listener", "listener-arn", "production-listener", "default-action"),
  ]),
  "traffic.test": new Map([
    ...keys("listener-rule", "rule", "rule-arn", "listener-rule-arn", "test-listener-rule"),
    ...keys("listener", "listener-arn", "test-listener"),
    ...keys("url", "base-url", "endpoint", "host", "address"),
    ...keys("headers", "header", "http-headers"),
  ]),
  "smoke-checks": new Map([
    ...keys("path", "url", "uri", "endpoint", "route"),
    ...keys("status", "expect", "expected", "expected-status", "status-code", "code", "expect-status"),
    ...keys("attempts", "retries", "tries", "max-attempts", "retry"),
    ...keys("contains", "body-contains", "match", "expect-body"),
    ...keys("json", "body-json", "expect-json"),
    ...keys("headers", "header", "http-headers"),
    ...keys("method", "verb", "http-method"),
    ...keys("body", "data", "payload"),
  ]),
  timeouts: new Map([
    ...keys("held", "hold", "approval", "approve", "promotion", "promote", "sweep", "pending", "watch"),
  ]),
  approvals: new Map([
    ...keys("protection", "protected", "required-reviewers", "reviewers", "environment-protection"),
    ...keys("prevent-self-review", "prevent-self-reviews", "no-self-review", "four-eyes"),
    ...notes(
      "The environment is an input of the Action (approval-environment), not part of the spec. Remove the key.",
      "environment",
      "approval-environment",
    ),
  ]),
  steps: new Map(STEP),
  "steps.route": new Map([
    ...keys("header", "headers", "http-header"),
    ...keys("cookie", "cookies"),
    ...notes("Write header: { name: NAME, values: [VALUE] }.", "match", "name", "values", "value"),
  ]),
  "steps.route.header": new Map(CONDITION),
  "steps.route.cookie": new Map(CONDITION),
  batch: new Map([
    ...keys("size", "batch-size", "tasks", "percent", "percentage", "max-surge", "count"),
    ...keys("bake", "pause", "wait", "duration", "interval", "bake-time"),
  ]),
  freeze: new Map([
    ...keys("from", "start", "starts", "starts-at", "start-time", "begin", "begins", "since"),
    ...keys("until", "end", "ends", "ends-at", "end-time", "to", "till"),
    ...keys("reason", "why", "message", "name", "description", "because"),
  ]),
  ...GATE_ALIASES,
};

/** `section` is a path without indexes, NAME for a name of the author's choice, "" for a service; `key` is in kebab-case. */
export function aliasOf(section: string, key: string): Alias | undefined {
  return ALIASES[section]?.get(key);
}
