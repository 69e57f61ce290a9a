import { z } from "zod";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";

/**
 * The one definition of `sluice.yml`: its keys, defaults and descriptions. The JSON Schema that editors use
 * (`schema/sluice.schema.json`) and the TypeScript types are derived from it. Durations become milliseconds.
 */
const duration = (defaultText: string, range: { min?: string; max?: string } = {}) =>
  z
    .string()
    .regex(DURATION_PATTERN, "a duration: a number and a unit, such as 30s, 5m or 1h")
    .refine(
      (text) => inRange(text, range),
      `a duration from ${range.min ?? "0s"}${range.max ? ` to ${range.max}` : " on"}`,
    )
    .transform((text) => parseDuration(text) ?? 0)
    .prefault(defaultText);

function inRange(text: string, range: { min?: string; max?: string }): boolean {
  const ms = parseDuration(text);
  if (ms === undefined) return true;
  const min = parseDuration(range.min ?? "0s") ?? 0;
  const max = parseDuration(range.max ?? "") ?? Number.POSITIVE_INFINITY;
  return ms >= min && ms <= max;
}

const arn = (resource: string, label: string) =>
  z
    .string()
    .regex(new RegExp(`^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\\d{12}:${resource}/`), `the ARN of ${label}`);

const listenerRule = arn("listener-rule", "a listener rule (arn:aws:elasticloadbalancing:…:listener-rule/app/…)");
const listener = arn("listener", "a listener (arn:aws:elasticloadbalancing:…:listener/app/…)");
const targetGroup = arn("targetgroup", "a target group (arn:aws:elasticloadbalancing:…:targetgroup/…)");

const oneRoute = (route: { "listener-rule"?: unknown; listener?: unknown }): boolean =>
  (route["listener-rule"] === undefined) !== (route.listener === undefined);
const ONE_ROUTE = "exactly one of listener-rule and listener";

const productionRoute = z
  .strictObject({
    "listener-rule": listenerRule.optional().describe("A listener rule whose forward action has both target groups."),
    listener: listener.optional().describe("A listener whose default action forwards to both target groups."),
  })
  .refine(oneRoute, ONE_ROUTE);

const headers = z.record(z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "an HTTP header name"), z.string());

const testRoute = z
  .strictObject({
    "listener-rule": listenerRule.optional().describe("A rule of higher priority, e.g. on a header, that people and smoke checks use."),
    listener: listener.optional().describe("A listener of its own, whose default action is the test route."),
    url: z.url({ protocol: /^https?$/ }).optional().describe("Where smoke checks go. Default: the load balancer's name and the listener's port."),
    headers: headers.default({}).describe("Headers that smoke checks send. Default: those the test rule's conditions ask for."),
  })
  .refine(oneRoute, ONE_ROUTE);

const smokeCheck = z.strictObject({
  name: z.string().min(1).optional().describe("How logs call it. Default: method and path."),
  method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("GET"),
  path: z.string().regex(/^\//, "a path that begins with /"),
  headers: headers.default({}),
  body: z.string().optional().describe("What to send."),
  status: z.int().min(100).max(599).default(200).describe("The status expected."),
  contains: z.string().min(1).optional().describe("Text that the answer's body must contain."),
  json: z
    .record(z.string(), z.json())
    .optional()
    .describe("Members that the answer's JSON object must have; others may be there. ${version} is the version released."),
  timeout: duration("5s", { min: "100ms", max: "1m" }).describe("How long one attempt may take."),
  attempts: z.int().min(1).max(100).default(5).describe("How often it may be tried before it has failed."),
});

const errorsGate = z.strictObject({
  "max-percent": z.number().min(0).max(100).default(1).describe("More bad requests than this, of the new version's, roll back."),
  "min-requests": z.int().min(1).default(100).describe("Fewer requests than this are no evidence."),
  period: duration("60s", { min: "1s", max: "1h" }).describe("The metric's period: 1s, 5s, 10s, 20s, 30s or a multiple of 60s."),
  patience: duration("10m").describe("How long past the bake to wait for evidence before the rollout is held for a person."),
});

const timeouts = z.strictObject({
  stage: duration("15m", { min: "1s" }).describe("From the new task set's creation until all its tasks are healthy."),
  verify: duration("5m", { min: "1s" }).describe("For all smoke checks together."),
  shift: duration("5m", { min: "1s" }).describe("From a weight's write until it reads back and has settled, without the bake."),
  finish: duration("30m", { min: "1s" }).describe("For draining and deleting the old task set."),
  rollback: duration("15m", { min: "1s" }).describe("For a rollback, of which the weights come first."),
});

const service = z.strictObject({
  service: z.string().min(1).describe("The ECS service's name."),
  cluster: z.string().min(1).default("default").describe("The ECS cluster's name or ARN."),
  container: z.string().min(1).optional().describe("The container that gets the new image. Default: the one behind the load balancer."),
  traffic: z.strictObject({
    production: z.array(productionRoute).min(1).describe("Every rule or default action that sends users to this service."),
    test: testRoute.describe("How to reach the new version before users do."),
    "target-groups": z
      .tuple([targetGroup, targetGroup])
      .optional()
      .describe("The two target groups. Default: the two of the production routes."),
  }),
  strategy: z.enum(["blue-green"]).default("blue-green").describe("How traffic moves."),
  settle: duration("10s", { max: "10m" }).describe("How long a written weight is given to reach every load balancer node."),
  bake: duration("10m").describe("How long the old version stands by, warm, after the flip, while gates are judged."),
  "smoke-checks": z.array(smokeCheck).default([]).describe("Asked of the new version on the test route, before any user is."),
  gates: z
    .strictObject({ errors: errorsGate.prefault({}).describe("Bad requests of the new version, from CloudWatch.") })
    .prefault({}),
  timeouts: timeouts.prefault({}),
});

export const specSchema = z.union([
  service.extend({ version: z.literal(1) }),
  z.strictObject({ version: z.literal(1), services: z.array(service).min(1) }),
]);

export const serviceSchema = service;

/** One service's part of the spec, with every default filled in and every duration in milliseconds. */
export type ServiceSpec = z.output<typeof service>;
