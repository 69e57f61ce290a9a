import { describe, expect, test } from "vitest";
import {
  createNarrator,
  describeEvent,
  describeObservation,
  describeWrite,
} from "../../../src/core/describe.ts";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
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

  test("does not repeat a gate that goes on passing", () => {
    expect(
      tell([line(0, verdict("healthy")), line(1_000, verdict("healthy")), line(16_000, verdict("healthy"))]),
    ).toEqual(["errors is healthy: why", undefined, "errors is healthy: why"]);
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
