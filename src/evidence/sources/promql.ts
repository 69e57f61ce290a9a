/** A metric that a query names, and the labels by which it selects. */
export interface Selector {
  readonly metric: string;
  readonly labels: readonly string[];
}

/**
 * What stands in an expression besides functions and metrics:
 * https://prometheus.io/docs/prometheus/latest/querying/operators/
 */
const WORDS = new Set([
  ...["and", "or", "unless", "atan2", "offset", "bool", "inf", "nan"],
  ...["by", "without", "on", "ignoring", "group_left", "group_right"],
  ...["sum", "min", "max", "avg", "group", "count", "count_values", "stddev", "stdvar", "quantile"],
  ...["topk", "bottomk", "limitk", "limit_ratio"],
]);
const STRINGS = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`/gs;
const COMMENTS = /#[^\n]*/g;
const LABEL_LISTS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/gi;
const METRIC = /(?<![\w:.$])[A-Za-z_:][\w:]*(?!\s*\(|[\w:])(?:\s*\{[^}]*\})?/g;
const MATCHER = /([A-Za-z_]\w*)\s*=(?!~?\s*"")/g;

/**
 * What a query selects. No parser of PromQL: for hints about a query that found nothing, where one selector less does
 * no harm. Matchers that a missing label passes (`!=`, `!~`, `=""`) do not count.
 */
export function selectorsIn(query: string): readonly Selector[] {
  const bare = query
    .replaceAll(STRINGS, (text) => (text.length > 2 ? '"0"' : '""'))
    .replaceAll(COMMENTS, "")
    .replaceAll(/\[[^\]]*\]/g, "")
    .replaceAll(LABEL_LISTS, " ");
  return [...bare.matchAll(METRIC)].flatMap(([text]) => {
    const metric = /^[\w:]+/.exec(text)?.[0] ?? "";
    if (WORDS.has(metric.toLowerCase())) return [];
    return [{ metric, labels: [...text.matchAll(MATCHER)].map(([, label = ""]) => label) }];
  });
}
