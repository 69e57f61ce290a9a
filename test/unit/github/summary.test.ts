import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { renderSummary } from "../../../src/github/summary.ts";
import {
  flipped,
  freshSet,
  LISTENER,
  NOW_MS,
  observation,
  origin,
  plan,
  promoted,
  ROLLOUT,
  RULE,
  route,
  stableSet,
  staged,
  TEST_RULE,
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
const flip: Extract<JournalEvent, { kind: "writing" }> = {
  kind: "writing",
  write: {
    kind: "set-weights",
    route: { kind: "listener-rule", arn: RULE },
    from: route(100, 0).weights,
    to: route(0, 100).weights,
    reason: "every one of its targets is healthy",
  },
};
/** Another rollout's task set stands. */
const anothers = () =>
  staged({ taskSets: [stableSet(), freshSet({ origin: origin({ rollout: "run-1" }) })] });

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
  const lines = markdown.slice(markdown.indexOf(`### ${section}`)).split("\n");
  const table = lines.slice(lines.findIndex((line) => line.startsWith("|")));
  const end = table.findIndex((line) => !line.startsWith("|"));
  return table.slice(2, end === -1 ? undefined : end).map(cellsOf);
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
    for (const word of words) expect(rest.slice(0, 8).join("\n")).toContain(word);
  });

  test("also where nothing was read or planned", () => {
    const outcome: Outcome = { kind: "failed", error: new SluiceError("configuration", "no spec") };
    expect(renderSummary([], outcome)).toBe("## ❌ Failed: the job\n\nno spec\n");
    const ended = journal({ kind: "job-ended", phase: "rollback", outcome });
    expect(renderSummary(ended, outcome)).toMatch(/^## ❌ Failed: the rollback phase\n/);
  });
});

test("a first deployment that was taken back leaves nothing that serves", () => {
  const outcome: Outcome = { kind: "rolled-back", gate: "tasks", reason: "3 tasks stopped" };
  const first = freshSet({ origin: origin({ replaces: "none" }) });
  const lines = journal(
    planned,
    seen(observation({ taskSets: [first] })),
    seen(observation({ taskSets: [] })),
  );
  const [headline, , said] = renderSummary(lines, outcome).split("\n");
  expect(headline).toBe("## ↩️ Rolled back: `orders`, orders:2");
  expect(said).toContain(
    "3 tasks stopped. It was the service's first: it is deleted, and nothing serves now.",
  );
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
      ["0 %", "smoke", "✅ healthy", "09:00:10"],
      ["0 %", "errors", "✅ healthy", "09:00:30"],
    ]);
    expect(renderSummary(lines, GOOD)).toContain("- **errors** at 0 %: 0 of 200");
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
    expect(rows[1]?.slice(0, 3)).toEqual(["09:00:40", "+40s", "0 %"]);
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

  const script = (text: string): readonly string[] =>
    (/### By hand[\s\S]*?```sh\n([\s\S]*?)\n```/.exec(text)?.[1] ?? "").split("\n");

  test("all that takes a flip back, in order, each with its reason", () => {
    const routes = [route(0, 100), route(0, 100, { kind: "listener", arn: LISTENER })];
    const text = renderSummary(journal(planned, seen(flipped(NOW_MS, { routes })), flip), failed);
    const verbs = script(text).map((line) => /^aws \w+ ([\w-]+)/.exec(line)?.[1] ?? line.split(" ")[0]);
    expect(verbs).toEqual([
      ...["export", "#", "modify-rule", "#", "modify-listener", "tag-resource"],
      ...["#", "modify-rule", "#", "sleep", "#", "delete-task-set", "#", "sleep", "#", "untag-resource"],
    ]);
    expect(text).toMatch(/^# wait: the new version drains.*\nsleep 30$/m);
    expect(text).toMatch(/modify-rule --rule-arn \S+ --actions '\[.*orders-blue\/[^}]*"Weight":100\}.*\]'\n/);
    expect(text).toContain(
      `modify-listener --listener-arn ${LISTENER} --default-actions '[{"Type":"forward"`,
    );
  });

  test("a rollout that is held has its way back, too", () => {
    const held: Outcome = { kind: "held", reason: "a person has to approve" };
    expect(renderSummary(journal(planned, seen(staged())), held)).toContain("delete-task-set");
  });

  test("a rollout that failed with its task set standing can be cleared away", () => {
    const text = renderSummary(journal(planned, seen(staged())), failed);
    expect(script(text).filter((line) => line.includes("modify-rule"))).toEqual([
      expect.stringContaining(TEST_RULE),
    ]);
    expect(text).toContain("delete-task-set");
  });

  test("what it cannot see of an action list is said", () => {
    const routes = [route(0, 100, { otherActions: ["authenticate-oidc"] })];
    const text = renderSummary(journal(planned, seen(flipped(NOW_MS, { routes })), flip), failed);
    expect(text).toContain("# the action list also has authenticate-oidc");
  });

  test("nothing in it closes its fence", () => {
    const arn = "arn:aws:ecs:eu-west-1:1:task-set/shop/orders/```/2";
    const [stable, fresh] = staged().taskSets;
    if (!stable || !fresh) throw new Error("two sets are staged");
    const found = staged({ taskSets: [stable, { ...fresh, arn }] });
    const text = renderSummary(journal(planned, seen(found)), failed);
    expect(text).toContain("````sh\n");
    expect(text.trimEnd().endsWith("\n````\n\n</details>")).toBe(true);
  });

  test.each<[string, Outcome, readonly JournalEvent[]]>([
    ["a release that is done", GOOD, [seen(staged()), flip]],
    ["one that was rolled back", { kind: "rolled-back", gate: "errors", reason: "bad" }, [seen(staged())]],
    ["one that failed before its task set", failed, [seen(observation())]],
    ["one that found another's", failed, [seen(anothers())]],
    ["one that saw nothing", failed, []],
  ])("there is nothing to do after %s", (_name, outcome, more) => {
    expect(renderSummary(journal(planned, ...more), outcome)).not.toContain("### By hand");
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
      expect(text).toContain("### By hand");
      expect(text).not.toMatch(/orders-green\/[^}]*"Weight":100/);
    },
  );
});

describe("what would happen", () => {
  const foreseen = (inMs: number, reason = "the shift begins"): JournalEvent => ({
    kind: "foreseen",
    inMs,
    move: { kind: "tag-service", tags: { "sluice:shifted": ROLLOUT }, reason },
  });
  const wait: JournalEvent = {
    kind: "foreseen",
    inMs: 0,
    forMs: 70_000,
    move: { kind: "wait", reason: "baking | at 5 %", untilMs: NOW_MS },
  };

  test("is a table: when, what and why", () => {
    const text = renderSummary(journal(planned, wait, foreseen(70_000)), GOOD);
    expect(text).toContain("| +0ms | wait 1m 10s | baking \\| at 5 % |");
    expect(text).toContain(`| +1m 10s | TagResource sluice:shifted=${ROLLOUT} | the shift begins |`);
  });

  test("a long one is cut, and says so", () => {
    const many = Array.from({ length: 230 }, (_, index) => foreseen(index, `batch ${index}.`));
    const text = renderSummary(journal(planned, ...many), GOOD);
    expect(text).toContain("batch 199.");
    expect(text).not.toContain("batch 200.");
    expect(text).toContain("… and 30 more.");
  });

  test("it is only told, so there is nothing to take back", () => {
    const held: Outcome = { kind: "held", reason: "a person has to approve" };
    expect(renderSummary(journal(planned, seen(staged()), foreseen(0)), held)).not.toContain("### By hand");
  });
});

describe("what others wrote comes out as text", () => {
  const rowWith = (reason: string) =>
    rowsOf(renderSummary(journal(planned, { ...flip, write: { ...flip.write, reason } }), GOOD), "Timeline");

  test.each([
    ["a pipe", "a|b", "a\\|b"],
    ["newlines", "a\r\n\n b", "a b"],
    ["a table of its own", "a |\n| --- |\n| b", "a \\| \\| --- \\| \\| b"],
    ["HTML", "<img src=x onerror=alert(1)>", "&lt;img src=x onerror=alert(1)>"],
  ])("%s in a table", (_name, reason, cell) => {
    const rows = rowWith(reason);
    expect(rows).toHaveLength(2);
    expect(rows[1]?.at(-1)).toMatch(/ \(ModifyRule .*\)$/);
    expect(rows[1]?.at(-1)?.replace(/ \(ModifyRule .*\)$/, "")).toBe(cell);
    expect(rows[1]).toHaveLength(4);
  });

  test("a backslash before a pipe in a table", () => {
    expect(rowWith("a\\|b")[1]).toHaveLength(4);
  });

  test("what a gate has seen stays in its item, whatever it holds", () => {
    const lines = journal(planned, verdict("regress", "got\n\n- <img src=x>\n### All is well"));
    const text = renderSummary(lines, GOOD);
    expect(text).toContain("- **errors** at 0 %: got - &lt;img src=x> \\#\\#\\# All is well");
    expect(text).not.toMatch(/^### All is well/m);
  });

  test("a lone carriage return in a table, which ends a line in Markdown", () => {
    expect(renderSummary(journal(planned, verdict("healthy", "a\rb")), GOOD)).not.toContain("\r");
  });

  test.each(["![](https://example.com/x.png)", "[click](https://example.com)", "**bold**", "`code`"])(
    "Markdown in a table: %s",
    (reason) => {
      expect(rowWith(reason)[1]?.at(-1)).not.toContain(reason);
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

describe("what comes next", () => {
  const next = (phase: "stage" | "shift", outcome: Outcome, approvalEnvironment?: string): string => {
    const ended: JournalEvent = { kind: "phase-ended", phase, outcome };
    const lines = journal(planned, { ...begun, phase }, seen(staged()), ended);
    return (
      /\*\*What next\.\*\*[\s\S]*?(?=\n### )/.exec(
        renderSummary(lines, outcome, { approvalEnvironment }),
      )?.[0] ?? ""
    );
  };
  const held: Outcome = { kind: "held", reason: "ask" };

  test("a held job names the buttons, and until when", () => {
    expect(next("shift", held, "gate")).toContain("approve **gate** on the run's page");
    expect(next("shift", held)).toContain("run the promote workflow");
    expect(next("shift", held)).toMatch(/takes it back after \*\*2026-01-06 /);
  });

  test("a job that the next one follows asks nobody for anything", () => {
    expect(next("stage", GOOD, "gate")).toBe("");
    expect(next("shift", GOOD)).toBe("");
    expect(next("shift", GOOD, "gate")).toContain("approve **gate**");
  });
});

test("a promotion without evidence is on record as that", () => {
  const asked = { kind: "decided", what: "promotion", by: "octocat", comment: "night shift" } as const;
  const text = renderSummary(journal(planned, begun, flip, { ...asked, withoutEvidence: true }), GOOD);
  expect(text).toContain("**Promotion asked for**, whatever its gates lack, by **octocat**");
  expect(renderSummary(journal(planned, begun, flip, asked), GOOD)).toContain(
    "**Promotion asked for** by **octocat**",
  );
});

test("a decision has its own time, not that of its reading", () => {
  const decided: JournalEvent = {
    kind: "decided",
    what: "approved",
    by: "octocat",
    environment: "gate",
    decidedAtMs: NOW_MS + 5_000,
  };
  const text = renderSummary(journal(planned, begun, flip, decided), GOOD);
  expect(text).toContain("**Approved** by **octocat** in gate before 09:00:05 UTC");
  expect(rowsOf(text, "Timeline").map((cells) => cells[0])).toEqual(["09:00:00", "09:00:05", "09:00:20"]);
});
