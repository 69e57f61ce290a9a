import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { isCidr } from "../routing/conditions.ts";
import { invalid } from "./validation.ts";

const FIELDS: readonly string[] = [
  "path-pattern",
  "host-header",
  "http-header",
  "query-string",
  "http-request-method",
  "source-ip",
];
/** Quotas that AWS does not raise (Quotas for your Application Load Balancers). */
const VALUES_PER_RULE = 5;
/** Condition types for listener rules. */
const VALUES_PER_CONDITION = 3;
const WILDCARDS_PER_RULE = 5;

/**
 * Checks a rule's conditions and gives them as AWS reads them back: path, host and other simple values both
 * under `Values` and under the config of their field.
 */
export function acceptConditions(conditions: readonly RuleCondition[] | undefined): readonly RuleCondition[] {
  const given = conditions ?? [];
  if (given.length === 0) throw invalid("A condition must be specified");
  const count = given.reduce((sum, condition) => sum + valuesOf(condition).length, 0);
  if (count > VALUES_PER_RULE) {
    throw invalid(`Rules cannot have more than ${VALUES_PER_RULE} condition values; this one has ${count}`);
  }
  const accepted = given.map(acceptCondition);
  const wildcards = given.reduce((sum, condition) => sum + wildcardsIn(condition), 0);
  if (wildcards > WILDCARDS_PER_RULE) {
    throw invalid(`Rules cannot have more than ${WILDCARDS_PER_RULE} wildcards; this one has ${wildcards}`);
  }
  return accepted;
}

/** Of patterns, not of regular expressions. A backslash takes the meaning of a wildcard in a query string only. */
function wildcardsIn(condition: RuleCondition): number {
  const query = condition.QueryStringConfig?.Values?.flatMap(({ Key = "", Value = "" }) => [Key, Value]);
  const patterns = query?.map((text) => text.replaceAll(/\\[*?]/g, "")) ?? patternsOf(condition);
  return patterns.reduce((sum, pattern) => sum + (pattern.match(/[*?]/g)?.length ?? 0), 0);
}

function acceptCondition(condition: RuleCondition): RuleCondition {
  const field = condition.Field ?? "";
  if (!FIELDS.includes(field))
    throw invalid(`Condition field '${field}' must be one of ${FIELDS.join(", ")}`);
  const values = valuesOf(condition);
  if (values.length > VALUES_PER_CONDITION)
    throw invalid(
      `A condition cannot have more than ${VALUES_PER_CONDITION} values; '${field}' has ${values.length}`,
    );
  if (values.length === 0) throw invalid(`A condition value must be specified for '${field}'`);
  const tooLong = values.find((value) => value.length > 128);
  if (tooLong !== undefined)
    throw invalid(`Condition value '${tooLong}' must be at most 128 characters long`);
  checkField(field, condition, values);
  return readBack(field, condition, values);
}

function checkField(field: string, condition: RuleCondition, values: readonly string[]): void {
  if (field === "http-header") {
    const name = condition.HttpHeaderConfig?.HttpHeaderName ?? "";
    if (name.length < 1 || name.length > 40)
      throw invalid("The HTTP header name must have 1 to 40 characters");
    if (name.toLowerCase() === "host")
      throw invalid("Use a host-header condition to look at the Host header");
  }
  if (field === "source-ip") {
    const wrong = values.find((value) => !isCidr(value));
    if (wrong !== undefined) throw invalid(`The IP address '${wrong}' must be in CIDR format`);
  }
  if (field === "http-request-method") {
    const wrong = values.find((value) => !/^[A-Z_-]{1,40}$/.test(value));
    if (wrong !== undefined) throw invalid(`The HTTP method '${wrong}' must be upper-case letters, - or _`);
  }
}

function readBack(field: string, condition: RuleCondition, values: readonly string[]): RuleCondition {
  if (condition.RegexValues?.length) return condition;
  const Values = [...values];
  switch (field) {
    case "path-pattern":
      return condition.PathPatternConfig?.RegexValues
        ? condition
        : { Field: field, Values, PathPatternConfig: { Values } };
    case "host-header":
      return condition.HostHeaderConfig?.RegexValues
        ? condition
        : { Field: field, Values, HostHeaderConfig: { Values } };
    default:
      return condition;
  }
}

function valuesOf(condition: RuleCondition): readonly string[] {
  const query = condition.QueryStringConfig?.Values?.map((pair) => pair.Value ?? "");
  const regex = condition.RegexValues ?? regexOf(condition);
  return query ?? [...patternsOf(condition), ...regex];
}

function patternsOf(condition: RuleCondition): readonly string[] {
  const config =
    condition.PathPatternConfig ??
    condition.HostHeaderConfig ??
    condition.HttpHeaderConfig ??
    condition.HttpRequestMethodConfig ??
    condition.SourceIpConfig;
  return config?.Values ?? condition.Values ?? [];
}

const regexOf = (condition: RuleCondition): readonly string[] =>
  condition.PathPatternConfig?.RegexValues ??
  condition.HostHeaderConfig?.RegexValues ??
  condition.HttpHeaderConfig?.RegexValues ??
  [];
