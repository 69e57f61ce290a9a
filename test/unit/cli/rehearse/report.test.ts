import { describe, expect, test } from "vitest";
import { createPaint } from "../../../../src/cli/rehearse/paint.ts";
import {
  conclude,
  type ReleaseReport,
  renderSummary,
  reportOf,
} from "../../../../src/cli/rehearse/report.ts";

const plain = createPaint({ isTTY: false }, {});

const release = (more: Partial<ReleaseReport> = {}): ReleaseReport => ({
  name: "orders:2",
  strategy: "blue-green",
  outcome: "released",
  expected: "released",
  ok: true,
  requests: 6120,
  failed: 0,
  violations: [],
  seconds: 74.4,
  perVersion: {},
  timeline: [],
  ...more,
});
const takenBack = release({ name: "orders:3", outcome: "rolled-back", expected: "rolled-back", failed: 31 });
const missed = release({
  name: "orders:slow",
  expected: "rolled-back",
  ok: false,
  failed: 2,
  violations: ["…"],
});

describe("the summary", () => {
  test("of a good rehearsal is a table and a sentence", () => {
    expect(renderSummary(reportOf([release(), takenBack]), plain).split("\n")).toEqual([
      "     release   strategy    outcome      requests  failed  violations  seconds",
      "  ✓  orders:2  blue-green  released        6 120       0           0       74",
      "  ✓  orders:3  blue-green  rolled back     6 120      31           0       74",
      "",
      "  Both releases ended as expected: 12 240 requests, none failed, 31 hurt before a bad release was taken back, and no safety rule was broken.",
    ]);
  });

  test("of a bad one says which release, and what was expected", () => {
    expect(renderSummary(reportOf([release(), missed]), plain).split("\n")).toEqual([
      "     release      strategy    outcome                    requests  failed  violations  seconds",
      "  ✓  orders:2     blue-green  released                      6 120       0           0       74",
      "  ✗  orders:slow  blue-green  released, not rolled back     6 120       2           1       74",
      "",
      "  1 of 2 releases went wrong: orders:slow ended released instead of rolled back.",
    ]);
  });

  test.each<[readonly ReleaseReport[], string]>([
    [[], "Nothing was rehearsed."],
    [
      [release()],
      "The release ended as expected: 6 120 requests, none failed, and no safety rule was broken.",
    ],
    [
      [release(), release(), takenBack],
      "All 3 releases ended as expected: 18 360 requests, none failed, 31 hurt before a bad release was taken back, and no safety rule was broken.",
    ],
    [
      [release({ ok: false, violations: ["a", "b"] }), release({ name: "orders:4", ok: false, failed: 1 })],
      "2 of 2 releases went wrong: orders:2 broke 2 safety rules; orders:4 failed 1 request.",
    ],
  ])("concludes in one sentence (%#)", (releases, sentence) => {
    expect(conclude(reportOf(releases))).toBe(sentence);
  });

  test("in colours has the same columns", () => {
    const report = reportOf([release(), missed]);
    const colored = renderSummary(report, createPaint({ isTTY: true }, {}));
    const code = String.fromCharCode(27);
    expect(colored).toContain(`${code}[31m✗${code}[39m`);
    expect(colored.replaceAll(new RegExp(`${code}\\[\\d+m`, "g"), "")).toBe(renderSummary(report, plain));
  });
});

test("a rehearsal is good when there was one and every release was", () => {
  expect([reportOf([]).ok, reportOf([release()]).ok, reportOf([release(), missed]).ok]).toEqual([
    false,
    true,
    false,
  ]);
});
