import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { type ConditionCounts, countWildcards } from "../core/cohorts.ts";

/** What a rule's conditions take of the five values and five wildcards that AWS allows a rule. */
export function countConditions(conditions: readonly RuleCondition[]): ConditionCounts {
  const patterns = conditions.flatMap(patternsOf);
  const regular = conditions.flatMap(regexValuesOf).length;
  return { values: patterns.length + regular, wildcards: countWildcards(patterns) };
}

/** As CreateRule takes them: AWS reads simple values back twice, by themselves and in the config of their field. */
export function toBeWritten(conditions: readonly RuleCondition[]): RuleCondition[] {
  return conditions.map((condition) => {
    const hasConfig = configOf(condition) !== undefined || condition.QueryStringConfig !== undefined;
    if (!hasConfig) return condition;
    const { Values: _values, RegexValues: _regexValues, ...rest } = condition;
    return rest;
  });
}

function patternsOf(condition: RuleCondition): readonly string[] {
  const query = condition.QueryStringConfig?.Values;
  if (query) return query.map(({ Key, Value }) => `${Key ?? ""}=${Value ?? ""}`);
  return configOf(condition)?.Values ?? condition.Values ?? [];
}

function regexValuesOf(condition: RuleCondition): readonly string[] {
  const config = condition.PathPatternConfig ?? condition.HostHeaderConfig ?? condition.HttpHeaderConfig;
  return config?.RegexValues ?? condition.RegexValues ?? [];
}

function configOf(condition: RuleCondition): { readonly Values?: string[] | undefined } | undefined {
  return (
    condition.PathPatternConfig ??
    condition.HostHeaderConfig ??
    condition.HttpHeaderConfig ??
    condition.HttpRequestMethodConfig ??
    condition.SourceIpConfig
  );
}
