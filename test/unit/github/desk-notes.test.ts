import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { mayFollow } from "../../../src/github/desk/deployments.ts";
import { askedBy } from "../../../src/github/desk/for-job.ts";
import { notesOf } from "../../../src/github/desk/notes.ts";
import type { Inputs } from "../../../src/github/inputs.ts";
import { plan } from "../core/world.ts";
import { asLines, journalOf, reached } from "./desk-world.ts";

const held: Outcome = { kind: "held", reason: "somebody has to approve" };
const failed: Outcome = { kind: "failed", error: new SluiceError("aws", "AWS denies it") };
const regressed: Outcome = { kind: "rolled-back", gate: "errors", reason: "too many" };

/** What a job leaves, as "rollout state text". */
function left(lines: Parameters<typeof notesOf>[0], phase: string, outcome: Outcome): readonly string[] {
  const notes = notesOf(lines, { phase, outcome, asked: { by: "octocat" } });
  return notes.map(({ plan, state, text, from }) => `${plan.rollout} ${state} (${from}) ${text}`);
}

describe("what a job leaves on Deployments", () => {
  test.each<[string, Parameters<typeof left>, readonly string[]]>([
    ["nothing planned", [[], "stage", failed], []],
    [
      "staged",
      [journalOf(plan(), ["stage", reached]), "stage", reached],
      ["run-2 in_progress (rollout) stage: done"],
    ],
    [
      "held",
      [journalOf(plan(), ["shift", held]), "shift", held],
      ["run-2 in_progress (rollout) shift: somebody has to approve"],
    ],
    [
      "failed",
      [journalOf(plan(), ["stage", failed]), "stage", failed],
      ["run-2 error (rollout) AWS denies it"],
    ],
    [
      "promoted, though what followed failed",
      [journalOf(plan(), ["promote", reached], ["finish", failed]), "rollout", failed],
      ["run-2 success (rollout) orders:2"],
    ],
    ["finished", [journalOf(plan(), ["finish", reached]), "finish", reached], []],
    ["not finished", [journalOf(plan(), ["finish", failed]), "finish", failed], []],
    ["watched", [journalOf(plan(), ["watch", held]), "watch", held], []],
    ["looked after", [journalOf(plan(), ["sweep", reached]), "sweep", reached], []],
    [
      "taken back by a sweep",
      [journalOf(plan(), ["sweep", regressed], ["rollback", reached]), "sweep", regressed],
      ["run-2 failure (back) rolled back, by octocat"],
    ],
    [
      "half taken back",
      [journalOf(plan(), ["watch", regressed], ["rollback", failed]), "watch", failed],
      ["run-2 error (back) half taken back: AWS denies it"],
    ],
  ])("%s", (_name, job, notes) => {
    expect(left(...job)).toEqual(notes);
  });

  test("a rollback of two rounds: what was under way is taken back, then another version is released", () => {
    const back = plan({ rollout: "rollback-77", release: { source: { kind: "staged" } } });
    const first = journalOf(plan(), ["rollback", reached]);
    const second = journalOf(back, ["stage", reached], ["promote", reached]);
    expect(left([...first, ...second], "rollback", reached)).toEqual([
      "run-2 failure (back) rolled back, by octocat",
      "rollback-77 success (rollout) orders, by octocat",
    ]);
    const stuck = journalOf(back, ["stage", failed]);
    expect(left([...first, ...stuck], "rollback", failed)).toEqual([
      "run-2 failure (back) rolled back, by octocat",
      "rollback-77 error (rollout) AWS denies it",
    ]);
  });

  test("the gate that took it back is named", () => {
    const lines = [
      ...journalOf(plan(), ["shift", regressed]),
      ...asLines([{ kind: "rolling-back", gate: "errors", reason: "too many" }]),
      ...journalOf(plan(), ["rollback", reached]).slice(1),
    ];
    expect(left(lines, "shift", regressed)).toEqual([
      "run-2 failure (rollout) rolled back (errors): too many",
    ]);
  });
});

test("what has come to its end stays", () => {
  const states = [undefined, "in_progress", "error", "success", "failure", "inactive"] as const;
  const over = (
    ...note: readonly [Parameters<typeof mayFollow>[0]["state"], Parameters<typeof mayFollow>[0]["from"]]
  ) => states.filter((latest) => mayFollow({ state: note[0], from: note[1] }, latest));
  expect(over("in_progress", "opening")).toEqual([undefined, "error"]);
  expect(over("in_progress", "rollout")).toEqual([undefined, "in_progress", "error"]);
  expect(over("success", "rollout")).toEqual([undefined, "in_progress", "error", "failure", "inactive"]);
  expect(over("failure", "back")).toEqual([undefined, "in_progress", "error", "success", "inactive"]);
  expect(over("error", "rollout")).toEqual([undefined, "in_progress", "error"]);
  expect(over("error", "back")).toEqual([undefined, "in_progress", "error", "success"]);
});

describe("who asked for a job by hand", () => {
  const runner = { GITHUB_EVENT_NAME: "workflow_dispatch", GITHUB_ACTOR: "octocat" };
  const inputs = (more: Partial<Inputs>) => ({ phase: "rollback", rollout: "4711", ...more }) as Inputs;

  test.each<[string, Partial<Inputs>, object, object | undefined]>([
    ["of the current rollout", { rollout: "current" }, runner, { by: "octocat" }],
    ["with a reason", { reason: "slow" }, runner, { by: "octocat", reason: "slow" }],
    ["with a version to go back to", { to: "orders:1" }, runner, { by: "octocat" }],
    [
      "whoever ran it again",
      { to: "orders:1" },
      { ...runner, GITHUB_TRIGGERING_ACTOR: "hubot" },
      { by: "hubot" },
    ],
    ["nobody: a dispatched release takes itself back", {}, runner, undefined],
    ["nobody: a push", { rollout: "current" }, { ...runner, GITHUB_EVENT_NAME: "push" }, undefined],
  ])("%s", (_name, more, environment, asked) => {
    expect(askedBy(inputs(more), environment as typeof runner)).toEqual(asked);
  });
});
