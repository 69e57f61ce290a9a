import { describe, expect, test } from "vitest";
import { renderFrame } from "../../../../src/cli/rehearse/frame.ts";
import { renderLine } from "../../../../src/cli/rehearse/line.ts";
import { createPaint, redraw } from "../../../../src/cli/rehearse/paint.ts";
import { beginView, followEvent, type TimelineEvent } from "../../../../src/cli/rehearse/timeline.ts";

const plain = createPaint({ isTTY: false }, {});
const colored = createPaint({ isTTY: true }, {});
const sample = (requestsPerSecond: number, requests: number, failed: number, p99Ms: number | null) => ({
  requestsPerSecond,
  requests,
  failed,
  p99Ms,
});

const UP_TO_THE_VERDICT: readonly TimelineEvent[] = [
  { atSeconds: 0, kind: "phase-begun", phase: "plan" },
  { atSeconds: 1, kind: "phase-reached", phase: "plan" },
  { atSeconds: 1, kind: "phase-begun", phase: "stage" },
  { atSeconds: 9, kind: "phase-reached", phase: "stage" },
  { atSeconds: 9, kind: "healthy", version: "1", healthy: 4, expected: 4 },
  { atSeconds: 9, kind: "healthy", version: "3", healthy: 3, expected: 4 },
  { atSeconds: 10, kind: "phase-begun", phase: "shift" },
  { atSeconds: 12.2, kind: "weight", weights: { "1": 99, "3": 1 } },
  {
    atSeconds: 30,
    kind: "sample",
    perVersion: {
      "1": sample(90.2, 3612, 0, 12),
      "3": sample(10.1, 124, 24, 1214),
      none: sample(0, 0, 0, null),
    },
  },
  {
    atSeconds: 31,
    kind: "verdict",
    gate: "errors",
    verdict: "regress",
    reason: "24 of 124 requests were bad",
    told: "errors is regress: 24 of 124 requests were bad",
  },
];
const TAKEN_BACK: readonly TimelineEvent[] = [
  { atSeconds: 31, kind: "rollback", reason: "errors regressed at 1 %" },
  { atSeconds: 32, kind: "weight", weights: { "1": 100, "3": 0 } },
  { atSeconds: 33, kind: "task-failure", version: "3", reason: "exit code 1:\nout of \u001b[31mmemory" },
];

const viewOf = (events: readonly TimelineEvent[]) =>
  events.reduce(
    followEvent,
    beginView({
      name: "orders:3",
      strategy: "canary",
      phases: ["plan", "stage", "shift", "finish"],
      newVersion: "3",
      steps: [
        { label: "1 %", percent: 1 },
        { label: "100 %", percent: 100 },
      ],
    }),
  );

describe("the live view", () => {
  test("shows where the release is, and how each version does", () => {
    expect(renderFrame(viewOf(UP_TO_THE_VERDICT), { paint: plain, columns: 100 })).toEqual([
      "  orders:3  canary  00:31",
      "",
      "  plan ✓   stage ✓   shift ●   finish ·",
      "  1 % ● 00:12   100 % ·",
      "",
      "  version  traffic                       tasks  req/s  requests  failed     p99",
      "  1        ███████████████████░    99 %    4/4   90.2     3 612       0   12 ms",
      "  3        █░░░░░░░░░░░░░░░░░░░     1 %    3/4   10.1       124      24   1.2 s",
      "",
      "  errors  regress  24 of 124 requests were bad",
    ]);
  });

  test("shows a rollback, and what others wrote on one line without their codes", () => {
    expect(
      renderFrame(viewOf([...UP_TO_THE_VERDICT, ...TAKEN_BACK]), { paint: plain, columns: 100 }),
    ).toEqual([
      "  orders:3  canary  00:33",
      "",
      "  plan ✓   stage ✓   shift ✗   rollback ●",
      "  1 % ✗ 00:12   100 % ·",
      "",
      "  version  traffic                       tasks  req/s  requests  failed     p99",
      "  1        ████████████████████   100 %    4/4   90.2     3 612       0   12 ms",
      "  3        ░░░░░░░░░░░░░░░░░░░░     0 %    3/4   10.1       124      24   1.2 s",
      "",
      "  errors  regress  24 of 124 requests were bad",
      "  rolling back because of errors regressed at 1 %",
      "  a task of 3: exit code 1: out of  [31mmemory",
    ]);
  });

  test("begins with the phases only", () => {
    expect(renderFrame(viewOf([]), { paint: plain, columns: 100 }).slice(0, 3)).toEqual([
      "  orders:3  canary  00:00",
      "",
      "  plan ·   stage ·   shift ·   finish ·",
    ]);
  });

  test.each([20, 60, 80, 200])("never wraps on a terminal of %d columns", (columns) => {
    const lines = renderFrame(viewOf([...UP_TO_THE_VERDICT, ...TAKEN_BACK]), { paint: plain, columns });
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(lines.some((line) => line.endsWith("…"))).toBe(columns < 80);
  });

  test("shows requests that got no answer, once there are any", () => {
    const view = viewOf([{ atSeconds: 1, kind: "sample", perVersion: { none: sample(0.1, 1, 1, null) } }]);
    expect(renderFrame(view, { paint: plain, columns: 100 }).at(-2)).toBe(
      "  no answer                                         0.1         1       1       –",
    );
  });

  test("has colours on a terminal, unless NO_COLOR is set", () => {
    const view = viewOf(UP_TO_THE_VERDICT);
    const shown = renderFrame(view, { paint: colored, columns: 100 }).join("\n");
    expect(shown).toContain("\u001b[31mregress\u001b[39m");
    expect(shown).toContain("\u001b[32mplan ✓\u001b[39m");
    const muted = createPaint({ isTTY: true }, { NO_COLOR: "1" });
    expect(renderFrame(view, { paint: muted, columns: 100 }).join("\n")).not.toContain("\u001b");
  });

  test("is drawn over the one before", () => {
    expect(redraw(0, ["a", "b"])).toBe("a\nb\n");
    expect(redraw(2, ["c"])).toBe("\u001b[2A\r\u001b[0Jc\n");
  });
});

test("a log has one line for each event", () => {
  expect([...UP_TO_THE_VERDICT, ...TAKEN_BACK].map((event) => renderLine(event, plain))).toEqual([
    "00:00  plan      …",
    "00:01  plan      ✓",
    "00:01  stage     …",
    "00:09  stage     ✓",
    "00:09  tasks     version 1: 4 of 4 healthy",
    "00:09  tasks     version 3: 3 of 4 healthy",
    "00:10  shift     …",
    "00:12  weight    version 1: 99 %   version 3: 1 %",
    "00:30  traffic   version 1: 3 612 requests, 0 failed, p99 12 ms   version 3: 124 requests, 24 failed, p99 1.2 s   no answer: 0 requests, 0 failed, p99 –",
    "00:31  gate      errors is regress: 24 of 124 requests were bad",
    "00:31  rollback  errors regressed at 1 %",
    "00:32  weight    version 1: 100 %   version 3: 0 %",
    "00:33  task      3: exit code 1: out of  [31mmemory",
  ]);
  expect(
    [
      { atSeconds: 5, kind: "healthy", version: "1", healthy: 0, expected: 0 } as const,
      { atSeconds: 6, kind: "route", label: "header x-beta" } as const,
      { atSeconds: 7, kind: "held", reason: "a person has to approve" } as const,
    ].map((event) => renderLine(event, plain)),
  ).toEqual([
    "00:05  tasks     version 1: none left",
    "00:06  route     users with header x-beta get the new version",
    "00:07  held      for a person: a person has to approve",
  ]);
  expect(renderLine({ atSeconds: 3725, kind: "note", text: "x" }, plain)).toBe("1:02:05  note      x");
});
