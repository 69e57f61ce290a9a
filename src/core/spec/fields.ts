import { z } from "zod";
import { DURATION_PATTERN, parseDuration } from "./duration.ts";
import { ARN_PATTERNS } from "./elb-arn.ts";

/** Node's timers end at 24.8 days; nothing in a rollout should take a week. */
const LONGEST = "7d";

/** CloudWatch's periods below one minute; above it, every multiple of a minute is one. */
const SHORT_PERIODS_MS: readonly number[] = [1000, 5000, 10_000, 20_000, 30_000];

interface Range {
  readonly min?: string;
  readonly max?: string;
}

/** What kind of text a field takes: chooses the hints that an error gives. */
export type ValueKind =
  | "duration"
  | "period"
  | "batch-size"
  | "time"
  | "listener-rule"
  | "listener"
  | "targetgroup"
  | "header-name"
  | "path"
  | "url"
  | "environment"
  | "name"
  | "factor"
  | "statistic";

/**
 * What an error says that a field takes, in words, completing "expected …". Editors show them too, as
 * `patternErrorMessage` of the JSON Schema; `valueKind` is for Sluice alone.
 */
const inWords = (valueKind: ValueKind, words: string) => ({ valueKind, patternErrorMessage: words });

/** A duration as text, `min` to `max` (both included); milliseconds once parsed. */
export function duration(defaultText: string, range: Range = {}) {
  return z
    .string()
    .regex(DURATION_PATTERN)
    .refine((text) => isInRange(text, range))
    .transform((text) => parseDuration(text) ?? 0)
    .prefault(defaultText)
    .meta(inWords("duration", durationWords(defaultText, range)));
}

/** A duration that has no default of its own, because what is left out has a meaning. */
export function givenDuration(example: string) {
  return z
    .string()
    .regex(DURATION_PATTERN)
    .refine((text) => isInRange(text, {}))
    .transform((text) => parseDuration(text) ?? 0)
    .optional()
    .meta(inWords("duration", durationWords(example, {})));
}

/** A period that CloudWatch has, at most an hour; milliseconds once parsed. */
export function metricPeriod(defaultText: string) {
  return z
    .string()
    .regex(DURATION_PATTERN)
    .refine((text) => isMetricPeriod(parseDuration(text)))
    .transform((text) => parseDuration(text) ?? 0)
    .prefault(defaultText)
    .meta(
      inWords(
        "period",
        "a period that CloudWatch has: 1s, 5s, 10s, 20s, 30s or a multiple of 60s, at most 1h",
      ),
    );
}

/** A whole number of tasks, or a percentage of the desired count as text ("25%"). */
export function batchSize(defaultText: string) {
  return z
    .union([z.int().min(1), z.string().regex(/^([1-9]\d?|100)%$/)])
    .prefault(defaultText)
    .meta(
      inWords("batch-size", `a number of tasks, or a percentage of the desired count such as ${defaultText}`),
    );
}

const EXAMPLE_TIME = "2026-12-24T12:00:00+01:00";

/** A moment, as ISO 8601 has it, with its offset from UTC. */
export const moment = z.iso
  .datetime({ offset: true })
  .meta(inWords("time", `a time with its offset from UTC, such as ${EXAMPLE_TIME}`));

const resourceId = (prefix: string, words: string, example: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}-[0-9a-f]+$`))
    .meta({ patternErrorMessage: words, examples: [example] });

export const subnetId = resourceId("subnet", "a subnet's id (subnet-…)", "subnet-0a1b2c3d4e5f60718");
export const securityGroupId = resourceId("sg", "a security group's id (sg-…)", "sg-0a1b2c3d4e5f60718");

/** The nearest period that CloudWatch has. */
export function nearestMetricPeriod(ms: number): string {
  if (ms > 45_000) return `${Math.min(Math.max(Math.round(ms / 60_000), 1), 60) * 60}s`;
  const choices = [...SHORT_PERIODS_MS, 60_000];
  const best = choices.reduce((one, other) => (Math.abs(other - ms) < Math.abs(one - ms) ? other : one));
  return `${best / 1000}s`;
}

function isMetricPeriod(ms: number | undefined): boolean {
  if (ms === undefined) return true;
  return SHORT_PERIODS_MS.includes(ms) || (ms > 0 && ms % 60_000 === 0 && ms <= 3_600_000);
}

function isInRange(text: string, range: Range): boolean {
  const ms = parseDuration(text);
  if (ms === undefined) return true;
  return ms >= (parseDuration(range.min ?? "0s") ?? 0) && ms <= (parseDuration(range.max ?? LONGEST) ?? 0);
}

function durationWords(defaultText: string, { min, max }: Range): string {
  if (min && max) return `a duration from ${min} to ${max}, such as ${defaultText}`;
  if (min) return `a duration from ${min} to ${LONGEST}, such as ${defaultText}`;
  return `a duration of at most ${max ?? LONGEST}, such as ${defaultText}`;
}

const arn = (resource: keyof typeof ARN_PATTERNS, words: string, example: string) =>
  z
    .string()
    .regex(ARN_PATTERNS[resource])
    .meta({ ...inWords(resource, words), examples: [example] });

const EXAMPLE = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";

export const listenerRuleArn = arn(
  "listener-rule",
  "the ARN of an Application Load Balancer's listener rule (arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener-rule/app/…)",
  `${EXAMPLE}:listener-rule/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2/9683b2d02a6cabee`,
);

export const listenerArn = arn(
  "listener",
  "the ARN of an Application Load Balancer's listener (arn:aws:elasticloadbalancing:REGION:ACCOUNT:listener/app/…)",
  `${EXAMPLE}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2`,
);

export const targetGroupArn = arn(
  "targetgroup",
  "the ARN of a target group (arn:aws:elasticloadbalancing:REGION:ACCOUNT:targetgroup/…)",
  `${EXAMPLE}:targetgroup/orders-blue/73e2d6bc24d8a067`,
);

export const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/)
  .meta(inWords("header-name", "an HTTP header name (letters, digits and hyphens)"));

export const absolutePath = z.string().regex(/^\//).meta(inWords("path", "a path that begins with /"));

export const httpUrl = z
  .url({ protocol: /^https?$/ })
  .regex(/^https?:\/\//)
  .meta(inWords("url", "a URL that begins with http:// or https://"));

/** How many times another rate a rate may be. */
export const factor = z
  .number()
  .min(1)
  .max(10)
  .meta(inWords("factor", "a factor from 1 to 10, such as 1.2 for a fifth more"));

/** A statistic that counts (CloudWatch statistics definitions: TC is the trimmed count, here between two values). */
export const statistic = z
  .string()
  .regex(/^(Sum|SampleCount|TC\((\d+(\.\d+)?)?:(\d+(\.\d+)?)?\))$/)
  .meta(
    inWords("statistic", "a statistic that counts: Sum, SampleCount, or TC(FROM:TO) for values between two"),
  );

export const environmentName = z
  .string()
  .regex(/^[A-Z_a-z][A-Z_a-z0-9]*$/)
  .meta({
    ...inWords("environment", "the name of an environment variable"),
    examples: ["PROMETHEUS_TOKEN"],
  });

/** What a spec calls something by, and verdicts and logs too. */
export const nameInSpec = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,40}$/)
  .meta(inWords("name", "a name of lower-case letters, digits and hyphens"));

/** A section with exactly one of `keys`: said to editors as a `oneOf`, checked here even where other keys are wrong. */
export function oneOf<T extends z.ZodType>(section: T, keys: readonly string[]) {
  const has = (value: unknown, key: string): boolean =>
    typeof value === "object" && value !== null && Reflect.get(value, key) !== undefined;
  return section
    .refine((value) => keys.filter((key) => has(value, key)).length === 1, {
      error: `exactly one of ${keys.slice(0, -1).join(", ")} and ${keys.at(-1)}`,
      when: ({ value }) => typeof value === "object" && value !== null,
    })
    .meta({ oneOf: keys.map((key) => ({ required: [key] })) });
}

/** A section that is off where it is left out, and has its defaults where it is left empty. */
export function switchable<T extends z.ZodType>(schema: T) {
  return z
    .preprocess((value) => (value === null ? {} : value), schema)
    .optional()
    .meta({ mayBeEmpty: true });
}

/** A section that may be left out or left empty (`gates:` and nothing after it): then its defaults hold. */
export function emptyable<T extends z.ZodType>(
  schema: T,
  empty: Readonly<Record<string, never>> | readonly [],
) {
  return z
    .preprocess((value) => (value === null ? empty : value), schema)
    .prefault(empty)
    .meta({ mayBeEmpty: true });
}
