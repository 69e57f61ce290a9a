import { describe, expect, test } from "vitest";
import { parseTrace } from "../../../../src/evidence/backtest/parse-trace.ts";
import { formatTrace, type Trace } from "../../../../src/evidence/backtest/trace.ts";
import { traceOf } from "./traces.ts";

const ARM = '{"requests":10,"errors":1}';
const both = (t: number | string, stable = ARM, canary = ARM): string =>
  `{"t":${t},"stable":${stable},"canary":${canary}}`;

function parsed(...lines: readonly string[]): Trace {
  const result = parseTrace(lines.join("\n"));
  if (result.kind === "trace") return result.trace;
  throw new Error(JSON.stringify(result.problems));
}

function problems(...lines: readonly string[]): readonly string[] {
  const result = parseTrace(lines.join("\n"));
  if (result.kind === "trace") return [];
  return result.problems.map(
    ({ line, message, again }) => `${line ?? "file"}: ${message}${again ? ` (${again} more)` : ""}`,
  );
}

describe("a usable trace", () => {
  test("what is written is what is read", () => {
    const trace = traceOf({
      seed: 3,
      history: 4,
      canary: 3,
      requests: () => 50,
      share: () => 0.3,
      errors: () => 0.1,
      slow: 0.1,
    });
    expect(parseTrace(formatTrace(trace))).toEqual({ kind: "trace", trace });
  });

  test("history is what comes before the first canary; the smallest distance is the period", () => {
    const stable = (t: number) => `{"t":${t},"stable":${ARM}}`;
    const trace = parsed(stable(-240), stable(-120), both(0), both(60), stable(120), both(240));
    expect(trace).toMatchObject({ periodMs: 60_000, canaryFromMs: 0, hasStable: true, hasSlow: false });
    expect(trace.periods.map(({ atMs, canary }) => [atMs, canary?.requests])).toEqual([
      [-240_000, undefined],
      [-120_000, undefined],
      [0, 10],
      [60_000, 10],
      [120_000, undefined],
      [240_000, 10],
    ]);
  });

  test.each([
    ["fractions of a second", [both(0.1), both(0.2), both(0.4)], 100],
    ["seconds since 1970", [both(1_763_000_000), both(1_763_000_010)], 10_000],
    ["blank lines, CRLF and a byte order mark", [`\uFEFF${both(0)}\r`, "", " \r", `${both(5)}\r`, ""], 5_000],
    ["no stable at all", [`{"t":0,"canary":${ARM}}`, `{"t":1,"canary":${ARM}}`], 1_000],
  ])("%s", (_name, lines, periodMs) => {
    expect(parsed(...lines).periodMs).toBe(periodMs);
  });
});

describe("an unusable one: its lines, and what is wrong with each", () => {
  const count = "expected a whole number, 0 or more, got";
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ["not JSON", [both(0), "{", both(60)], ["2: not JSON: {"]],
    ["no object", [both(0), "[1]", both(60)], ["2: expected an object, got [1]"]],
    ["no t", [both(0), `{"canary":${ARM}}`, both(60)], ["2: t is missing"]],
    ["t in words", [both(0), both('"noon"'), both(60)], ['2: t: expected seconds, got "noon"']],
    ["t too fine", [both(0), both(0.0001), both(60)], ["2: t: expected whole milliseconds, got 0.0001"]],
    [
      "unknown keys",
      [both(0), '{"t":60,"cannary":{},"stable":{"requests":1,"errors":0,"error":1}}'],
      [
        '2: unknown key "cannary". Did you mean "canary"?',
        '2: unknown key "stable.error". Did you mean "errors"?',
      ],
    ],
    ["no version", [both(0), both(60), '{"t":120}'], ["3: neither stable nor canary"]],
    ["no arm", [both(0), both(60, "7")], ["2: stable: expected an object, got 7"]],
    ["a null", [both(0), both(60, ARM, "null")], ["2: canary: expected an object, got null"]],
    [
      "missing counts",
      [both(0), both(60, "{}")],
      ["2: stable.requests is missing", "2: stable.errors is missing"],
    ],
    ["a negative", [both(0), both(60, '{"requests":-1,"errors":0}')], [`2: stable.requests: ${count} -1`]],
    [
      "a fraction",
      [both(0), both(60, ARM, '{"requests":9,"errors":0.5}')],
      [`2: canary.errors: ${count} 0.5`],
    ],
    [
      "a count in words",
      [both(0), both(60, '{"requests":"9","errors":0}')],
      [`2: stable.requests: ${count} "9"`],
    ],
    [
      "more errors than requests",
      [both(0), both(60, '{"requests":9,"errors":10}')],
      ["2: stable.errors is 10, more than its 9 requests"],
    ],
    [
      "more slow ones than requests",
      [both(0, '{"requests":9,"errors":0,"slow":10}', '{"requests":9,"errors":0,"slow":0}')],
      ["1: stable.slow is 10, more than its 9 requests"],
    ],
    [
      "slow on some lines only",
      [both(0), both(60, '{"requests":9,"errors":0,"slow":1}')],
      [
        "1: stable.slow is missing, but line 2 has slow",
        "1: canary.slow is missing, but line 2 has slow (1 more)",
      ],
    ],
    ["out of order", [both(0), both(120), both(60)], ["3: t is 60, before the 120 of line 2"]],
    ["the same t twice", [both(0), both(60), "", both(60)], ["4: t is 60, as on line 2"]],
    [
      "off the grid",
      [both(0), both(60), both(150)],
      [
        "3: t is 150, which is not a whole number of periods of 60 s, the smallest distance between two lines, from the 0 of line 1",
      ],
    ],
    ["nothing", ["", " "], ["file: there is no line in it"]],
    ["one line", [both(0)], ["file: there is one line only; the period is the distance between two of them"]],
    [
      "no canary",
      [`{"t":0,"stable":${ARM}}`, `{"t":1,"stable":${ARM}}`],
      ["file: no line has a canary to be judged"],
    ],
  ])("%s", (_name, lines, expected) => {
    expect(problems(...lines)).toEqual(expected);
  });

  test("all of them at once, in the order of lines, but no more than twenty kinds", () => {
    const lines = Array.from({ length: 30 }, (_, index) =>
      both(index, `{"requests":1,"errors":${index + 2}}`),
    );
    const result = parseTrace([...lines, both(3), "x"].join("\n"));
    if (result.kind === "trace") throw new Error("taken for usable");
    expect(result.problems.map(({ line }) => line)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(result.omitted).toBe(12);
  });

  test("what is wrong with every line is said once", () => {
    const lines = Array.from({ length: 500 }, (_, index) => `{"t":${index},"arm":"canary"}`);
    expect(parseTrace([...lines, "x"].join("\n"))).toMatchObject({
      problems: [
        { line: 1, message: expect.stringContaining('"arm"'), again: 499 },
        { line: 1, message: "neither stable nor canary", again: 499 },
        { line: 501 },
      ],
      omitted: 0,
    });
  });
});
