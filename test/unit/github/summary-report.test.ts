import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JournalEvent } from "../../../src/core/journal.ts";
import type { ReadJournal } from "../../../src/core/story/read.ts";
import { tellStory } from "../../../src/core/story/story.ts";
import { REPORT_FILE, type ReportRequest, runReport } from "../../../src/github/report-phase.ts";
import { renderReport } from "../../../src/github/summary/report.ts";
import { writtenLine } from "../../../src/phases/journal.ts";
import {
  backAlone,
  begun,
  ended,
  held,
  jobEnded,
  jobOf,
  judged,
  newAlone,
  phaseFrom,
  planned,
  reached,
  seenAt,
} from "../core/story/journals.ts";
import { freshSet, NOW_MS, origin, plan, stableSet, stop } from "../core/world.ts";

const approved: JournalEvent = {
  kind: "decided",
  what: "approved",
  by: "octocat",
  environment: "gate",
  decidedAtMs: NOW_MS + 21_000,
  comment: "go",
};
const stage = jobOf("stage", ...phaseFrom("stage", 0, 5, reached()));
const shift = jobOf(
  "shift",
  [8, planned],
  [8, begun("shift")],
  [9, seenAt(5)],
  [15, judged("healthy", 1, 200)],
  [20, ended("shift", held("Ask support"))],
);
const promote = jobOf(
  "promote",
  [22, approved],
  [22, planned],
  [22, begun("promote")],
  [23, seenAt(100)],
  [25, judged("healthy", 0, 900)],
  [30, ended("promote", reached("it serves"))],
);
const finish = jobOf(
  "finish",
  [31, planned],
  [31, begun("finish")],
  [40, newAlone],
  [41, ended("finish", reached("orders:2 serves alone"))],
);

/** Two versions that were made of commits. */
const sets = {
  taskSets: [
    stableSet({ origin: origin({ rollout: "run-1", replaces: "x", commit: "a".repeat(40) }) }),
    freshSet({ origin: origin({ commit: "b".repeat(40) }) }),
  ],
};
const stopped: JournalEvent = {
  kind: "task-stopped",
  stop: stop({ stoppedReason: "Essential container in task exited" }),
  logs: [
    { container: "app", lines: ["cannot reach </details> ```` the database"] },
    { container: "sidecar", lines: [], missing: "its log driver is fluentd" },
  ],
};
const rolledBack = jobOf(
  "shift",
  [8, planned],
  [8, begun("shift")],
  [9, seenAt(5, sets)],
  [15, judged("healthy", 1, 200)],
  [16, seenAt(25, sets)],
  [19, judged("regress", 30, 300)],
  [20, ended("shift", { kind: "rolled-back", gate: "errors", reason: "30 of 300" })],
  [20, { kind: "rolling-back", gate: "errors", reason: "30 of 300" }],
  [20, begun("rollback")],
  [22, backAlone],
  [22, ended("rollback", reached())],
  [23, stopped],
  [24, jobEnded("shift", { kind: "rolled-back", gate: "errors", reason: "30 of 300" })],
);

const textOf = (...journals: readonly ReadJournal[]): string => renderReport(tellStory(journals));
const sectionOf = (text: string, heading: string): string =>
  text.split(/^### /m).find((part) => part.startsWith(heading)) ?? "";

describe("a report", () => {
  test("of a good release: what, who, when, with how much to spare, and the way back", () => {
    const text = textOf(finish, promote, shift, stage);
    expect(text.split("\n")[0]).toBe("## ✅ Released: `orders`, orders:1 → orders:2");
    expect(text).toContain("**Approved** by **octocat** in gate before 09:00:21 UTC: “go”");
    expect(text).toContain("To go back to orders:1: run the rollback workflow");
    expect(sectionOf(text, "Gates")).toMatch(
      /5 % \| errors \| ✅ healthy \| 1 of 200 \(0\.5\u00a0%\) \| 50 % \|/,
    );
    expect(sectionOf(text, "Phases").match(/^\| 09/gm)).toHaveLength(4);
    expect(text).not.toContain("### Commits between");
    expect(text).not.toContain("### By hand");
  });

  test("of a held one: the two buttons, until when, and how much it has", () => {
    const text = renderReport(tellStory([stage, shift]), {
      approvalEnvironment: "gate",
      runUrl: "https://github.com/octocat/orders/actions/runs/1",
    });
    expect(text.split("\n")[0]).toContain("⏸️ Held for a person:");
    expect(text).toContain("orders:2 has 5 % of the traffic, and orders:1 the rest.");
    expect(text).toContain(
      "approve **gate** on [the run's page](https://github.com/octocat/orders/actions/runs/1)",
    );
    expect(text).toMatch(/takes it back after \*\*2026-01-0\d \d\d:\d\d UTC\*\*/);
    expect(text).toContain("### By hand");
    expect(renderReport(tellStory([stage, shift]))).toContain("run the promote workflow, or `sluice promote");
  });

  test("of one that was taken back: the gate, its numbers, what passed before, the tasks and their words", () => {
    const text = renderReport(tellStory([stage, rolledBack]), {
      commits: {
        url: "https://github.com/octocat/orders/compare/a...b",
        total: 60,
        commits: [{ sha: "b".repeat(40), title: "Fix | <b>it</b>", author: "octocat" }],
      },
    });
    expect(text).toContain("The gate **errors** stopped this release: 30 of 300.");
    expect(sectionOf(text, "Gates")).toMatch(
      /5 % \| errors \| ✅ healthy \| 1 of 200 .*\| 50 %[\s\S]*25 % \| errors \| ❌ regress \| 30 of 300 .*\| 10 times/,
    );
    expect(sectionOf(text, "Stopped tasks")).toContain("app: exit code 1");
    expect(sectionOf(text, "Stopped tasks")).toContain(
      "`````text\ncannot reach </details> ```` the database\n`````",
    );
    expect(sectionOf(text, "Stopped tasks")).toContain("its log driver is fluentd");
    expect(sectionOf(text, "Commits between")).toContain("| `bbbbbbb` | Fix \\| &lt;b>it&lt;/b> | octocat |");
    expect(sectionOf(text, "Commits between")).toContain("60 commits");
    expect(text).toContain("does not ship again");
  });

  test("of a rollback by hand: who, why, what the gates had said, and what has moved", () => {
    const again = plan({ rollout: "rollback-9", release: { source: { kind: "staged" }, isRollback: true } });
    const back = jobOf(
      "rollback",
      [100, { kind: "decided", what: "rollback", by: "octocat", comment: "no cards" }],
      [100, { kind: "planned", plan: again }],
      [100, begun("promote")],
      [110, ended("promote", reached("orders:1 serves"))],
      [
        111,
        {
          kind: "compared",
          taskDefinition: "arn:x/orders:2",
          metrics: [
            { name: "5xx answers", unit: "percent", early: 0.1, late: 4 },
            { name: "p99 response time", unit: "milliseconds", early: undefined, late: 80 },
          ],
        },
      ],
    );
    const stopped = jobOf(
      "back",
      [50, { kind: "decided", what: "rollback", by: "octocat" }],
      ...phaseFrom("rollback", 50, 55, reached("orders:1 serves")),
    );
    const halfway = textOf(stage, shift, stopped);
    expect(halfway.split("\n")[0]).toContain("↩️ Taken back by hand:");
    expect(sectionOf(halfway, "Why no gate caught it")).toContain("- at 5 %, **errors** had passed");
    const text = textOf(shift, promote, back);
    expect(text.split("\n")[0]).toContain("↩️ Rolled back by hand:");
    expect(text).toContain("**Rollback asked for** by **octocat** at 09:01:40 UTC: “no cards”");
    expect(sectionOf(text, "Why no gate caught it")).toContain(
      "- at 5 %, **errors** had passed (50 % of its limit): 1 of 200",
    );
    expect(sectionOf(text, "What has moved")).toMatch(/5xx answers \| 0\.1 % \| 4 % \| ⬆️ 40 times/);
    expect(sectionOf(text, "What has moved")).toMatch(/p99 response time \| no data \| 80 ms \| +\|/);
  });

  test("of hours with hundreds of weights stays short, and says what it leaves out", () => {
    const events = Array.from({ length: 900 }, (_, index): readonly [number, JournalEvent] => [
      10 + index * 30,
      index % 2 === 0 ? seenAt((index / 2) % 97) : judged("healthy", 0, index),
    ]);
    const text = textOf(jobOf("rollout", [0, planned], [0, begun("shift")], ...events));
    expect(text.length).toBeLessThan(64 * 1024);
    expect(text).toMatch(/\d+ more/);
    expect(text.match(/:active,|:crit,|:done,/g)?.length).toBeLessThan(60);
  });
});

describe("the chart", () => {
  const chartOf = (text: string): readonly string[] =>
    (/```mermaid\n([\s\S]*?)\n```/.exec(text)?.[1] ?? "").split("\n");

  test("has the weights, the phases and the people, each with its time in UTC", () => {
    const chart = chartOf(textOf(stage, shift, promote, finish));
    expect(chart.filter((line) => line.includes("section"))).toEqual([
      "  section Weight",
      "  section Phases",
      "  section People",
    ]);
    expect(chart).toContain("    5 % :active, 2026-01-05 09:00:09.000, 2026-01-05 09:00:23.000");
    expect(chart).toContain(
      "    approved by octocat :milestone, 2026-01-05 09:00:21.000, 2026-01-05 09:00:21.000",
    );
  });

  test("nothing that others wrote is a word of Mermaid's", () => {
    const hostile: JournalEvent = {
      kind: "decided",
      what: "approved",
      by: "x:done, 0, 1\nsection A;%%{init: {}}%% click <b> `#35;",
      decidedAtMs: NOW_MS + 10_000,
    };
    const chart = chartOf(
      textOf(stage, { ...shift, lines: [...shift.lines, ...jobOf("", [12, hostile]).lines] }),
    );
    const people = chart.slice(chart.indexOf("  section People") + 1);
    expect(people).toHaveLength(1);
    expect(people[0]).toMatch(/^ {4}approved by [\w .()/+%-]+ :milestone, [\d :.,-]+$/);
    expect(people[0]).not.toContain("%%");
  });
});

describe("the phase", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "report-"));
    writeFileSync(join(folder, "output"), "");
    process.env.GITHUB_OUTPUT = join(folder, "output");
  });
  afterEach(() => {
    delete process.env.GITHUB_OUTPUT;
    rmSync(folder, { recursive: true });
  });

  /** As download-artifact lays them down: a folder for each. */
  const put = (...journals: readonly ReadJournal[]): void => {
    for (const { name, lines } of journals) {
      const below = join(folder, "journals", `sluice-journal-${name}`);
      mkdirSync(below, { recursive: true });
      writeFileSync(join(below, `${name}.jsonl`), lines.map((line) => `${writtenLine(line)}\n`).join(""));
    }
  };
  const request = (more: Partial<ReportRequest> = {}): ReportRequest => ({
    journals: join(folder, "journals"),
    folder,
    summaryPath: join(folder, "summary"),
    desk: undefined,
    ...more,
  });
  const outputs = (): Record<string, string> =>
    Object.fromEntries(
      [...readFileSync(join(folder, "output"), "utf8").matchAll(/^([\w-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)].map(
        ([, name = "", , value = ""]) => [name, value],
      ),
    );

  test("tells all jobs as one, and keeps no file of a good release", async () => {
    put(stage, shift, promote, finish);
    expect(await runReport(request())).toBe(0);
    expect(outputs()).toEqual({
      outcome: "reached",
      reason: "orders:2 serves alone",
      gate: "",
      rollout: "run-2",
      report: "",
    });
    expect(readFileSync(join(folder, "summary"), "utf8")).toContain("✅ Released:");
  });

  test("keeps a file of one that was taken back, with the commits between, and ends green", async () => {
    put(stage, rolledBack);
    const asked: string[] = [];
    const desk: ReportRequest["desk"] = {
      decisions: async () => [],
      commitsBetween: async (base, head) => {
        asked.push(`${base[0]}..${head[0]}`);
        return { url: "https://github.com/octocat/orders/compare/a...b", total: 1, commits: [] };
      },
    };
    expect(await runReport(request({ desk }))).toBe(0);
    expect(asked).toEqual(["a..b"]);
    expect(outputs()).toMatchObject({
      outcome: "rolled-back",
      gate: "errors",
      report: join(folder, REPORT_FILE),
    });
    expect(readFileSync(join(folder, REPORT_FILE), "utf8")).toContain("1 commit");
  });

  test("passes over half a line of a job that was killed, and says so", async () => {
    put(stage);
    appendFileSync(join(folder, "journals", "sluice-journal-stage", "stage.jsonl"), '{"version":1,"atMs":17');
    await runReport(request());
    expect(readFileSync(join(folder, "summary"), "utf8")).toContain(
      "One line of the journals could not be read",
    );
  });

  test.each([["no folder"], [""]])(
    "where there is nothing to read (%o) it says so, and ends green",
    async (journals) => {
      expect(await runReport(request({ journals: journals && join(folder, journals) }))).toBe(0);
      expect(outputs()).toMatchObject({ outcome: "failed", rollout: "" });
      expect(outputs().reason).toContain("no job of the rollout has left a journal");
    },
  );

  test("ends green also where GitHub or the summary fails", async () => {
    put(stage);
    const desk: ReportRequest["desk"] = {
      decisions: () => Promise.reject(new Error("down")),
      commitsBetween: async () => undefined,
    };
    expect(await runReport(request({ desk }))).toBe(0);
    expect(await runReport(request({ summaryPath: join(folder, "no", "such", "folder") }))).toBe(0);
  });
});
