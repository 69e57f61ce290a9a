import { expect, test } from "vitest";
import { selectorsIn } from "../../../../src/evidence/sources/promql.ts";

test.each([
  ["up", ["up"]],
  [
    'sum(increase(http_requests_total{task_set="a", code=~"5.."}[60s]))',
    ["http_requests_total task_set code"],
  ],
  ["sum by (code) (rate(a_total[5m]))", ["a_total"]],
  ["sum(rate(a_total[5m])) without (pod, node)", ["a_total"]],
  ["sum(a) / on(instance) group_left(version) sum(b)", ["a", "b"]],
  ["SUM(increase(a[1m])) OR vector(0)", ["a"]],
  ['a{x!="1", y!~"2", z="", v=~""}', ["a"]],
  ['a{x="b{c=\\"d\\"} e"} # f', ["a x"]],
  ["job:requests:increase1m offset 5m", ["job:requests:increase1m"]],
  ["1e5 + a * 3 > bool 2", ["a"]],
  ['label_replace(a, "to", "$1", "from", "(.*)")', ["a"]],
  ['sum(a{le="0.5"}) - sum(b {le="+Inf"})', ["a le", "b le"]],
])("%s", (query, expected) => {
  expect(selectorsIn(query).map(({ metric, labels }) => [metric, ...labels].join(" "))).toEqual(expected);
});
