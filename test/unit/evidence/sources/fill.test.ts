import { expect, test } from "vitest";
import { fill } from "../../../../src/core/fill.ts";
import { escapePromql, plainOnly } from "../../../../src/evidence/sources/fill.ts";

const VALUES = { "task-set": "ecs-svc/1234567890123456789", period: "60s", version: undefined };

test("fills in what it knows, and leaves the query's own", () => {
  const query = 'label_replace(x{task_set="${task-set}"}, "to", "${1}", "from", "(.*)")[${period}]';
  expect(fill(query, VALUES, escapePromql)).toBe(
    'label_replace(x{task_set="ecs-svc/1234567890123456789"}, "to", "${1}", "from", "(.*)")[60s]',
  );
});

test.each([
  ["${version}", '${version} in "a ${version} b" is not known of this service or version'],
  [
    "${task-group}",
    '${task-group} in "a ${task-group} b" stands for nothing here; there are ${task-set}, ${period} or ${version}',
  ],
])("%s is the spec's mistake", (placeholder, message) => {
  expect(() => fill(`a ${placeholder} b`, VALUES, (value) => value)).toThrow(
    expect.objectContaining({ kind: "configuration", message }),
  );
});

test.each([
  ["ecs-svc/1", "ecs-svc/1"],
  ["sha256:0a", "sha256:0a"],
  ['x"} or vector(1) #', "x\\x22\\x7d or vector\\x281\\x29 \\x23"],
  ["a\\b", "a\\x5cb"],
  ["it's `so`\n", "it\\x27s \\x60so\\x60\\x0a"],
  ["ü€😀", "\\u00fc\\u20ac\\U0001f600"],
])("%j in a string of PromQL", (value, escaped) => {
  expect(escapePromql(value)).toBe(escaped);
});

test("a language that is not known gets nothing that could mean something in it", () => {
  expect(plainOnly("targetgroup/orders-blue/73e2d6bc24d8a067")).toBe(
    "targetgroup/orders-blue/73e2d6bc24d8a067",
  );
  for (const value of ["a'b", 'a"b', "a`b", "a}b", "a\\b", "a\nb", "a;b", "a,b", "a*"]) {
    expect(() => plainOnly(value)).toThrow(/cannot be put into a query/);
  }
});
