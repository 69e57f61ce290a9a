import { describe, expect, test } from "vitest";
import { formatPath, formatProblems, type Problem, printable } from "../../../../src/core/spec/problem.ts";
import { problemsOf, specText } from "./samples.ts";

const problem: Problem = {
  path: "traffic.test",
  line: 2,
  column: 3,
  message: "expected a, got b.",
  seen: "b",
  allowed: "a",
};

describe("formatProblems", () => {
  test("gives one line a problem: place, path, message, suggestion", () => {
    expect(formatProblems([problem, { ...problem, line: 9, suggestion: "a" }], "sluice.yml")).toEqual([
      "sluice.yml:2:3  traffic.test  expected a, got b.",
      'sluice.yml:9:3  traffic.test  expected a, got b. Did you mean "a"?',
    ]);
  });

  test("leaves no gap where there is no path", () => {
    expect(formatProblems([{ ...problem, path: "" }], "x.yml")).toEqual(["x.yml:2:3  expected a, got b."]);
  });

  test("shows the line and points at the place, when it has the text", () => {
    const text = specText("bake: soon\n");
    expect(formatProblems(problemsOf(text), "sluice.yml", text)).toEqual([
      'sluice.yml:8:7  bake  expected a duration of at most 7d, such as 10m, got "soon".',
      "    8 | bake: soon",
      "      |       ^",
    ]);
  });

  test("writes no control characters of the file to the terminal", () => {
    const text = specText('container: [ "\u009b31m\u202e" ]\nbake: "\u009b31m"\nnope\u0085: 1\n');
    expect(problemsOf(text).length).toBeGreaterThanOrEqual(3);
    expect(formatProblems(problemsOf(text), "sluice.yml", text).join("\n")).not.toMatch(
      /[\u0080-\u009f\u202e]/,
    );
  });
});

test.each([
  [[], ""],
  [["traffic", "production", 0, "listener-rule"], "traffic.production[0].listener-rule"],
  [["headers", "a b"], 'headers["a b"]'],
])("formatPath %j", (path, text) => {
  expect(formatPath(path)).toBe(text);
});

test("printable keeps both ends of what is long", () => {
  expect(printable(`${"a".repeat(100)}z`, 11)).toBe('"aaaaa…aaaaz"');
});
