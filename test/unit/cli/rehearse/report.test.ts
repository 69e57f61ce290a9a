import { describe, expect, test } from "vitest";
import { createPaint } from "../../../../src/cli/rehearse/paint.ts";
import {
  conclude,
  describeCatch,
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
const caught = {
  gate: "errors",
  reason: "31 of 150 went bad",
  atPercent: 5,
  afterSeconds: 2.8,
  exposedSeconds: 3.4,
};
const takenBack = release({
  name: "orders:3",
  outcome: "rolled-back",
  expected: "rolled-back",
  failed: 31,
  takenBack: caught,
  allAtOnce: { failedShare: 0.2, requests: 1092, failed: 218 },
});
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
      "  orders:3: caught by errors at 5 % of the traffic, 2.8 s after its first user. 31 requests failed.",
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
    [
      [release(), { ...takenBack, ok: false, takenBack: { ...caught, gate: "aws" } }],
      "1 of 2 releases went wrong: orders:3 was taken back by aws, which says nothing of the release.",
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

describe("what caught a bad release", () => {
  test("is told beside what all at once would have cost", () => {
    expect(describeCatch({ ...takenBack, strategy: "canary" })).toEqual([
      "orders:3: caught by errors at 5 % of the traffic, 2.8 s after its first user. 31 requests failed.",
      "All at once it would have been 218: the 20 % of its requests that failed, of all 1 092 in the 3.4 s until the way back.",
    ]);
  });

  test("may have come before any weight, or before any user", () => {
    expect(describeCatch({ ...takenBack, takenBack: { ...caught, atPercent: 0 } })[0]).toContain(
      "at a route step",
    );
    const smoke = { gate: "smoke", reason: "…", atPercent: 0 };
    expect(describeCatch(release({ name: "orders:3", takenBack: smoke }))).toEqual([
      "orders:3: caught by smoke, before any user reached it.",
    ]);
  });

  test("is nothing of a good one", () => {
    expect(describeCatch(release())).toEqual([]);
  });
});

test("a rehearsal is good when there was one and every release was", () => {
  expect([reportOf([]).ok, reportOf([release()]).ok, reportOf([release(), missed]).ok]).toEqual([
    false,
    true,
    false,
  ]);
});
