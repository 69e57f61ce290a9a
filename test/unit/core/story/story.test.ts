import { describe, expect, test } from "vitest";
import type { JournalEvent } from "../../../../src/core/journal.ts";
import { earlierRunOf } from "../../../../src/core/story/earlier-run.ts";
import type { Decision, Ending } from "../../../../src/core/story/ending.ts";
import { type ReadJournal, readJournal } from "../../../../src/core/story/read.ts";
import { tellStory } from "../../../../src/core/story/story.ts";
import { NOW_MS, observation, origin, plan, ROLLOUT, SECOND_MS, stableSet, staged, stop } from "../world.ts";
import {
  backAlone,
  beforeAll,
  begun,
  ended,
  failed,
  held,
  jobEnded,
  jobOf,
  judged,
  newAlone,
  phaseFrom,
  planned,
  reached,
  seenAt,
} from "./journals.ts";

const decision = (what: Decision["what"], more: Partial<Decision> = {}): Decision => ({
  kind: "decided",
  what,
  by: "octocat",
  ...more,
});
const BAD = { kind: "rolled-back", gate: "errors", reason: "9 of 10 went bad" } as const;
const way = (...phases: Parameters<typeof phaseFrom>[]): readonly ReadJournal[] =>
  phases.map((one, index) => jobOf(`${index}`, ...phaseFrom(...one)));

describe("the ending", () => {
  const shifted = way(["stage", 0, 5, reached()], ["verify", 6, 7, reached()], ["shift", 8, 20, reached()]);
  const backByJob = jobOf("back", ...phaseFrom("rollback", 40, 45, reached("orders:1 serves")));

  test.each<[string, readonly ReadJournal[], Partial<Ending>]>([
    ["nothing", [], { kind: "failed", error: "lost" }],
    [
      "a plan",
      [jobOf("plan", [0, planned], [1, jobEnded("plan", reached("12 writes"))])],
      { kind: "planned" },
    ],
    ["shifted, and no more", shifted, { kind: "held" }],
    [
      "held at a step",
      way(["stage", 0, 5, reached()], ["shift", 6, 9, held("ask")]),
      { kind: "held", reason: "ask" },
    ],
    [
      "promoted",
      [...shifted, ...way(["promote", 21, 30, reached("it has all")])],
      { kind: "promoted", reason: "it has all", isFinished: false },
    ],
    [
      "finished",
      [...shifted, ...way(["promote", 21, 30, reached()], ["finish", 31, 40, reached("alone")])],
      { kind: "promoted", reason: "alone", isFinished: true },
    ],
    [
      "promoted, and the clean-up failed",
      [...shifted, ...way(["promote", 21, 30, reached()], ["finish", 31, 40, failed("no more tasks")])],
      { kind: "promoted", isFinished: false, trouble: "no more tasks" },
    ],
    [
      "finished, and a rollback that refused",
      [
        ...shifted,
        ...way(["promote", 21, 30, reached()], ["finish", 31, 40, reached("alone")]),
        jobOf("back", [41, planned], [42, jobEnded("rollback", failed("it is finished", "refused"))]),
      ],
      { kind: "promoted", isFinished: true },
    ],
    [
      "a gate, in the same job",
      [
        jobOf(
          "shift",
          ...phaseFrom("shift", 8, 20, BAD).slice(0, 3),
          [20, { kind: "rolling-back", gate: "errors", reason: BAD.reason }],
          [20, begun("rollback")],
          [25, ended("rollback", reached())],
          [26, jobEnded("shift", { ...BAD, hint: "See the log.", counts: { requests: 12, bad: 9 } })],
        ),
      ],
      { ...BAD, hint: "See the log.", counts: { requests: 12, bad: 9 } },
    ],
    [
      "a job that failed, and the rollback job",
      [...shifted, ...way(["promote", 21, 30, failed("too late")]), backByJob],
      { kind: "rolled-back", gate: "deadline", reason: "too late" },
    ],
    [
      "a runner that was lost, and the rollback job",
      [...shifted, jobOf("lost", [21, planned], [22, begun("promote")], [23, seenAt(100)]), backByJob],
      { kind: "rolled-back", gate: "lost" },
    ],
    [
      "a runner that was lost, and no more",
      [...shifted, jobOf("lost", [21, planned], [22, begun("promote")], [23, seenAt(100)])],
      { kind: "failed", error: "lost" },
    ],
    [
      "a rollback job that was lost on its way",
      [...shifted, jobOf("back", [40, planned], [40, begun("rollback")], [41, seenAt(5)])],
      { kind: "failed", error: "lost" },
    ],
    [
      "a watch that was killed as it took the rollout back",
      [
        ...shifted,
        jobOf(
          "watch",
          ...phaseFrom("watch", 21, 30, BAD).slice(0, 3),
          [30, { kind: "rolling-back", gate: "errors", reason: BAD.reason }],
          [30, begun("rollback")],
          [31, seenAt(25)],
        ),
      ],
      { kind: "failed", error: "lost" },
    ],
    [
      "a job that failed, and a rollback that found nothing",
      [
        jobOf("stage", ...phaseFrom("stage", 0, 5, failed("somebody else's", "refused"))),
        jobOf("back", [9, planned], [9, jobEnded("rollback", reached("nothing is under way"))]),
      ],
      { kind: "failed", error: "refused", reason: "somebody else's" },
    ],
    [
      "what failed before anything was planned",
      [jobOf("plan", [0, jobEnded("plan", failed("no such service"))])],
      { kind: "failed", reason: "no such service" },
    ],
    [
      "a watch that ended well beside a promotion that did not",
      [
        ...shifted,
        jobOf("watch", ...phaseFrom("watch", 20, 50, reached("it went on"))),
        ...way(["promote", 21, 30, failed("too late")]),
      ],
      { kind: "failed", reason: "too late" },
    ],
    [
      "a sweep, and no more, of a rollout that stands",
      [jobOf("sweep", ...phaseFrom("sweep", 0, 2, reached("it stands at 25 %")))],
      { kind: "held", reason: "it stands at 25 %" },
    ],
  ])("%s", (_name, journals, expected) => {
    expect(tellStory(journals).ending).toMatchObject(expected);
  });

  test("a rejection is why, with what was said", () => {
    const story = tellStory([...shifted, backByJob], [decision("rejected", { comment: "not on a Friday" })]);
    expect(story.ending).toMatchObject({
      kind: "rolled-back",
      gate: "approval",
      reason: "octocat rejected it: not on a Friday",
    });
  });

  test("a rollback that a person asked for is no failure, also beside the journals of what it takes back", () => {
    const asked = [decision("rollback", { comment: "customers cannot pay" })];
    const expected = { kind: "taken-back", reason: "orders:1 serves" };
    expect(tellStory([backByJob], asked).ending).toMatchObject(expected);
    expect(tellStory([...shifted, backByJob], asked).ending).toMatchObject(expected);
    const gate = jobOf("watch", [39, { kind: "rolling-back", gate: "errors", reason: "bad" }]);
    expect(tellStory([...shifted, gate, backByJob], asked).ending).toMatchObject({
      kind: "rolled-back",
      gate: "errors",
    });
  });

  test("what served before is released again, beside the journals of what it replaces", () => {
    const again = plan({ rollout: "rollback-9", release: { source: { kind: "staged" }, isRollback: true } });
    const back = jobOf(
      "back",
      [100, { kind: "planned", plan: again }],
      [100, begun("promote")],
      [110, ended("promote", reached("orders:1 serves"))],
    );
    const before = jobOf("shift", [0, planned], [1, seenAt(25)], [2, judged("healthy", 1, 200)]);
    const story = tellStory([before, back]);
    expect(story.ending).toEqual({ kind: "gone-back", reason: "orders:1 serves" });
    expect(story.readings).toEqual([]);
    expect(story.earlier?.readings.map(({ percent, verdict }) => [percent, verdict.reason])).toEqual([
      [25, "1 of 200"],
    ]);
  });
});

describe("the cast", () => {
  test("is whom the task sets' tags name, also once only one is left", () => {
    const from = stableSet({ origin: origin({ rollout: "run-1", replaces: "none", commit: "aaa" }) });
    const both = staged({ taskSets: [from, ...staged().taskSets.slice(1)] });
    const story = tellStory([
      jobOf("a", [0, planned], [1, { kind: "observed", observation: both }], [2, newAlone]),
    ]);
    expect(story.cast).toMatchObject({ from: { name: "orders:1", commit: "aaa" }, to: { name: "orders:2" } });
    expect(tellStory([jobOf("b", [0, planned], [1, newAlone])]).cast).toMatchObject({
      from: { name: "orders:1" },
      to: { name: "orders:2" },
    });
  });

  test("before there is a task set, it is what was asked for", () => {
    expect(tellStory([jobOf("a", [0, planned], [1, beforeAll])]).cast).toMatchObject({
      from: { name: "orders:1" },
      to: { name: "orders:2" },
    });
  });
});

describe("the traffic", () => {
  test("is told from the task set's creation until it is gone", () => {
    const { traffic } = tellStory([
      jobOf(
        "a",
        [0, planned],
        [1, beforeAll],
        [5, seenAt(0)],
        [10, seenAt(5)],
        [20, seenAt(5)],
        [30, seenAt(25)],
      ),
      jobOf("b", [40, planned], [42, backAlone], [50, jobEnded("rollback", reached())]),
    ]);
    const spans = traffic.map(({ percent, fromMs, toMs }) => [
      percent,
      (fromMs - NOW_MS) / SECOND_MS,
      (toMs - NOW_MS) / SECOND_MS,
    ]);
    expect(spans).toEqual([
      [0, 5, 10],
      [5, 10, 30],
      [25, 30, 42],
      [0, 42, 50],
    ]);
  });

  test("does not end with the old version", () => {
    const { traffic } = tellStory([jobOf("a", [0, planned], [1, seenAt(100)], [9, newAlone], [12, planned])]);
    expect(traffic.map(({ percent, toMs }) => [percent, toMs - NOW_MS])).toEqual([[100, 12 * SECOND_MS]]);
  });
});

test("a gate's last word at each weight, with how close that was to its limit", () => {
  const { readings } = tellStory([
    jobOf(
      "a",
      [0, planned],
      [1, seenAt(5)],
      [2, judged("insufficient", 0, 40)],
      [3, judged("healthy", 0, 150)],
      [4, judged("healthy", 1, 200)],
      [5, seenAt(25)],
      [5, judged("regress", 30, 300)],
      [5, seenAt(0)],
    ),
  ]);
  expect(
    readings.map(({ percent, verdict, times, sinceMs }) => [percent, verdict.kind, times, sinceMs - NOW_MS]),
  ).toEqual([
    [5, "healthy", 3, 3 * SECOND_MS],
    [25, "regress", 1, 5 * SECOND_MS],
  ]);
  expect(readings.map(({ measured }) => measured)).toMatchObject([
    { bad: 1, requests: 200, badPercent: 0.5, allowedPercent: 1, neededRequests: 100 },
    { bad: 30, badPercent: 10 },
  ]);
});

test("jobs side by side are one story in time, each with its own phases", () => {
  const story = tellStory([
    jobOf("shift-2", ...phaseFrom("shift", 30, 40, reached())),
    jobOf("watch", ...phaseFrom("watch", 20, 35, reached("it went on"))),
  ]);
  expect(story.passages.map(({ phase, fromMs, toMs }) => [phase, fromMs - NOW_MS, toMs - NOW_MS])).toEqual([
    ["watch", 20_000, 35_000],
    ["shift", 30_000, 40_000],
  ]);
  expect(story.told.map(({ line }) => line.atMs)).toEqual(story.told.map(({ line }) => line.atMs).sort());
});

test("what several jobs have on record is said once, in order", () => {
  const approved = decision("approved", { environment: "gate", decidedAtMs: NOW_MS + 9 });
  const first = decision("approved", { environment: "first", decidedAtMs: NOW_MS });
  const story = tellStory(
    [jobOf("a", [0, planned], [0, approved]), jobOf("b", [1, approved])],
    [approved, first],
  );
  expect(story.decisions.map(({ environment }) => environment)).toEqual(["first", "gate"]);
  const asked = tellStory([jobOf("a", [0, planned], [3, decision("promotion")])]).decisions;
  expect(asked).toMatchObject([{ what: "promotion", decidedAtMs: NOW_MS + 3 * SECOND_MS }]);
});

test("tasks that scaling has stopped are none that fell", () => {
  const task = (name: string, stopCode: string): JournalEvent => ({
    kind: "task-stopped",
    stop: stop({ taskArn: `task/${name}`, stopCode }),
    logs: [],
  });
  const { stops } = tellStory([
    jobOf(
      "a",
      [0, task("fell", "EssentialContainerExited")],
      [1, task("scaled", "ServiceSchedulerInitiated")],
    ),
    jobOf("b", [2, task("fell", "EssentialContainerExited")]),
  ]);
  expect(stops.map(({ stop: { taskArn } }) => taskArn)).toEqual(["task/fell"]);
});

describe("a journal is read", () => {
  const line = JSON.stringify({ version: 1, atMs: NOW_MS, kind: "waiting", reason: "a" });

  test.each([
    ["half a line at its end", `${line}\n{"version":1,"atM`, 1, 1],
    ["lines of another version", `{"version":2,"atMs":1,"kind":"waiting"}\n${line}\n`, 1, 1],
    ["what is no object", `null\n7\n[]\n${line}`, 1, 3],
    ["empty lines", `\n${line}\n\n${line}\n`, 2, 0],
    ["nothing", "", 0, 0],
  ])("with %s", (_name, text, lines, skipped) => {
    const read = readJournal("a", text);
    expect([read.lines.length, read.skipped]).toEqual([lines, skipped]);
  });
});

test("an observation of another rollout's task set is none of this one's", () => {
  const theirs = staged({
    taskSets: [
      stableSet(),
      ...staged()
        .taskSets.slice(1)
        .map((set) => ({ ...set, origin: origin({ rollout: "x" }) })),
    ],
  });
  const { cast, traffic } = tellStory([
    jobOf(
      "a",
      [0, planned],
      [1, { kind: "observed", observation: theirs }],
      [2, { kind: "observed", observation: observation() }],
    ),
  ]);
  expect(cast?.plan.rollout).toBe(ROLLOUT);
  expect(cast?.freshArn).toBeUndefined();
  expect(traffic).toEqual([]);
});

describe("the run that released what is rolled back", () => {
  const runUrl = "https://github.com/octocat/orders/actions/runs/77";
  const [stable, fresh] = staged().taskSets;
  const of = (isRollback: boolean, phase: "rollback" | "stage"): string | undefined => {
    if (!stable || !fresh) throw new Error("two sets are staged");
    const bad = isRollback ? stable : fresh;
    const marked = { ...bad, origin: { ...origin({ replaces: bad.origin?.replaces ?? "none" }), runUrl } };
    const taskSets = isRollback ? [marked, fresh] : [stable, marked];
    const what = plan(isRollback ? { release: { source: { kind: "staged" }, isRollback } } : {});
    const seen: JournalEvent = { kind: "observed", observation: staged({ taskSets }) };
    return earlierRunOf(jobOf("a", [0, { kind: "planned", plan: what }], [0, begun(phase)], [1, seen]).lines);
  };

  test.each([
    ["what serves, where what served before is released again", true, "stage", "77"],
    ["what is under way, where that is taken back", false, "rollback", "77"],
    ["none, where nothing is rolled back", false, "stage", undefined],
  ] as const)("is that of %s", (_name, isRollback, phase, expected) => {
    expect(of(isRollback, phase)).toBe(expected);
  });
});
