import { describe, expect, test } from "vitest";
import {
  createNarrator,
  describeEvent,
  describeObservation,
  describeWrite,
} from "../../../src/core/describe.ts";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import {
  flipped,
  freshSet,
  GREEN,
  LISTENER,
  NOW_MS,
  observation,
  plan,
  ROLLOUT,
  RULE,
  route,
  stableSet,
  staged,
  stop,
  taskSet,
} from "./world.ts";

const reason = "why";

test.each([
  ["at rest", observation(), "orders:1 4/4 healthy at 100 %"],
  [
    "staging",
    staged({ taskSets: [stableSet(), freshSet({ healthyCount: 2 })] }),
    "orders:1 4/4 healthy at 100 %; new: orders:2 2/4 healthy at 0 %",
  ],
  ["flipped", flipped(NOW_MS), "orders:1 4/4 healthy at 0 %; new: orders:2 4/4 healthy at 100 %"],
  [
    "between two routes",
    staged({ routes: [route(0, 100), route(100, 0, { kind: "listener", arn: LISTENER })] }),
    "orders:1 4/4 healthy at 0-100 %; new: orders:2 4/4 healthy at 0-100 %",
  ],
  ["empty", observation({ taskSets: [] }), "no task set"],
])("what is seen %s", (_name, seen, text) => {
  expect(describeObservation(seen, plan())).toBe(text);
});

test("what is seen and unclear is told as such", () => {
  const seen = observation({ taskSets: [stableSet(), taskSet({ id: "ecs-svc/9" })] });
  expect(describeObservation(seen, plan())).toContain("ecs-svc/9");
});

test.each([
  [
    {
      kind: "set-weights",
      route: { kind: "listener-rule", arn: RULE },
      from: [],
      to: route(0, 100).weights,
      reason,
    },
    "ModifyRule orders-blue 0, orders-green 100",
  ],
  [
    {
      kind: "set-weights",
      route: { kind: "listener", arn: LISTENER },
      from: [],
      to: route(0, 100).weights,
      reason,
    },
    "ModifyListener orders-blue 0, orders-green 100",
  ],
  [
    { kind: "create-task-set", groupArn: GREEN, stableArn: "", scalePercent: 100, reason },
    "CreateTaskSet at 100 %",
  ],
  [{ kind: "scale-task-set", taskSetArn: "a/b/7", scalePercent: 0, reason }, "UpdateTaskSet 7 to 0 %"],
  [{ kind: "tag-service", tags: { "sluice:aborted": "2" }, reason }, "TagResource sluice:aborted=2"],
  [{ kind: "untag-service", keys: ["a", "b"], reason }, "UntagResource a b"],
  [{ kind: "set-primary", taskSetArn: "a/b/7", reason }, "UpdateServicePrimaryTaskSet 7"],
  [{ kind: "delete-task-set", taskSetArn: "a/b/7", force: true, reason }, "DeleteTaskSet 7"],
] as const)("%o", (write, text) => {
  expect(describeWrite(write)).toBe(text);
  expect(describeEvent({ kind: "writing", write }, undefined)).toEqual({
    tone: "note",
    text: `${text} (why)`,
  });
});

const failed = new SluiceError("aws", "access denied");
const ended = (outcome: Extract<JournalEvent, { kind: "phase-ended" }>["outcome"]): JournalEvent => ({
  kind: "phase-ended",
  phase: "promote",
  outcome,
});

test.each([
  [
    { kind: "planned", plan: plan() },
    "plain",
    "plan: orders by blue-green, one production route, rollout run-2",
  ],
  [{ kind: "phase-begun", phase: "stage", rollout: ROLLOUT, service: "orders" }, "plain", "stage: begun"],
  [
    {
      kind: "task-stopped",
      stop: stop(),
      logs: [
        { container: "proxy", lines: [], missing: "no log configuration" },
        { container: "app", lines: ["starting", "no database"] },
      ],
    },
    "bad",
    "task 1f2e3d: Essential container in task exited (app exit code 1); app said last: no database",
  ],
  [
    { kind: "verdict", verdict: { kind: "healthy", gate: "errors", reason } },
    "good",
    "errors is healthy: why",
  ],
  [
    { kind: "verdict", verdict: { kind: "regress", gate: "errors", reason } },
    "bad",
    "errors is regress: why",
  ],
  [{ kind: "verdict", verdict: { kind: "error", gate: "errors", reason } }, "plain", "errors is error: why"],
  [{ kind: "waiting", reason }, "plain", "why"],
  [{ kind: "look-failed", message: "throttled", againInMs: 4_000 }, "bad", "throttled; looking again in 4s"],
  [{ kind: "rolling-back", gate: "errors", reason }, "bad", "rolling back, because of errors: why"],
  [ended({ kind: "reached", reason }), "good", "promote: why"],
  [ended({ kind: "held", reason }), "note", "promote: held for a person: why"],
  [ended({ kind: "failed", error: failed }), "bad", "promote: access denied"],
] as const)("%j", (event, tone, text) => {
  expect(describeEvent(event, plan())).toEqual({ tone, text });
});

test.each<[Extract<JournalEvent, { kind: "foreseen" }>, string]>([
  [
    { kind: "foreseen", inMs: 130_000, move: { kind: "untag-service", keys: ["sluice:step"], reason } },
    "+2m 10s  UntagResource sluice:step (why)",
  ],
  [
    {
      kind: "foreseen",
      inMs: 0,
      forMs: 70_000,
      move: { kind: "wait", reason: "baking", untilMs: NOW_MS + 70_000 },
    },
    "+0ms  wait 1m 10s (baking)",
  ],
  [
    { kind: "foreseen", inMs: 1_000, move: { kind: "hold", reason: "the team agrees" } },
    "+1s  held for a person (the team agrees)",
  ],
])("what would happen is told with its time: %#", (event, text) => {
  expect(describeEvent(event, undefined)).toEqual({ tone: "plain", text });
});

const counts = { requests: 4_500, bad: 10, neededRequests: 100, allowedPercent: 1 };

test.each<[Partial<Verdict>, string, string]>([
  [
    { counts: { ...counts, rateRatio: 1.13 } },
    "good",
    "errors is healthy: 10 of 4,500 (0.22 %, allowed are 1 %), 1.1 times the old version's rate",
  ],
  [
    { basis: "floor", counts: { requests: 4_500, bad: 10, neededRequests: 100, rateRatio: 0.98 } },
    "good",
    "errors has nothing against it: 10 of 4,500 (0.22 %), about the old version's rate",
  ],
  [{ counts: { requests: 480, bad: 12 } }, "good", "errors is healthy: why"],
  [{ kind: "insufficient", counts }, "plain", "errors is insufficient: why"],
  [{ kind: "insufficient", isIncident: true, counts }, "note", "errors sees an incident: why"],
  [{ kind: "regress", isDryRun: true, counts }, "plain", "errors (dry run) would have rolled back: why"],
  [
    { kind: "insufficient", isDryRun: true, isIncident: true },
    "plain",
    "errors (dry run) is insufficient: why",
  ],
  [{ gate: "recovery", kind: "regress" }, "bad", "recovery: why"],
  [
    { gate: "payments", counts: { ...counts, bad: 400, isGood: true, allowedPercent: 100 } },
    "good",
    "payments is healthy: 400 of 4,500 good (8.9 %)",
  ],
])("a verdict is one short line: %j", (more, tone, text) => {
  const verdict: Verdict = { kind: "healthy", gate: "errors", reason, ...more };
  expect(describeEvent({ kind: "verdict", verdict }, undefined)).toEqual({ tone, text });
});

test("a failed gate is told once, by the rollback that follows", () => {
  expect(describeEvent(ended({ kind: "rolled-back", gate: "errors", reason }), plan())).toBeUndefined();
});

test("what is seen after somebody has deleted every route is told in plain numbers", () => {
  expect(describeObservation(observation({ routes: [] }), plan())).not.toContain("Infinity");
});

test("what was seen says nothing without a plan to read it by", () => {
  expect(describeEvent({ kind: "observed", observation: observation() }, undefined)).toBeUndefined();
});

describe("the narrator", () => {
  const line = (atMs: number, event: JournalEvent): JournalLine => ({
    version: 1,
    atMs: NOW_MS + atMs,
    ...event,
  });
  const tell = (lines: readonly JournalLine[]) => {
    const narrate = createNarrator();
    return lines.map((one) => narrate(one)?.text);
  };
  const waiting = (text: string): JournalEvent => ({ kind: "waiting", reason: text });
  const verdict = (kind: "healthy" | "regress"): JournalEvent => ({
    kind: "verdict",
    verdict: { kind, gate: "errors", reason },
  });

  test("tells a wait when it begins, and again every fifteen seconds though its numbers change", () => {
    const begun: JournalEvent = {
      kind: "phase-begun",
      phase: "promote",
      rollout: ROLLOUT,
      service: "orders",
    };
    expect(
      tell([
        line(0, begun),
        line(1, waiting("baking, 9m 10s left")),
        line(2_000, waiting("baking, 9m 8s left")),
        line(15_000, waiting("baking, 8m 55s left")),
        line(15_001, waiting("baking, 8m 54s left")),
        line(15_002, waiting("the old version drains")),
      ]),
    ).toEqual([
      "promote: begun",
      "baking, 9m 10s left",
      undefined,
      undefined,
      "baking, 8m 54s left",
      "the old version drains",
    ]);
  });

  test("tells every write and every regression, however many", () => {
    const write: JournalEvent = { kind: "writing", write: { kind: "untag-service", keys: ["k"], reason } };
    const told = tell([line(0, waiting("a")), line(1, write), line(2, verdict("regress")), line(3, write)]);
    expect(told.every((text) => text !== undefined)).toBe(true);
  });

  const said = (gate: string, text: string, more: Partial<Verdict> = {}): JournalEvent => ({
    kind: "verdict",
    verdict: { kind: "healthy", gate, reason: text, ...more },
  });

  test("repeats a gate that goes on saying the same once a minute, in new numbers only", () => {
    expect(
      tell([
        line(0, said("errors", "0 of 100")),
        line(2_000, said("errors", "0 of 110")),
        line(61_000, said("errors", "0 of 400")),
        line(200_000, said("errors", "0 of 400")),
      ]),
    ).toEqual(["errors is healthy: 0 of 100", undefined, "errors is healthy: 0 of 400", undefined]);
  });

  test("tells at once what a gate says anew", () => {
    expect(
      tell([
        line(0, said("errors", "3 so far", { kind: "insufficient" })),
        line(1, said("errors", "0 of 100", { basis: "floor" })),
        line(2, said("errors", "5 of 110", { kind: "insufficient", isIncident: true })),
        line(3, said("errors", "90 of 120", { kind: "regress" })),
      ]),
    ).toEqual([
      "errors is insufficient: 3 so far",
      "errors has nothing against it: 0 of 100",
      "errors sees an incident: 5 of 110",
      "errors is regress: 90 of 120",
    ]);
  });

  test("ten gates, looked at every two seconds between waits, do not flood a log", () => {
    const minutes = 10;
    const looks = Array.from({ length: (minutes * 60) / 2 }, (_, look) => [
      ...Array.from({ length: 10 }, (_, gate) => line(look * 2_000, said(`gate-${gate}`, `0 of ${look}`))),
      line(look * 2_000, waiting(`baking, ${1_000 - 2 * look}s left; 0 of ${look * 700}`)),
    ]);
    const told = tell(looks.flat()).filter((text) => text !== undefined);
    expect(told.filter((text) => text.startsWith("gate-3 "))).toHaveLength(minutes);
    expect(told.filter((text) => text.startsWith("baking"))).toHaveLength(Math.ceil((minutes * 60) / 16));
  });

  test("a dry run beside the same gate is another", () => {
    expect(tell([line(0, said("alarms", "a")), line(1, said("alarms", "b", { isDryRun: true }))])).toEqual([
      "alarms is healthy: a",
      "alarms (dry run) is healthy: b",
    ]);
  });

  test("tells what is seen only when that has changed", () => {
    const seen = (sinceMs: number, one = observation()) =>
      line(sinceMs, { kind: "observed", observation: one });
    const planned = line(0, { kind: "planned", plan: plan() });
    expect(tell([planned, seen(1), seen(2), seen(3, flipped(NOW_MS)), seen(4)]).slice(1)).toEqual([
      "orders:1 4/4 healthy at 100 %",
      undefined,
      "orders:1 4/4 healthy at 0 %; new: orders:2 4/4 healthy at 100 %",
      "orders:1 4/4 healthy at 100 %",
    ]);
  });

  test("reads observations by the plan that came before", () => {
    const seen = line(1, { kind: "observed", observation: observation() });
    expect(tell([seen])).toEqual([undefined]);
    expect(tell([line(0, { kind: "planned", plan: plan() }), seen]).at(-1)).toBe(
      "orders:1 4/4 healthy at 100 %",
    );
  });
});
