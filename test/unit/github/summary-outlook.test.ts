import { expect, test } from "vitest";
import { outlookText } from "../../../src/cli/by-hand/outlook-text.ts";
import { describeEvent } from "../../../src/core/describe.ts";
import type { JournalLine } from "../../../src/core/journal.ts";
import type { Outlook } from "../../../src/core/outlook.ts";
import { stepsOf } from "../../../src/core/steps.ts";
import { rampOutlookOf } from "../../../src/evidence/gates/outlook.ts";
import { renderSummary } from "../../../src/github/summary.ts";
import { NOW_MS, plan, spec } from "../core/world.ts";

const GIVEN = spec({ strategy: "canary" });
const SEEN = rampOutlookOf(GIVEN, stepsOf(GIVEN, 4), {
  requestsPerMinute: 1200,
  badShare: 0.002,
  dispersion: 1,
  bad: 3456,
});
const UNKNOWN: Outlook = { kind: "unknown", reason: "CloudWatch said <no> | never" };

function summaryOf(outlook: Outlook | undefined): string {
  const lines: readonly JournalLine[] = [
    { version: 1, atMs: NOW_MS, kind: "planned", plan: plan() },
    ...(outlook ? [{ version: 1, atMs: NOW_MS, kind: "outlook", outlook } as const] : []),
  ];
  return renderSummary(lines, { kind: "reached", reason: "planned" });
}

test("a plan's summary has the whole release, a row for each weight, and lines to paste", () => {
  const summary = summaryOf(SEEN);
  expect(summary).toContain("### What the errors gate can see");
  expect(summary).toContain("At 1,200 requests a minute, 0.2 % of them bad, with metrics that come 2m late.");
  expect(summary).toMatch(
    /^- 10 times the error rate is caught after about 10m, at 25 %, with 33 bad requests; /m,
  );
  expect(summary).toMatch(/^\| 5 % \| 5m \| 5m \| not in 2h \| \d+m, \d+ bad requests \| /m);
  expect(summary).toMatch(
    /^⚠️ Too short a bake to see 10 times the error rate: 5m at 5 %; .*`- { weight: 5, bake: 14m }`\.$/m,
  );
});

test("what is not known is said with others' words as text, and nothing is said where nothing was looked at", () => {
  expect(summaryOf(UNKNOWN)).toContain("Nothing is known: CloudWatch said &lt;no> \\| never.");
  expect(summaryOf(undefined)).not.toContain("errors gate can see");
});

test("the log has one sentence, noted where something is to be minded", () => {
  const said = (outlook: Outlook) => describeEvent({ kind: "outlook", outlook }, undefined);
  expect(said(SEEN)).toEqual({
    tone: "note",
    text: expect.stringMatching(
      /^what the errors gate can see: 10 times .*; too short a bake to see .*14m }`$/,
    ),
  });
  expect(said(UNKNOWN)).toEqual({
    tone: "plain",
    text: "what the gates can see is not known: CloudWatch said <no> | never",
  });
});

test("a terminal has a line for each regression and each warning", () => {
  const text = outlookText(SEEN, (words) => words);
  expect(text.split("\n").filter((line) => line.startsWith("  - "))).toHaveLength(SEEN.ramp.length);
  expect(text).toMatch(/^what the errors gate can see at 1,200 requests a minute/);
  expect(text).toMatch(/^ {2}! too short a bake/m);
  expect(
    outlookText(UNKNOWN, (words) => words)
      .trimEnd()
      .split("\n"),
  ).toHaveLength(1);
});
