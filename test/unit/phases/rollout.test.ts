import { expect, test } from "vitest";
import { phasesOf as phasesOfStrategy, runPhases } from "../../../src/phases/rollout.ts";
import { hasWeight, meddle } from "../core/model.ts";
import { BLUE, GREEN, RULE } from "../core/world.ts";
import {
  denied,
  FORWARD_WRITES,
  ROLLBACK_WRITES,
  type Script,
  type StageSet,
  short,
  stageSet,
} from "./stage-set.ts";

const PHASES = phasesOfStrategy("blue-green");

const regress: Script["measure"] = () => ({
  kind: "regress",
  gate: "errors",
  reason: "9 of 10 requests went bad",
});

const phasesOf = (set: StageSet) =>
  set.events.flatMap((event) => (event.kind === "phase-begun" ? [event.phase] : []));
const serving = (set: StageSet) => [BLUE, GREEN].filter((arn) => hasWeight(set.world, set.plan, arn));
const liveSets = (set: StageSet) =>
  set.world.sets.filter((one) => one.goneAtMs === undefined).map((one) => [one.id, one.scalePercent]);

test("a good release goes through every phase and ends alone", async () => {
  const set = stageSet();
  expect(await runPhases(PHASES, set.context)).toEqual({ kind: "reached", reason: "orders:2 serves alone" });
  expect(phasesOf(set)).toEqual(PHASES);
  expect(set.written.map(short)).toEqual(FORWARD_WRITES);
  expect(serving(set)).toEqual([GREEN]);
  expect(liveSets(set)).toEqual([["ecs-svc/2", 100]]);
});

test("nothing asked for is nothing done", async () => {
  expect(await runPhases([], stageSet().context)).toMatchObject({ kind: "reached", reason: "nothing to do" });
});

test("a gate that fails rolls back in the same process, and the run says which gate and why", async () => {
  const set = stageSet({ measure: regress });
  expect(await runPhases(PHASES, set.context)).toEqual({
    kind: "rolled-back",
    gate: "errors",
    reason: "9 of 10 requests went bad",
  });
  expect(phasesOf(set)).toEqual(["stage", "verify", "promote", "rollback"]);
  expect(set.written.map(short)).toEqual([...FORWARD_WRITES.slice(0, 5), ...ROLLBACK_WRITES]);
  expect(serving(set)).toEqual([BLUE]);
  expect(liveSets(set)).toEqual([["ecs-svc/1", 100]]);
});

test("the journal has the whole story in order", async () => {
  const set = stageSet({ measure: regress });
  await runPhases(["stage", "promote"], set.context);
  const story = set.events.flatMap((event) => {
    switch (event.kind) {
      case "phase-begun":
        return [`begin ${event.phase}`];
      case "phase-ended":
        return [`end ${event.phase} ${event.outcome.kind}`];
      case "writing":
        return [short(event.write)];
      case "verdict":
      case "rolling-back":
        return [event.kind];
      default:
        return [];
    }
  });
  expect(story).toEqual([
    "begin stage",
    ...FORWARD_WRITES.slice(0, 2),
    "end stage reached",
    "begin promote",
    ...FORWARD_WRITES.slice(2, 5),
    "verdict",
    "end promote rolled-back",
    "rolling-back",
    "begin rollback",
    ...ROLLBACK_WRITES.slice(0, -2),
    "verdict",
    ...ROLLBACK_WRITES.slice(-2),
    "end rollback reached",
  ]);
});

test("smoke checks that fail take a version back that never had a user", async () => {
  const spec = { ...stageSet().plan.spec };
  const set = stageSet({
    plan: {
      spec: {
        ...spec,
        "smoke-checks": [{ method: "GET", path: "/", headers: {}, status: 200, timeout: 1_000, attempts: 1 }],
      },
    },
    measure: () => ({ kind: "regress", gate: "smoke", reason: "GET /: expected status 200, got 500" }),
  });
  expect(await runPhases(PHASES, set.context)).toMatchObject({ kind: "rolled-back", gate: "smoke" });
  expect(set.written.map(short)).not.toContain("weights blue=0 green=100");
  expect(liveSets(set)).toEqual([["ecs-svc/1", 100]]);
});

test("a cancelled phase is taken back, though its signal stays aborted", async () => {
  const set = stageSet({
    measure: (question, at) => {
      at.cancel.abort();
      return { kind: "healthy", gate: question.kind, reason: "good" };
    },
  });
  expect(await runPhases(PHASES, set.context)).toEqual({
    kind: "rolled-back",
    gate: "cancelled",
    reason: "cancelled during promote",
  });
  expect(serving(set)).toEqual([BLUE]);
});

test("cancelled while the old version is being retired, the new one stays", async () => {
  const set = stageSet({
    beforeWrite: (at, write) => {
      if (write.kind === "scale-task-set") at.cancel.abort();
    },
  });
  expect(await runPhases(PHASES, set.context)).toMatchObject({ kind: "failed" });
  expect(serving(set)).toEqual([GREEN]);
  expect(phasesOf(set)).not.toContain("rollback");
});

test("held for a person, the new version stays where it is and nothing further runs", async () => {
  const set = stageSet({
    measure: () => ({ kind: "insufficient", gate: "errors", reason: "3 requests so far" }),
  });
  expect(await runPhases(PHASES, set.context)).toMatchObject({ kind: "held" });
  expect(phasesOf(set)).toEqual(["stage", "verify", "promote"]);
  expect(serving(set)).toEqual([GREEN]);
  expect(liveSets(set)).toEqual([
    ["ecs-svc/1", 100],
    ["ecs-svc/2", 100],
  ]);
});

test("drift is left for a person to look at", async () => {
  const set = stageSet({
    measure: (question, at) => {
      at.world = meddle(at.world, at.plan, RULE, [
        { groupArn: BLUE, weight: 63 },
        { groupArn: GREEN, weight: 37 },
      ]);
      return { kind: "healthy", gate: question.kind, reason: "good" };
    },
  });
  expect(await runPhases(PHASES, set.context)).toMatchObject({ kind: "failed", error: { kind: "refused" } });
  expect(phasesOf(set)).not.toContain("rollback");
  expect(set.world.routes[0]?.weights.map(({ weight }) => weight)).toEqual([63, 37]);
});

const denyPrimary: Script["beforeWrite"] = (_set, write) => {
  if (write.kind === "set-primary") throw denied();
};

test("what AWS denies in mid-rollout is taken back, and stays the reason", async () => {
  const set = stageSet({ beforeWrite: denyPrimary });
  expect(await runPhases(PHASES, set.context)).toMatchObject({
    kind: "rolled-back",
    gate: "aws",
    reason: expect.stringContaining("AccessDeniedException"),
  });
  expect(serving(set)).toEqual([BLUE]);
});

test("what AWS denies in mid-rollout keeps its hint through the rollback", async () => {
  const outcome = await runPhases(PHASES, stageSet({ beforeWrite: denyPrimary }).context);
  expect(outcome).toMatchObject({ kind: "rolled-back", hint: "Allow ecs:CreateTaskSet." });
});

test("a rollback that fails, too, is said with both reasons", async () => {
  const set = stageSet({
    measure: regress,
    beforeWrite: (_set, write) => {
      if (write.kind === "delete-task-set") throw denied();
    },
  });
  expect(await runPhases(PHASES, set.context)).toMatchObject({
    kind: "failed",
    error: {
      kind: "aws",
      message: expect.stringMatching(
        /the release failed \(errors: 9 of 10.*and so did its rollback: .*AccessDenied/,
      ),
      hint: "Allow ecs:CreateTaskSet.",
    },
  });
  expect(serving(set)).toEqual([BLUE]);
});

test("a rollback asked for that fails is not rolled back again", async () => {
  const set = stageSet({
    beforeLook: () => {
      throw denied();
    },
  });
  expect(await runPhases(["rollback"], set.context)).toMatchObject({
    kind: "failed",
    error: { kind: "aws" },
  });
  expect(phasesOf(set)).toEqual(["rollback"]);
});

test("each phase counts its waits from its own beginning", async () => {
  const set = stageSet({ plan: { startedAtMs: 0 } });
  expect(await runPhases(PHASES, set.context)).toMatchObject({ kind: "reached" });
});

test("a cancelled job does not wait to see whether its rollback has helped", async () => {
  const asked: string[] = [];
  const set = stageSet({
    measure: (question, { cancel }) => {
      asked.push(question.kind);
      cancel.abort();
      return { kind: "healthy", gate: question.kind, reason: "0 of 500 went bad" };
    },
  });
  expect(await runPhases(["stage", "promote"], set.context)).toMatchObject({ gate: "cancelled" });
  expect(asked).not.toContain("recovery");
  const said = set.events.flatMap((event) => (event.kind === "verdict" ? [event.verdict] : []));
  expect(said).toContainEqual(expect.objectContaining({ gate: "recovery", kind: "error" }));
});
