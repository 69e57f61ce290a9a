import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../../src/core/journal.ts";
import { tellStory } from "../../../src/core/story/story.ts";
import type { RequestCounts, Verdict } from "../../../src/core/verdict.ts";
import { renderReport } from "../../../src/github/summary/report.ts";
import { renderSummary } from "../../../src/github/summary.ts";
import {
  backAlone,
  begun,
  ended,
  held,
  jobEnded,
  jobOf,
  planned,
  reached,
  saying,
  seenAt,
} from "../core/story/journals.ts";
import { plan, spec } from "../core/world.ts";

const counts = (requests: number, bad: number, more: Partial<RequestCounts> = {}): RequestCounts => ({
  requests,
  bad,
  otherRequests: 9_120,
  otherBad: 9,
  neededRequests: 100,
  ...more,
});
const errors = saying("errors", "healthy", {
  basis: "floor",
  counts: counts(480, 1, { allowedPercent: 1, rateRatio: 2.1 }),
});
const latency = saying("latency", "healthy", { counts: counts(4_800, 5, { rateRatio: 1.02 }) });
const saturation = saying("saturation", "insufficient", { reason: "CPU 91 % for 1m" });
const payments = saying("payments", "regress", {
  isDryRun: true,
  counts: counts(300, 90, { rateRatio: 300 }),
});
const incident = saying("errors", "insufficient", {
  isIncident: true,
  counts: counts(480, 30, { allowedPercent: 1, rateRatio: 1 }),
});

const standing = (...verdicts: readonly JournalEvent[]) =>
  jobOf(
    "shift",
    [8, planned],
    [8, begun("shift")],
    [9, seenAt(25)],
    ...verdicts.map((verdict): [number, JournalEvent] => [15, verdict]),
    [20, ended("shift", held("Ask support"))],
  );
const sectionOf = (text: string, heading: string): string =>
  text.split(/^### /m).find((part) => part.startsWith(heading)) ?? "";
const gatesOf = (...verdicts: readonly JournalEvent[]): string =>
  sectionOf(renderReport(tellStory([standing(...verdicts)])), "Gates");
/** A percent sign stays beside its number. */
const NBSP = "\u00a0";

describe("the table of gates", () => {
  test("has both versions' figures, how they compare, and the distance to the limit", () => {
    const [head, , ...rows] = gatesOf(errors, latency, saturation, payments)
      .split("\n")
      .filter((line) => line.startsWith("|"));
    expect(head).toBe(
      "| at weight | gate | verdict | new version | old version | times the rate | of its limit | since (UTC) |",
    );
    expect(rows.map((row) => row.replaceAll(NBSP, " "))).toEqual([
      "| 25 % | errors | ✅ nothing against it (time and volume) | 1 of 480 (0.21 %) | 9 of 9,120 (0.099 %) | 2.1 times | 21 % | 09:00:15 |",
      "| 25 % | latency | ✅ healthy, shown | 5 of 4,800 (0.1 %) | 9 of 9,120 (0.099 %) | about the same | | 09:00:15 |",
      "| 25 % | saturation | … insufficient | | | | | 09:00:15 |",
      "| 25 % | payments | dry run: would have rolled back | 90 of 300 (30 %) | 9 of 9,120 (0.099 %) | 300 times | | 09:00:15 |",
    ]);
  });

  test("leaves out what nobody has figures for", () => {
    expect(gatesOf(saturation)).toContain("| at weight | gate | verdict | since (UTC) |");
  });

  test.each<[string, Partial<RequestCounts>, RegExp]>([
    ["too few requests", { requests: 40, bad: 0 }, /\| 40 of 100 requests needed \|/],
    ["more than it may", { bad: 12, allowedPercent: 0.5 }, /\| 5 times \|/],
    ["none allowed", { bad: 0, allowedPercent: 0 }, /\| none, none allowed \|/],
    ["a limit that is none", { allowedPercent: 100 }, /\| 26 times \| 09:/],
    [
      "good ones",
      { isGood: true, rateRatio: 0.4 },
      /12 of 480 good \(2\.5.%\) \| 9 of 9,120 good .* \| 0\.4 times/,
    ],
  ])("a gate with %s", (_name, more, row) => {
    expect(
      gatesOf(saying("errors", "insufficient", { counts: counts(480, 12, { rateRatio: 26, ...more }) })),
    ).toMatch(row);
  });

  test("the old version without a bad request is nothing to multiply", () => {
    const none = { requests: 480, bad: 12, otherRequests: 9_120, otherBad: 0, neededRequests: 100 };
    expect(gatesOf(saying("errors", "regress", { counts: none }))).toContain("| the old version has none |");
    expect(gatesOf(saying("errors", "healthy", { counts: { ...none, bad: 0 } }))).toContain(
      "| none on either side |",
    );
  });

  test("a gate that stops a release needs no more requests to say how far above its limit they are", () => {
    const few = counts(60, 12, { allowedPercent: 1 });
    expect(gatesOf(saying("errors", "regress", { counts: few }))).toContain("| 20 times |");
  });

  test("what has not passed says why, and what has is folded away", () => {
    const [open = "", folded = ""] = gatesOf(errors, saturation, payments).split("<details>");
    expect(open).toContain("- **saturation** at 25 %: CPU 91 % for 1m");
    expect(open).toContain("- **payments** (dry run) at 25 %: what payments saw");
    expect(open).not.toContain("what errors saw");
    expect(folded).toContain("- **errors** at 25 %: what errors saw");
  });

  test.each([
    ["Nothing against it (time and volume)", errors],
    ["Incident", incident],
    ["Dry run", payments],
  ])("%s is explained where it occurs, and nowhere else", (words, verdict) => {
    expect(gatesOf(verdict)).toContain(`*${words}*:`);
    expect(gatesOf(latency)).not.toContain(`*${words}*:`);
  });

  test("a gate in dry run has no sign of its own", () => {
    for (const kind of ["healthy", "regress", "insufficient", "error"] as const) {
      expect(gatesOf(saying("payments", kind, { isDryRun: true }))).not.toMatch(/✅|❌|⚠️/u);
    }
  });
});

describe("a rollout that is held", () => {
  const next = (verdict: JournalEvent): string => {
    const text = renderReport(tellStory([standing(verdict)]));
    return text.slice(text.indexOf("**What next.**"), text.indexOf("### "));
  };

  test("by an incident sends people there first", () => {
    expect(next(incident)).toContain("See to the incident first");
    expect(next(errors)).not.toContain("incident");
  });

  test("without evidence is not sent to an approval, which nobody asks for then", () => {
    const outcome = { kind: "held", reason: "10m past the bake …", lacksEvidence: true } as const;
    const { name, lines } = standing(saturation);
    const held = [...lines.slice(0, -1), ...jobOf(name, [20, ended("shift", outcome)]).lines];
    const around = { approvalEnvironment: "gate" };
    for (const text of [
      renderReport(tellStory([{ name, lines: held, skipped: 0 }]), around),
      renderSummary(held, outcome, around),
    ]) {
      expect(text).toContain("- To go on once its gates have what they lack: run the promote workflow");
      expect(text).toContain("- To go on without: the same with `without-evidence`.");
      expect(text).not.toContain("approve **gate**");
    }
    expect(renderReport(tellStory([standing(saturation)]), around)).toContain("approve **gate**");
  });

  test("is none where only a gate in dry run sees one", () => {
    expect(next(saying("payments", "insufficient", { isIncident: true, isDryRun: true }))).not.toContain(
      "incident",
    );
  });
});

describe("a rollout that was taken back", () => {
  const withRatio: JournalEvent = {
    kind: "planned",
    plan: plan({
      spec: spec({ gates: { ratios: [{ name: "payments", from: { requests: "a", bad: "b" } }] } }),
    }),
  };
  const slow = saying("latency", "regress", { counts: counts(480, 90, { rateRatio: 30 }) });
  const takenBack = (
    gate: string,
    recovery: readonly JournalEvent[],
    ...verdicts: readonly JournalEvent[]
  ) => {
    const outcome = { kind: "rolled-back", gate, reason: "90 of 480 were slow" } as const;
    return jobOf(
      "shift",
      [8, withRatio],
      [8, begun("shift")],
      [9, seenAt(5)],
      [10, saying("saturation", "healthy")],
      [12, seenAt(25)],
      ...verdicts.map((verdict): [number, JournalEvent] => [15, verdict]),
      [20, ended("shift", outcome)],
      [20, { kind: "rolling-back", gate, reason: outcome.reason }],
      [20, begun("rollback")],
      [21, seenAt(0)],
      ...recovery.map((verdict): [number, JournalEvent] => [22, verdict]),
      [23, backAlone],
      [24, ended("rollback", reached())],
      [25, jobEnded("shift", { ...outcome, counts: { requests: 1_480, bad: 290 } })],
    );
  };
  const told = (gate: string, recovery: readonly JournalEvent[], ...verdicts: readonly JournalEvent[]) =>
    renderReport(tellStory([takenBack(gate, recovery, ...verdicts)]));

  test("says which gate, what the others had said then and how close that was, and whom it hurt", () => {
    const text = told("latency", [], errors, saturation, payments, slow);
    expect(text).toContain("The gate **latency** stopped this release: 90 of 480 were slow.");
    expect(text).toContain(
      "The other gates at 25 %: **errors** had nothing against it (21 % of its limit, 2.1 times the old version's rate); **saturation** was undecided; **payments** (dry run) would have stopped it (300 times the old version's rate).",
    );
    expect(text).toContain("290 of the 1,480 requests that the new version got went bad");
  });

  test("by several gates at once names them all, and none of them as another", () => {
    const broken = saying("errors", "regress", {
      counts: counts(480, 90, { allowedPercent: 1, rateRatio: 30 }),
    });
    const text = told("errors, latency", [], broken, slow, saturation);
    expect(text).toContain("The gates **errors, latency** stopped this release");
    expect(text).toContain("The other gates at 25 %: **saturation** was undecided.");
  });

  test("by a ratio says what was counted", () => {
    expect(told("payments", [], errors)).toContain(
      "290 of the 1,480 that **payments** counts of the new version went bad",
    );
  });

  test("a gate in dry run is the cause of nothing", () => {
    const alarms = saying("alarms", "regress", { reason: "orders-5xx went off" });
    const dryAlarms = saying("alarms", "regress", { isDryRun: true, reason: "orders-slow went off" });
    const text = told("alarms", [], alarms, dryAlarms);
    expect(text).toContain("The gate **alarms** stopped this release");
    expect(text).toContain("The other gates at 25 %: **alarms** (dry run) would have stopped it.");
  });

  test("what did not judge the release says nothing of gates", () => {
    expect(told("cancelled", [], errors)).not.toContain("The other gates");
  });

  test.each<[Verdict["kind"], string, string]>([
    ["healthy", "✅ **The old version has recovered**: what recovery saw.", "mend the release"],
    ["regress", "⚠️ **The old version has not recovered**: what recovery saw.", "find out first what else"],
    ["insufficient", "❔ **Whether the old version has recovered**: what recovery saw.", "mend the release"],
    ["error", "❔ **Whether the old version has recovered**: what recovery saw.", "mend the release"],
  ])("is verified: %s", (kind, words, next) => {
    const recovery = [saying("recovery", kind)];
    const text = told("latency", recovery, slow);
    expect(text).toContain(words);
    expect(text).toMatch(new RegExp(`\\*\\*What next\\.\\*\\* .*${next}`));
    expect(sectionOf(text, "Gates")).not.toContain("recovery");
    const { lines } = takenBack("latency", recovery, slow);
    expect(renderSummary(lines, { kind: "rolled-back", gate: "latency", reason: "slow" })).toContain(words);
  });

  test("says nothing of recovery where nobody asked", () => {
    expect(told("latency", [], slow)).not.toContain("The old version has");
  });
});
