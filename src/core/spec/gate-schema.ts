import { z } from "zod";
import {
  duration,
  emptyable,
  environmentName,
  factor,
  givenDuration,
  headerName,
  httpUrl,
  metricPeriod,
  nameInSpec,
  oneOf,
  statistic,
  switchable,
} from "./fields.ts";

/** The part of the spec that says what a release is judged by while it serves users, and where figures come from. */

const metric = z
  .strictObject({
    namespace: z
      .string()
      .min(1)
      .max(255)
      .describe("The metric's namespace.")
      .meta({ examples: ["Orders"] }),
    metric: z.string().min(1).max(255).describe("Its name."),
    dimensions: emptyable(z.record(z.string().min(1), z.string().min(1)), {}).describe(
      "All of its dimensions. A value that differs between the versions has a placeholder.",
    ),
    statistic: statistic.default("Sum").describe("The statistic: one that counts."),
  })
  .describe("A CloudWatch metric.");

const query = z
  .union([z.string().min(1), metric])
  .describe("A query in the source's language, or a CloudWatch metric; it counts something in each period.");

const counted = {
  source: z
    .string()
    .min(1)
    .default("cloudwatch")
    .describe("Where the counts come from: `cloudwatch`, or a name under `sources`."),
  requests: query.describe(
    "What is counted at all: requests, payments, jobs. A placeholder such as ${target-group} stands for the version asked about.",
  ),
};

/** Errors and slow requests are bad by their nature. */
const badOnes = z.strictObject({
  ...counted,
  bad: query.describe("How many of them were bad: more of these is worse."),
});

/** Requests, and which of them are bad, or good: exactly one of the two. */
const from = oneOf(
  z.strictObject({
    ...counted,
    bad: query.optional().describe("How many of them were bad: more of these is worse."),
    good: query
      .optional()
      .describe("How many of them were good: fewer of these is worse, such as orders among visits."),
  }),
  ["bad", "good"],
);

/** What every gate on counts has. */
const comparison = {
  tolerance: factor.default(1.2).describe("How many times the old version's rate is still no regression."),
  "min-requests": z
    .int()
    .min(1)
    .default(100)
    .describe(
      "Fewer requests than this are no evidence of health; with as many, and nothing against it, a release passes at the end of its bake.",
    ),
  period: metricPeriod("60s").describe(
    "The metric's period: 1s, 5s, 10s, 20s, 30s or a multiple of 60s. AWS publishes a load balancer's metrics once a minute: less than 60s is for a sandbox, or another source.",
  ),
  patience: duration("10m").describe(
    "How long past the bake to wait for evidence before the rollout is held for a person.",
  ),
  "dry-run": z
    .boolean()
    .default(false)
    .describe("Whether it only reports, and holds up or takes back nothing."),
};

const errorsGate = z.strictObject({
  "max-percent": z
    .number()
    .min(0)
    .max(100)
    .default(1)
    .describe(
      "More bad requests than this, in percent of the new version's, roll back, once chance no longer explains them. 100 leaves the comparison alone to judge.",
    ),
  ...comparison,
  from: badOnes
    .optional()
    .describe("Where requests and failures are counted. Default: at the load balancer, by CloudWatch."),
});

const latencyGate = z.strictObject({
  "slower-than": givenDuration("300ms").describe(
    "What counts as slow. Default: the old version's own 99th percentile before the step.",
  ),
  "max-percent": z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe(
      "More slow requests than this, in percent, roll back. Default: only the old version is a measure.",
    ),
  ...comparison,
  from: badOnes
    .optional()
    .describe("Where requests and slow ones are counted. Default: at the load balancer, by CloudWatch."),
});

const ratioGate = z.strictObject({
  name: nameInSpec.describe("How verdicts call it.").meta({ examples: ["payments"] }),
  "max-percent": z
    .number()
    .min(0)
    .max(100)
    .optional()
    .describe("More bad ones than this, in percent, roll back. Default: only the old version is a measure."),
  ...comparison,
  from: from.describe("What is counted, and where."),
});

const saturationGate = z.strictObject({
  "max-percent": z
    .number()
    .min(1)
    .max(100)
    .default(90)
    .describe("The most of its CPU or memory that the service may use, averaged over all of its tasks."),
  of: z
    .array(z.enum(["cpu", "memory"]))
    .min(1)
    .max(2)
    .default(["cpu", "memory"])
    .describe("What is looked at. AWS publishes it for the whole service, not for each version."),
  periods: z.int().min(1).max(60).default(3).describe("How many periods in a row have to be above it."),
  period: comparison.period,
  "dry-run": comparison["dry-run"],
});

const alarm = z
  .union([
    z.string().min(1).max(255),
    z.strictObject({
      name: z.string().min(1).max(255).describe("The alarm's name."),
      "dry-run": comparison["dry-run"],
    }),
  ])
  .describe("A CloudWatch alarm's name, or an object with name and dry-run.");

/** `sluice.yml`'s `gates`. */
export const gatesSchema = z.strictObject({
  "false-alarm-percent": z
    .number()
    .min(0.001)
    .max(20)
    .default(1)
    .describe(
      "How many of a hundred good releases may be taken back, by all gates on counts together, however often they look.",
    ),
  "insufficient-evidence": z
    .enum(["promote", "hold", "roll-back"])
    .default("promote")
    .describe(
      "What follows when the bake is over and nothing speaks against the release, but not enough for it to prove that it is good, which takes many requests: `promote` passes on the time of the bake and `min-requests`, `hold` waits for a person, `roll-back` takes it back. With less than that, or no data, `promote` holds, too.",
    ),
  "warm-up": duration("0s", { max: "1h" }).describe(
    "How long after each weight gates on counts leave out what new tasks answer while they are cold. Meanwhile nothing but alarms, saturation and dying tasks stops the release, so no longer than they need.",
  ),
  errors: emptyable(z.union([errorsGate, z.literal(false)]), {}).describe(
    "Bad requests of the new version beside the old one's. `false` turns the gate off: then nothing judges the new version's errors, and a release that fails its users is promoted.",
  ),
  latency: switchable(latencyGate).describe(
    "Slow requests of the new version beside the old one's. Off where it is left out; `latency:` alone is enough.",
  ),
  saturation: switchable(saturationGate).describe("CPU and memory of the service. Off where it is left out."),
  ratios: emptyable(z.array(ratioGate).max(10), []).describe(
    "Any other share of counts: payments declined, visits that ordered.",
  ),
  alarms: emptyable(z.array(alarm).max(50), []).describe(
    "CloudWatch alarms that roll back when they go off. One that is in ALARM already keeps a release from beginning.",
  ),
});

const prometheus = z
  .strictObject({
    url: httpUrl.describe("Where its HTTP API is, without /api/v1."),
    "bearer-token": environmentName
      .optional()
      .describe("The environment variable that has the token; the spec never has secrets in it."),
    sigv4: z
      .strictObject({ region: z.string().min(1).describe("The workspace's Region.") })
      .optional()
      .describe("Sign requests for Amazon Managed Service for Prometheus."),
  })
  .describe(
    "A Prometheus, or what speaks its API. Queries are PromQL and count with increase(…[${period}]).",
  );

const followUp = z.strictObject({
  take: z
    .string()
    .min(1)
    .describe("A JMESPath expression that finds in the answer before it what ${taken} stands for.")
    .meta({ examples: ["id"] }),
  url: httpUrl.describe("Where to ask, at the same server; here and in body, ${taken} may be used, too."),
  method: z.enum(["GET", "POST"]).default("GET").describe("The request's method."),
  body: z.string().min(1).optional().describe("What to send."),
  until: z
    .string()
    .min(1)
    .optional()
    .describe(
      "A JMESPath expression; the request is made once a second, for a minute at most, until it is true of the answer.",
    )
    .meta({ examples: ["complete"] }),
});

const httpSource = z
  .strictObject({
    url: httpUrl.describe(
      "Where it answers; here and in body, ${query} stands for the gate's query, ${from-seconds}, ${from-milliseconds}, ${from-iso}, ${to-…} for the window, ${period-seconds} for the period.",
    ),
    method: z.enum(["GET", "POST"]).default("GET").describe("The request's method."),
    headers: emptyable(z.record(headerName, z.string()), {}).describe("Headers to send."),
    "secret-headers": emptyable(z.record(headerName, environmentName), {}).describe(
      "Headers whose values are in environment variables: header to variable.",
    ),
    body: z
      .string()
      .min(1)
      .optional()
      .describe(
        "What to send, as JSON unless a content-type header says otherwise. Between the quotes of JSON ${query} is escaped; elsewhere it is JSON itself.",
      ),
    "follow-up": emptyable(z.array(followUp).max(3), []).describe(
      "Requests that follow, with the same headers, where an API answers later; `points` is about the last answer.",
    ),
    points: z
      .string()
      .min(1)
      .describe(
        "A JMESPath expression that makes of the answer a list of [time, value]; times in seconds, milliseconds or ISO 8601.",
      )
      .meta({ examples: ["series[0].pointlist"] }),
    lag: duration("1m", { max: "15m" }).describe("How long after its end a period may still be added to."),
  })
  .describe("Anything that answers with JSON.");

const source = oneOf(
  z.strictObject({
    prometheus: prometheus.optional(),
    http: httpSource.optional(),
  }),
  ["prometheus", "http"],
);

/** `sluice.yml`'s `sources`. */
export const sourcesSchema = z.record(nameInSpec, source);

export type GatesSpec = z.output<typeof gatesSchema>;
export type ErrorsGate = Exclude<GatesSpec["errors"], false>;
export type LatencyGate = NonNullable<GatesSpec["latency"]>;
export type RatioGate = GatesSpec["ratios"][number];
export type SaturationGate = NonNullable<GatesSpec["saturation"]>;
/** A gate that compares counts of both versions. */
export type CountsGate = ErrorsGate | LatencyGate | RatioGate;
export type CountsFrom = z.output<typeof from>;
export type CountQuery = z.output<typeof query>;
export type CloudWatchMetric = z.output<typeof metric>;
export type PrometheusSpec = z.output<typeof prometheus>;
export type HttpSourceSpec = z.output<typeof httpSource>;
