import { z } from "zod";
import {
  absolutePath,
  batchSize,
  duration,
  emptyable,
  headerName,
  httpUrl,
  listenerArn,
  listenerRuleArn,
  moment,
  securityGroupId,
  subnetId,
  switchable,
  targetGroupArn,
} from "./fields.ts";
import { gatesSchema, sourcesSchema } from "./gate-schema.ts";
import { step } from "./step-schema.ts";

/**
 * The one definition of `sluice.yml`: its keys, defaults and descriptions. The JSON Schema that editors use
 * (`schema/sluice.schema.json`), the table in `docs/reference/spec.md`, the words of errors and the TypeScript
 * types are derived from it. Durations become milliseconds.
 */

/** One rule or one listener: said to editors as a `oneOf`, checked here even where other keys are wrong. */
const ONE_ROUTE_JSON = { oneOf: [{ required: ["listener-rule"] }, { required: ["listener"] }] };
const ONE_ROUTE = {
  error: "exactly one of listener-rule and listener",
  when: ({ value }: { readonly value: unknown }) => typeof value === "object" && value !== null,
};
const isOneRoute = (route: { readonly "listener-rule"?: unknown; readonly listener?: unknown }): boolean =>
  (route["listener-rule"] === undefined) !== (route.listener === undefined);

const productionRoute = z
  .strictObject({
    "listener-rule": listenerRuleArn
      .optional()
      .describe("A listener rule whose forward action has both target groups."),
    listener: listenerArn
      .optional()
      .describe("A listener whose default action forwards to both target groups."),
  })
  .refine(isOneRoute, ONE_ROUTE)
  .meta(ONE_ROUTE_JSON);

const headers = emptyable(z.record(headerName, z.string()), {});

const testRoute = z
  .strictObject({
    "listener-rule": listenerRuleArn
      .optional()
      .describe("A rule of higher priority, e.g. on a header, that people and smoke checks use."),
    listener: listenerArn
      .optional()
      .describe("A listener of its own, whose default action is the test route."),
    url: httpUrl
      .optional()
      .describe("Where smoke checks go. Default: the load balancer's name and the listener's port."),
    headers: headers.describe(
      "Headers that smoke checks send. Default: those the test rule's conditions ask for.",
    ),
  })
  .refine(isOneRoute, ONE_ROUTE)
  .meta(ONE_ROUTE_JSON);

/** `z.json()` with a name, which the JSON Schema needs to refer to it. */
const jsonValue: z.ZodType<z.core.util.JSONType> = z
  .union([
    z.string(),
    z.number(),
    z.boolean(),
    z.null(),
    z.lazy(() => z.array(jsonValue)),
    z.lazy(() => z.record(z.string(), jsonValue)),
  ])
  .meta({ id: "json-value" });

const PLACEHOLDERS =
  "Here and in path, headers, body and contains, ${version}, ${image}, ${rollout} and ${task-definition} stand for those of the release.";

const smokeCheck = z.strictObject({
  name: z.string().min(1).optional().describe("How logs call it. Default: method and path."),
  method: z
    .enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    .default("GET")
    .describe("The request's method."),
  path: absolutePath
    .describe("The request's path, with its query if it has one.")
    .meta({ examples: ["/version"] }),
  headers: headers.describe("Headers to send, besides those of `traffic.test`."),
  body: z.string().optional().describe("What to send."),
  status: z.int().min(100).max(599).default(200).describe("The status expected."),
  contains: z.string().min(1).optional().describe("Text that the answer's body must contain."),
  json: z
    .record(z.string(), jsonValue)
    .optional()
    .describe(`Members that the answer's JSON object must have; others may be there. ${PLACEHOLDERS}`)
    .meta({ examples: [{ version: "${version}" }] }),
  timeout: duration("5s", { min: "100ms", max: "1m" }).describe("How long one attempt may take."),
  attempts: z.int().min(1).max(100).default(5).describe("How often it may be tried before it has failed."),
});

const batch = z.strictObject({
  size: batchSize("25%").describe(
    "How many tasks are exchanged at a time: a number, or a percentage of the desired count.",
  ),
  bake: duration("1m").describe("How long gates are judged after each batch but the last."),
});

const split = z.strictObject({
  weight: z
    .number()
    .min(1)
    .max(50)
    .default(10)
    .describe("The new version's percentage of the service's traffic meanwhile."),
  bake: duration("2m").describe(
    "How long gates compare both versions, before the rest of the traffic moves.",
  ),
});

const freezeWindow = z.strictObject({
  from: moment.describe("When it begins.").meta({ examples: ["2026-12-24T12:00:00+01:00"] }),
  until: moment.describe("When it ends.").meta({ examples: ["2026-12-27T06:00:00+01:00"] }),
  reason: z.string().min(1).optional().describe("What refusals say."),
});

const firstTaskSet = z.strictObject({
  "launch-type": z.enum(["FARGATE", "EC2", "EXTERNAL"]).default("FARGATE").describe("Where its tasks run."),
  "platform-version": z.string().min(1).optional().describe("Of Fargate. Default: LATEST."),
  subnets: z
    .array(subnetId)
    .min(1)
    .max(16)
    .optional()
    .describe("Subnets of its tasks; network mode awsvpc needs them."),
  "security-groups": z.array(securityGroupId).max(5).optional().describe("Security groups of its tasks."),
  "assign-public-ip": z.boolean().default(false).describe("Whether its tasks get a public address."),
  "container-port": z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("The port behind the load balancer. Default: the container's only port mapping."),
});

const timeouts = z.strictObject({
  stage: duration("15m", { min: "1s" }).describe(
    "From the new task set's creation until all its tasks are healthy.",
  ),
  verify: duration("5m", { min: "1s" }).describe("For all smoke checks together."),
  shift: duration("5m", { min: "1s" }).describe(
    "From a weight's write until it reads back and has settled, without the bake.",
  ),
  finish: duration("30m", { min: "1s" }).describe("For draining and deleting the old task set."),
  queue: duration("1h", { min: "1s" }).describe("For a release that waits for another one's end."),
  rollback: duration("15m", { min: "1s" }).describe("For a rollback, of which the weights come first."),
  held: duration("24h", { min: "1s", max: "30d" }).describe(
    "For a rollout that waits for a person, from the end of its step's bake: the `sweep` phase takes it back after that.",
  ),
});

const approvals = z.strictObject({
  protection: z
    .enum(["refuse", "warn", "off"])
    .default("refuse")
    .describe(
      "What `plan` does where the approval environment does not exist on GitHub or asks nobody, since then nobody would approve: refuse, warn, or not look.",
    ),
  "prevent-self-review": z
    .boolean()
    .default(false)
    .describe(
      "Whether that environment must also keep people from approving the runs that they began themselves.",
    ),
});

const traffic = z.strictObject({
  production: z
    .array(productionRoute)
    .min(1)
    .describe("Every rule or default action that sends users to this service."),
  test: testRoute.describe("How to reach the new version before users do."),
  "target-groups": z
    .tuple([targetGroupArn, targetGroupArn])
    .optional()
    .describe("The two target groups. Default: the two of the production routes."),
});

const service = z.strictObject({
  service: z
    .string()
    .min(1)
    .describe("The ECS service's name.")
    .meta({ examples: ["orders"] }),
  cluster: z.string().min(1).default("default").describe("The ECS cluster's name or ARN."),
  container: z
    .string()
    .min(1)
    .optional()
    .describe("The container that gets the new image. Default: the one behind the load balancer."),
  traffic: traffic.describe("The routes of an Application Load Balancer that lead to the service."),
  strategy: z
    .enum(["canary", "blue-green", "rolling"])
    .default("canary")
    .describe("How traffic moves: by steps, all at once, or with the tasks, batch by batch."),
  steps: z
    .array(step)
    .min(1)
    .optional()
    .describe("The steps of a canary. Default: weights 5, 25 and 50. A last step of 100 is added."),
  batch: emptyable(batch, {}).describe("How a rolling release exchanges its tasks."),
  split: switchable(split).describe(
    "Of blue-green: a short while with both versions side by side before the flip, since the old version of the same time is a stronger measure than that of before. Off where it is left out; `split:` alone is enough.",
  ),
  settle: duration("10s", { max: "10m" }).describe(
    "How long a written weight, or the test route, is given to reach every load balancer node.",
  ),
  bake: duration("10m").describe(
    "How long the old version stands by, warm, after the flip, while gates are judged.",
  ),
  "smoke-checks": emptyable(z.array(smokeCheck), []).describe(
    "Requests made of the new version on the test route, before any user's.",
  ),
  gates: emptyable(gatesSchema, {}).describe("What the new version is judged by while it serves users."),
  sources: emptyable(sourcesSchema, {}).describe(
    "Where gates may get their counts from besides CloudWatch, by name.",
  ),
  timeouts: emptyable(timeouts, {}).describe("How long each phase may take before it ends in failure."),
  approvals: emptyable(approvals, {}).describe(
    "What is expected of the GitHub environment in which people approve.",
  ),
  superseding: z
    .enum(["refuse", "queue", "take-back"])
    .default("refuse")
    .describe(
      "What a release does while another one is under way: refuse, wait for its end (`timeouts.queue`), or take it back first.",
    ),
  freeze: emptyable(z.array(freezeWindow), []).describe(
    "Times in which no release may begin. Rollbacks, and releases under way, go on.",
  ),
  "first-task-set": firstTaskSet
    .optional()
    .describe("Of a service that has no task set yet. Later task sets copy the one that serves."),
});

const version = z.literal(1).describe("The version of this format.");

/** A file with one service at its top level. */
export const singleSchema = z.strictObject({ version, ...service.shape });

/** A file with a list of services. */
export const listSchema = z.strictObject({
  version,
  services: z.array(service).min(1).describe("Several services, each with the keys of one."),
});

/** Either form of `sluice.yml`. Its errors say little where no form fits: `parseSpec` picks the form meant. */
export const specSchema = z.union([singleSchema, listSchema]);

export const serviceSchema = service;

/** One service's part of the spec, with every default filled in and every duration in milliseconds. */
export type ServiceSpec = z.output<typeof service>;

/** A `sluice.yml`, whichever form it has. */
export interface Spec {
  readonly services: readonly ServiceSpec[];
}
