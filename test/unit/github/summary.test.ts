import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { renderSummary } from "../../../src/github/summary.ts";
import {
  flipped,
  LISTENER,
  NOW_MS,
  observation,
  plan,
  promoted,
  ROLLOUT,
  RULE,
  route,
  staged,
} from "../core/world.ts";

const journal = (...events: readonly JournalEvent[]): readonly JournalLine[] =>
  events.map((event, index) => ({ version: 1, atMs: NOW_MS + index * 10_000, ...event }));

const planned: JournalEvent = { kind: "planned", plan: plan() };
const begun: JournalEvent = { kind: "phase-begun", phase: "promote", rollout: ROLLOUT, service: "orders" };
const seen = (one = observation()): JournalEvent => ({ kind: "observed", observation: one });
const verdict = (kind: Verdict["kind"], reason: string, gate = "errors"): JournalEvent => ({
  kind: "verdict",
  verdict: { kind, gate, reason },
});
const flip: JournalEvent = {
  kind: "writing",
  write: {
    kind: "set-weights",
    route: { kind: "listener-rule", arn: RULE },
    from: route(100, 0).weights,
    to: route(0, 100).weights,
    reason: "every one of its targets is healthy",
  },
};
const GOOD: Outcome = { kind: "reached", reason: "orders:2 serves alone" };

/** A row's cells as GitHub splits them: at every pipe without a backslash that is not itself escaped. */
function cellsOf(row: string): readonly string[] {
  const cells =
    row
      .replace(/^\|/, "")
      .replace(/\|$/, "")
      .match(/(?:\\.|[^|\\])+/g) ?? [];
  return cells.map((cell) => cell.trim());
}

function rowsOf(markdown: string, section: string): readonly (readonly string[])[] {
  const lines = markdown
    .slice(markdown.indexOf(`### ${section}`))
    .split("\n")
    .slice(2);
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end === -1 ? undefined : end).map(cellsOf);
}

describe("how it ended comes first", () => {
  test.each<[Outcome, string, readonly string[]]>([
    [GOOD, "✅ Done:", ["orders:2 serves alone."]],
    [{ kind: "held", reason: "no evidence" }, "⏸️ Held for a person:", ["no evidence."]],
    [
      { kind: "rolled-back", gate: "errors", reason: "9 of 10 went bad", hint: "See the log." },
      "↩️ Rolled back:",
      ["**errors**", "9 of 10 went bad", "previous version has all traffic again", "See the log."],
    ],
    [
      { kind: "failed", error: new SluiceError("aws", "access denied", { hint: "Allow it." }) },
      "❌ Failed:",
      ["access denied", "Allow it."],
    ],
  ])("%o", (outcome, headline, words) => {
    const [first, ...rest] = renderSummary(journal(planned, seen(staged())), outcome).split("\n");
    expect(first).toBe(`## ${headline} \`orders\`, orders:1 → orders:2`);
    for (const word of words) expect(rest.slice(0, 4).join("\n")).toContain(word);
  });

  test("also where nothing was read or planned", () => {
    const outcome: Outcome = { kind: "failed", error: new SluiceError("configuration", "no spec") };
    expect(renderSummary([], outcome)).toBe("## ❌ Failed: `service`\n\nno spec\n");
  });
});

describe("gates", () => {
  test("each has its last word, and since when", () => {
    const lines = journal(
      planned,
      verdict("healthy", "all passed", "smoke"),
      verdict("insufficient", "3 so far"),
      verdict("healthy", "0 of 100"),
      verdict("healthy", "0 of 200"),
    );
    expect(rowsOf(renderSummary(lines, GOOD), "Gates")).toEqual([
      ["smoke", "healthy", "09:00:10", "all passed"],
      ["errors", "healthy", "09:00:30", "0 of 200"],
    ]);
  });

  test("there is no such section where none was asked", () => {
    expect(renderSummary(journal(planned), GOOD)).not.toContain("### Gates");
  });
});

describe("the timeline", () => {
  test("has writes with what the new version had before them, and leaves looks and waits out", () => {
    const lines = journal(planned, begun, seen(staged()), { kind: "waiting", reason: "baking" }, flip, {
      kind: "phase-ended",
      phase: "promote",
      outcome: GOOD,
    });
    const rows = rowsOf(renderSummary(lines, GOOD), "Timeline");
    expect(rows.map((cells) => cells.at(-1))).toEqual([
      expect.stringContaining("plan: orders by blue-green"),
      expect.stringContaining("ModifyRule orders-blue 0, orders-green 100"),
      "promote: orders:2 serves alone",
    ]);
    expect(rows[1]?.slice(0, 3)).toEqual(["09:00:40", "+40s", "0 %, 4/4 healthy"]);
  });

  test("has no empty rows", () => {
    const outcome: Outcome = { kind: "rolled-back", gate: "errors", reason: "bad" };
    const lines = journal(planned, { kind: "phase-ended", phase: "promote", outcome });
    const rows = rowsOf(renderSummary(lines, outcome), "Timeline");
    expect(rows.filter((cells) => cells.at(-1) === "")).toEqual([]);
  });
});

describe("by hand", () => {
  const failed: Outcome = { kind: "failed", error: new SluiceError("deadline", "too late") };

  test("the commands restore the weights as they were, on rules and listeners", () => {
    const routes = [route(100, 0), route(100, 0, { kind: "listener", arn: LISTENER })];
    const text = renderSummary(journal(planned, seen(staged({ routes })), flip), failed);
    expect(text).toContain(`aws elbv2 modify-rule --rule-arn ${RULE} --actions 'Type=forward`);
    expect(text).toContain(
      `aws elbv2 modify-listener --listener-arn ${LISTENER} --default-actions 'Type=forward`,
    );
    expect(text).toMatch(
      /orders-blue\/73e2d6bc24d8a067,Weight=100\},\{TargetGroupArn=.*orders-green.*,Weight=0\}/,
    );
  });

  test.each<[string, Outcome, readonly JournalEvent[]]>([
    ["a release that is done", GOOD, [flip]],
    ["one that was rolled back", { kind: "rolled-back", gate: "errors", reason: "bad" }, [flip]],
    ["one that failed before any weight", failed, []],
  ])("there is nothing to do after %s", (_name, outcome, more) => {
    expect(renderSummary(journal(planned, seen(staged()), ...more), outcome)).not.toContain("### By hand");
  });

  test.each([
    ["in the bake", flipped(NOW_MS)],
    ["after the promotion", promoted()],
  ])(
    "a rollback that fails %s does not tell people to give the bad version its traffic back",
    (_name, found) => {
      const back: JournalEvent = {
        kind: "phase-begun",
        phase: "rollback",
        rollout: ROLLOUT,
        service: "orders",
      };
      const text = renderSummary(journal(planned, back, seen(found), flip), failed);
      expect(text).not.toMatch(/targetgroup\/orders-green[^}]*,Weight=100/);
    },
  );
});

describe("what others wrote comes out as text", () => {
  const rowWith = (reason: string) =>
    rowsOf(renderSummary(journal(planned, verdict("healthy", reason)), GOOD), "Gates");

  test.each([
    ["a pipe", "a|b", "a\\|b"],
    ["newlines", "a\r\n\n b", "a b"],
    ["a table of its own", "a |\n| --- |\n| b", "a \\| \\| --- \\| \\| b"],
    ["HTML", "<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)>"],
  ])("%s in a table", (_name, reason, cell) => {
    const rows = rowWith(reason);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.at(-1)).toBe(cell);
    expect(rows[0]).toHaveLength(4);
  });

  test("a backslash before a pipe in a table", () => {
    expect(rowWith("a\\|b")[0]).toHaveLength(4);
  });

  test("a lone carriage return in a table, which ends a line in Markdown", () => {
    expect(renderSummary(journal(planned, verdict("healthy", "a\rb")), GOOD)).not.toContain("\r");
  });

  test.each(["![](https://example.com/x.png)", "[click](https://example.com)", "**bold**", "`code`"])(
    "Markdown in a table: %s",
    (reason) => {
      expect(rowWith(reason)[0]?.at(-1)).not.toBe(reason);
    },
  );

  const hostile =
    "got 500: <img src=https://example.com/x.png>\n\n# All is well\n\n[click](https://example.com)";
  test.each<Outcome>([
    { kind: "rolled-back", gate: "smoke", reason: hostile },
    { kind: "held", reason: hostile },
    { kind: "failed", error: new SluiceError("release", hostile) },
  ])("HTML, headings and links in the explanation of $kind", (outcome) => {
    const text = renderSummary([], outcome);
    expect(text).not.toContain("<img");
    expect(text).not.toMatch(/^# /m);
    expect(text).not.toContain("[click](");
  });
});
