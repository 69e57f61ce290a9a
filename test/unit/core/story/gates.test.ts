import { expect, test } from "vitest";
import { readJournal } from "../../../../src/core/story/read.ts";
import { tellStory } from "../../../../src/core/story/story.ts";
import type { Verdict } from "../../../../src/core/verdict.ts";
import { renderReport } from "../../../../src/github/summary/report.ts";
import { NOW_MS, plan, SECOND_MS } from "../world.ts";
import { backAlone, begun, ended, held, jobOf, planned, saying, seenAt } from "./journals.ts";

const errors: Partial<Verdict> = {
  counts: {
    requests: 480,
    bad: 12,
    otherRequests: 9_120,
    otherBad: 9,
    rateRatio: 26,
    allowedPercent: 0.5,
    neededRequests: 50,
  },
};

test("every gate has its reading, with its own limits or beside the old version", () => {
  const { readings } = tellStory([
    jobOf(
      "shift",
      [0, planned],
      [1, seenAt(5)],
      [2, saying("errors", "regress", errors)],
      [2, saying("payments", "healthy", { counts: { requests: 200, bad: 150, isGood: true } })],
      [2, saying("saturation", "healthy")],
    ),
  ]);
  expect(readings.map(({ percent, verdict, measured }) => [percent, verdict.gate, measured])).toEqual([
    [
      5,
      "errors",
      {
        requests: 480,
        bad: 12,
        isGood: false,
        badPercent: 2.5,
        other: { requests: 9_120, bad: 9 },
        rateRatio: 26,
        allowedPercent: 0.5,
        neededRequests: 50,
      },
    ],
    [5, "payments", expect.objectContaining({ isGood: true, badPercent: 25, allowedPercent: undefined })],
    [5, "saturation", undefined],
  ]);
});

test("a dry run is told apart from the same gate that acts", () => {
  const { readings } = tellStory([
    jobOf(
      "shift",
      [0, planned],
      [1, seenAt(5)],
      [2, saying("alarms", "healthy")],
      [2, saying("alarms", "regress", { isDryRun: true })],
    ),
  ]);
  expect(readings.map(({ verdict }) => [verdict.kind, verdict.isDryRun])).toEqual([
    ["healthy", undefined],
    ["regress", true],
  ]);
});

test("what is asked once the users are gone is no reading, and recovery none of the release", () => {
  const { readings, recovery } = tellStory([
    jobOf(
      "shift",
      [0, planned],
      [1, seenAt(0)],
      [2, saying("smoke", "healthy")],
      [3, seenAt(25)],
      [4, saying("errors", "regress", errors)],
      [5, begun("rollback")],
      [6, seenAt(0)],
      [7, saying("recovery", "insufficient")],
      [8, saying("recovery", "healthy", { reason: "back at its baseline" })],
      [9, backAlone],
      [10, saying("errors", "regress", errors)],
    ),
  ]);
  expect(readings.map(({ percent, verdict, atMs }) => [percent, verdict.gate, atMs - NOW_MS])).toEqual([
    [0, "smoke", 2 * SECOND_MS],
    [25, "errors", 4 * SECOND_MS],
  ]);
  expect(recovery).toMatchObject({ kind: "healthy", reason: "back at its baseline" });
});

test("nobody asked whether a release that stands has recovered", () => {
  expect(tellStory([jobOf("shift", [0, planned], [1, seenAt(5)])]).recovery).toBeUndefined();
});

test("journals of the release before gates had limits of their own are told as they were", () => {
  const before = plan();
  const oldPlan = {
    ...before,
    spec: {
      ...before.spec,
      sources: undefined,
      gates: {
        errors: { "max-percent": 2, "min-requests": 100, period: 60_000, patience: 600_000 },
      },
    },
  };
  const text = [
    JSON.stringify({ version: 1, atMs: NOW_MS, kind: "planned", plan: oldPlan }),
    JSON.stringify({ version: 1, atMs: NOW_MS, ...begun("shift") }),
    JSON.stringify({ version: 1, atMs: NOW_MS + 1_000, ...seenAt(5) }),
    `{"version":1,"atMs":${NOW_MS + 2_000},"kind":"verdict","verdict":{"kind":"healthy","gate":"errors","reason":"2 of 200 requests to the new version went bad (1 %), allowed are 2 %","counts":{"requests":200,"bad":2,"otherRequests":3800}}}`,
    JSON.stringify({ version: 1, atMs: NOW_MS + 3_000, ...ended("shift", held("ask")) }),
  ].join("\n");
  const story = tellStory([readJournal("old", text)]);
  expect(story.skipped).toBe(0);
  expect(story.readings[0]?.measured).toEqual({
    requests: 200,
    bad: 2,
    isGood: false,
    badPercent: 1,
    other: undefined,
    rateRatio: undefined,
    allowedPercent: 2,
    neededRequests: 100,
  });
  expect(renderReport(story)).toContain("⏸️ Held for a person:");
  expect(renderReport(story)).toMatch(/\| 5 % \| errors \| ✅ healthy \| 2 of 200 .* \| 50 % \| 09:00:02 \|/);
});
