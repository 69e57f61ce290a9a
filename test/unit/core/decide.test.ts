import { describe, expect, test } from "vitest";
import { decide, type Target } from "../../../src/core/decide.ts";
import { isWrite } from "../../../src/core/moves.ts";
import type { Observation } from "../../../src/core/observation.ts";
import {
  flipped,
  freshSet,
  GREEN,
  NOW_MS,
  observation,
  origin,
  plan,
  promoted,
  ROLLOUT,
  route,
  service,
  stableSet,
  staged,
  taskSet,
} from "./world.ts";

const move = (target: Target, seen: Observation) => decide(plan(), target, seen, {}, NOW_MS);

const FORWARD: readonly Target[] = ["stage", "verify", "promote", "finish"];
const ALL: readonly Target[] = [...FORWARD, "rollback"];

const foreign = freshSet({ origin: origin({ rollout: "run-1", runUrl: "https://ci/run/1" }) });
const FOREIGN_UNDER_WAY = staged({ taskSets: [stableSet(), foreign] });
const youngerOurs = freshSet({ id: "ecs-svc/3", createdAtMs: NOW_MS - 1 });
const CONTESTED_BY_US = staged({ taskSets: [stableSet(), foreign, youngerOurs] });
const OURS_AT_REST = observation({
  taskSets: [freshSet({ status: "PRIMARY", origin: origin({ replaces: "ecs-svc/gone" }) })],
  routes: [route(0, 100)],
  service: service({ history: ["orders:2", "orders:1"] }),
});

describe("a service with sets that nobody can tell apart", () => {
  test.each(ALL)("%s refuses", (target) => {
    const unclear = observation({ taskSets: [stableSet(), taskSet({ id: "ecs-svc/9" })] });
    expect(move(target, unclear)).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/ecs-svc\/1.*ecs-svc\/9/),
    });
  });
});

describe("at rest", () => {
  test("stage begins with a task set in the idle group", () => {
    expect(move("stage", observation())).toMatchObject({ kind: "create-task-set", groupArn: GREEN });
  });

  test.each(["verify", "promote", "finish"] as const)("%s has nothing to work on and says so", (target) => {
    expect(move(target, observation())).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/run-2 has no task set.*orders:1 serves alone/),
      hint: expect.stringMatching(/Run the stage phase first/),
    });
  });

  test.each(["stage", "verify", "promote", "finish"] as const)(
    "%s of a rollout that is finished has nothing to do",
    (target) => {
      expect(move(target, OURS_AT_REST)).toMatchObject({ kind: "reached" });
    },
  );

  test("rollback of a rollout that is finished refuses and names what to release instead", () => {
    expect(move("rollback", OURS_AT_REST)).toMatchObject({
      kind: "refuse",
      hint: expect.stringMatching(/orders:1/),
    });
  });

  test.each(FORWARD)("%s is not reached where the own set stands alone without traffic", (target) => {
    const stranded = { ...OURS_AT_REST, routes: [route(100, 0)] };
    expect(move(target, stranded).kind).not.toBe("reached");
  });
});

describe("another rollout is under way", () => {
  test.each(FORWARD)("%s refuses and says whose run it is", (target) => {
    expect(move(target, FOREIGN_UNDER_WAY)).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(
        /run-1 \(https:\/\/ci\/run\/1\) is under way on this service since 2026-01-05T08:55:00.000Z/,
      ),
    });
  });

  test("rollback leaves it as it is", () => {
    expect(move("rollback", FOREIGN_UNDER_WAY)).toMatchObject({
      kind: "reached",
      reason: expect.stringMatching(/run-1/),
    });
  });

  test.each(ALL)("%s withdraws the own set where it is the younger", (target) => {
    expect(move(target, CONTESTED_BY_US)).toMatchObject({
      kind: "delete-task-set",
      taskSetArn: youngerOurs.arn,
      force: true,
    });
  });

  test("of two sets created in the same millisecond, the same one is the elder everywhere", () => {
    const twin = { createdAtMs: NOW_MS };
    const [one, two] = [
      freshSet({ id: "ecs-svc/a", ...twin, origin: origin({ rollout: "run-a" }) }),
      freshSet({ id: "ecs-svc/b", ...twin, origin: origin({ rollout: "run-b" }) }),
    ];
    const seen = staged({ taskSets: [two, stableSet(), one] });
    expect(decide(plan({ rollout: "run-b" }), "stage", seen, {}, NOW_MS).kind).toBe("delete-task-set");
    expect(decide(plan({ rollout: "run-a" }), "stage", seen, {}, NOW_MS).kind).not.toBe("delete-task-set");
  });

  test("gets no weight taken away by a rollout that was rolled back before", () => {
    const tags = { aborted: "run-0", shifted: ROLLOUT, step: { weightPercent: 100, atMs: NOW_MS } };
    const seen = flipped(NOW_MS, { service: service(tags) });
    expect(isWrite(decide(plan({ rollout: "run-0" }), "promote", seen, {}, NOW_MS))).toBe(false);
  });

  test("no weight goes to a group in which a younger rollout's tasks stand, too", () => {
    const younger = freshSet({
      id: "ecs-svc/3",
      createdAtMs: NOW_MS - 1,
      origin: origin({ rollout: "run-3" }),
    });
    const seen = staged({
      taskSets: [stableSet(), freshSet(), younger],
      service: service({ shifted: ROLLOUT, step: { weightPercent: 0, atMs: NOW_MS } }),
    });
    expect(move("promote", seen).kind).not.toBe("set-weights");
  });
});

describe("this rollout was rolled back", () => {
  const aborted = { aborted: ROLLOUT, shifted: ROLLOUT, step: { weightPercent: 0, atMs: NOW_MS } };

  test.each(FORWARD)("%s refuses, whatever still stands", (target) => {
    for (const seen of [observation(), staged(), OURS_AT_REST]) {
      expect(move(target, { ...seen, service: service(aborted), routes: [route(100, 0)] })).toMatchObject({
        kind: "refuse",
        reason: expect.stringMatching(/run-2 was taken back; it does not ship again/),
      });
    }
  });

  test.each(FORWARD)("%s gives back the weight that it may have written meanwhile", (target) => {
    expect(move(target, promoted({ service: service(aborted) }))).toMatchObject({
      kind: "set-weights",
      to: [{ weight: 100 }, { weight: 0 }],
    });
  });

  test("a new rollout is not stopped by the mark of an old one", () => {
    const seen = observation({ service: service({ aborted: "run-1" }) });
    expect(move("stage", seen)).toMatchObject({ kind: "create-task-set" });
  });
});

test("the same world gives the same move", () => {
  for (const target of ALL) {
    for (const seen of [observation(), staged(), flipped(NOW_MS), promoted(), FOREIGN_UNDER_WAY]) {
      expect(move(target, structuredClone(seen))).toEqual(move(target, seen));
    }
  }
});

describe("the new version's task set is gone, and its weight is not", () => {
  const left = observation({
    taskSets: [stableSet()],
    routes: [route(0, 100)],
    service: service({ shifted: ROLLOUT }),
  });

  test.each(["stage", "verify", "promote"] as const)("%s takes the rollout back at once", (target) => {
    expect(move(target, left)).toMatchObject({ kind: "roll-back", gate: "tasks" });
  });

  test("finish, which takes nothing back, asks for the rollback", () => {
    expect(move("finish", left)).toMatchObject({
      kind: "refuse",
      hint: "Run the rollback phase: it sends all traffic to the old version.",
    });
  });

  test("what this rollout did not shift is somebody else's", () => {
    expect(move("promote", { ...left, service: service() }).kind).toBe("refuse");
  });
});

describe("a rollback that waits for the old version, beside a phase of its rollout", () => {
  const waiting = promoted({
    taskSets: [stableSet({ status: "ACTIVE", healthyCount: 3 }), freshSet({ status: "PRIMARY" })],
    service: service({ shifted: ROLLOUT, aborted: ROLLOUT }),
  });

  test("keeps the phase from moving traffic to what is not whole", () => {
    expect(move("finish", waiting)).toMatchObject({
      kind: "wait",
      reason: expect.stringContaining("3 of 4 targets healthy"),
    });
    const late = NOW_MS + plan().spec.timeouts.shift;
    expect(decide(plan(), "finish", waiting, {}, late).kind).toBe("refuse");
  });
});
