import { describe, expect, test } from "vitest";
import { describeWrite } from "../../../src/core/describe.ts";
import { type Foreseen, foresee } from "../../../src/core/foresee.ts";
import { isWrite } from "../../../src/core/moves.ts";
import type { Plan } from "../../../src/core/plan.ts";
import {
  flipped,
  freshSet,
  MINUTE_MS,
  NOW_MS,
  observation,
  origin,
  plan,
  promoted,
  ROLLOUT,
  route,
  SECOND_MS,
  service,
  spec,
  stableSet,
  staged,
  stop,
} from "./world.ts";

const writesOf = ({ steps }: Foreseen): readonly string[] =>
  steps.flatMap(({ move }) => (isWrite(move) ? [describeWrite(move)] : []));

const canary = (more: Readonly<Record<string, unknown>> = {}): Plan =>
  plan({ spec: spec({ strategy: "canary", ...more }) });

const PHASES = ["stage", "verify", "shift", "promote", "finish"] as const;

test("a canary from rest: capacity, weight, bake, step by step; times add up", () => {
  const steps = [
    { weight: 5, bake: "5m" },
    { weight: 50, bake: "10m" },
  ];
  const foreseen = foresee(canary({ steps, bake: "20m", settle: "10s" }), PHASES, observation(), NOW_MS);
  expect(writesOf(foreseen)).toEqual([
    "CreateTaskSet at 5 %",
    "ModifyRule orders-green 1",
    expect.stringMatching(/^TagResource sluice:shifted=run-2 sluice:step=0@/),
    "ModifyRule orders-blue 95, orders-green 5",
    expect.stringMatching(/^TagResource sluice:step=5@2026-01-05T09:00:00/),
    "UpdateTaskSet new to 50 %",
    "ModifyRule orders-blue 50, orders-green 50",
    expect.stringMatching(/^TagResource sluice:step=50@2026-01-05T09:05:10/),
    "UpdateTaskSet new to 100 %",
    "ModifyRule orders-blue 0, orders-green 100",
    expect.stringMatching(/^TagResource sluice:step=100@2026-01-05T09:15:20/),
    "UpdateServicePrimaryTaskSet new",
    "UpdateTaskSet 1 to 0 %",
    "DeleteTaskSet 1",
    expect.stringMatching(/^TagResource sluice:history=orders:2 orders:1/),
    "UntagResource sluice:shifted sluice:step",
  ]);
  expect(foreseen.end).toMatchObject({ kind: "reached" });
  const waits = foreseen.steps.flatMap(({ atMs, move }) =>
    move.kind === "wait" ? [move.untilMs - atMs] : [],
  );
  expect(waits.slice(0, 3)).toEqual([310, 610, 1210].map((seconds) => seconds * SECOND_MS));
  expect(foreseen.end.atMs).toBe(NOW_MS + waits.reduce((sum, ms) => sum + ms, 0));
});

describe("an approve step", () => {
  const approving = canary({ steps: [{ weight: 5 }, { approve: "ask" }, { weight: 50 }, { approve: true }] });

  test("is where it ends", () => {
    const { steps, end } = foresee(approving, PHASES, observation(), NOW_MS);
    expect(end).toMatchObject({ kind: "held", reason: expect.stringContaining("ask") });
    expect(steps.some(({ move }) => move.kind === "hold")).toBe(false);
  });

  test("is behind it where that many have been let pass", () => {
    const { end } = foresee({ ...approving, approvals: 1 }, PHASES, observation(), NOW_MS);
    expect(end).toMatchObject({ kind: "held", reason: expect.stringContaining("a person has to approve") });
  });

  test("is told and passed, where all is to be foreseen", () => {
    const { steps, end } = foresee(approving, PHASES, observation(), NOW_MS, { letPass: true });
    expect(steps.flatMap(({ move }) => (move.kind === "hold" ? [move.reason] : []))).toEqual([
      expect.stringContaining("ask"),
      expect.stringContaining("a person has to approve"),
    ]);
    expect(end.kind).toBe("reached");
  });
});

describe("the way back", () => {
  test("of a flip is the weights first, then a drain", () => {
    const foreseen = foresee(plan(), "rollback", flipped(NOW_MS), NOW_MS);
    expect(writesOf(foreseen)).toEqual([
      "ModifyRule orders-blue 100, orders-green 0",
      "ModifyRule orders-blue 1",
      "DeleteTaskSet 2",
      "UntagResource sluice:shifted sluice:step",
    ]);
    expect(foreseen.steps.find(({ move }) => move.kind === "wait")?.move).toMatchObject({
      untilMs: NOW_MS + 30 * SECOND_MS,
    });
  });

  test("of a promotion whose old version was shrunk brings that back first", () => {
    const sets = [stableSet({ status: "ACTIVE", scalePercent: 0 }), freshSet({ status: "PRIMARY" })];
    const foreseen = foresee(plan(), "rollback", promoted({ taskSets: sets }), NOW_MS);
    const writes = writesOf(foreseen);
    expect(writes.indexOf("UpdateTaskSet 1 to 100 %")).toBeLessThan(
      writes.indexOf("ModifyRule orders-blue 100, orders-green 0"),
    );
    expect(foreseen.end.kind).toBe("reached");
  });

  test("does nothing to another's rollout", () => {
    const seen = staged({ taskSets: [stableSet(), freshSet({ origin: origin({ rollout: "run-1" }) })] });
    expect(foresee(plan(), "rollback", seen, NOW_MS)).toMatchObject({ steps: [], end: { kind: "reached" } });
  });
});

describe("how it ends", () => {
  test("refused, with what to do", () => {
    const seen = observation({ routes: [route(50, 50)] });
    const { steps, end } = foresee(plan(), PHASES, seen, NOW_MS);
    expect(steps).toEqual([]);
    expect(end).toMatchObject({ kind: "refused", hint: expect.stringContaining("orders-blue") });
  });

  test("rolled back, where the release is doomed already", () => {
    const stops = [1, 2, 3].map((n) => stop({ taskArn: `arn:task/${n}` }));
    const seen = staged({ taskSets: [stableSet(), freshSet({ healthyCount: 0, stops })] });
    expect(foresee(plan(), PHASES, seen, NOW_MS).end).toMatchObject({ kind: "rolled-back", gate: "tasks" });
  });

  test("waiting, for another rollout's end, and not at the deadline of that wait", () => {
    const seen = staged({ taskSets: [stableSet(), freshSet({ origin: origin({ rollout: "run-1" }) })] });
    const queued = plan({ spec: spec({ superseding: "queue" }) });
    const { steps, end } = foresee(queued, PHASES, seen, NOW_MS);
    expect(end).toMatchObject({ kind: "waits", atMs: NOW_MS, reason: expect.stringContaining("run-1") });
    expect(steps).toEqual([]);
  });

  test("reached, once tasks that start are healthy: that takes no 15 minutes", () => {
    const seen = staged({ taskSets: [stableSet(), freshSet({ healthyCount: 1 })] });
    const { steps, end } = foresee(plan(), "stage", seen, NOW_MS);
    expect(steps).toEqual([expect.objectContaining({ move: expect.objectContaining({ kind: "wait" }) })]);
    expect(end.kind).toBe("reached");
    expect(end.atMs - NOW_MS).toBeLessThan(MINUTE_MS);
  });
});

test("suspended scaling in is resumed before the end", () => {
  const scaled = { ...service(), scaling: { scaleInSuspended: false } };
  const seen = observation({ service: scaled });
  const foreseen = foresee(plan({ scalable: true }), PHASES, seen, NOW_MS);
  const writes = writesOf(foreseen).filter((write) => /Scalable|scale-in/.test(write));
  expect(writes).toEqual([
    `TagResource sluice:scale-in=${ROLLOUT}`,
    "RegisterScalableTarget, scaling in suspended",
    "RegisterScalableTarget, scaling in resumed",
    "UntagResource sluice:scale-in",
  ]);
});

test("what it starts from stays as it was", () => {
  const seen = flipped(NOW_MS);
  const before = structuredClone(seen);
  foresee(plan(), "rollback", seen, NOW_MS);
  expect(seen).toEqual(before);
});

test("a hundred batches are no circle", () => {
  const rolling = plan({ spec: spec({ strategy: "rolling", batch: { size: 1 } }) });
  const taskSets = [stableSet({ computedDesiredCount: 100 })];
  const seen = observation({ service: service({}, 100), taskSets });
  expect(foresee(rolling, PHASES, seen, NOW_MS).end).toMatchObject({ kind: "reached" });
});
