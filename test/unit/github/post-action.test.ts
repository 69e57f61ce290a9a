import { describe, expect, test } from "vitest";
import type { ErrorKind } from "../../../src/core/errors.ts";
import { postAction } from "../../../src/github/post-action.ts";
import type { Progress, SavedState } from "../../../src/github/state.ts";
import type { Phase } from "../../../src/phases/run.ts";
import { plan } from "../core/world.ts";

function stateOf(
  phase: Phase,
  progress: Partial<Progress> = {},
  rollout = phase === "watch" ? "77" : "current",
): SavedState {
  return {
    request: {
      phase,
      spec: plan().spec,
      rollout,
      region: undefined,
      to: undefined,
      gates: false,
      runId: "77",
      roleArn: undefined,
      journalPath: "/tmp/journal.jsonl",
      environment: undefined,
      environmentUrl: undefined,
    },
    progress: { rollout: "77", ...progress },
  };
}

const failed = (error: ErrorKind): Partial<Progress> => ({ ended: { outcome: "failed", error } });
const reached: Partial<Progress> = { ended: { outcome: "reached" } };
const held: Partial<Progress> = { ended: { outcome: "held" } };
const rolledBack: Partial<Progress> = { ended: { outcome: "rolled-back" } };

test("a step that had begun nothing", () => {
  expect(postAction(undefined).kind).toBe("nothing");
});

describe.each<Phase>(["stage", "verify", "shift", "promote", "rollout"])("%s", (phase) => {
  test.each<[string, Partial<Progress>]>([
    ["was killed", {}],
    ["was killed after it was told to stop", { cancelledAtMs: 1, isRollingBack: true }],
    ["reached its target, and the job failed later", reached],
    ["was held, and the job was cancelled later", held],
    ...(["aws", "transient", "internal", "deadline", "release"] as const).map(
      (kind): [string, Partial<Progress>] => [`failed to roll back: ${kind}`, failed(kind)],
    ),
  ])("%s: taken back by its name", (_when, progress) => {
    expect(postAction(stateOf(phase, progress))).toMatchObject({ kind: "take-back", rollout: "77" });
  });

  test.each<[string, Partial<Progress>]>([
    ["it rolled back itself", rolledBack],
    ["it was refused", failed("refused")],
    ["the configuration was wrong", failed("configuration")],
    ["finish had begun", { isFinishing: true }],
    ["finish had failed", { isFinishing: true, ...failed("aws") }],
    ["it was finished", { isFinishing: true, ...reached }],
  ])("%s: nothing", (_when, progress) => {
    expect(postAction(stateOf(phase, progress)).kind).toBe("nothing");
  });
});

test.each<[string, Phase, Partial<Progress>, "nothing" | "take-back" | "again"]>([
  ["finish was killed", "finish", { isFinishing: true }, "nothing"],
  ["finish reached its end", "finish", { isFinishing: true, ...reached }, "nothing"],
  ["a watch was killed", "watch", {}, "take-back"],
  ["a watch had ended well", "watch", reached, "nothing"],
  ["nobody watches from here on", "watch", held, "nothing"],
  ["a watch took it back", "watch", rolledBack, "nothing"],
  ["a watch failed to take it back", "watch", { isRollingBack: true, ...failed("aws") }, "take-back"],
  ["a sweep was killed while it looked", "sweep", {}, "nothing"],
  ["a sweep could not look", "sweep", failed("aws"), "nothing"],
  ["a sweep had seen nothing wrong", "sweep", reached, "nothing"],
  ["a sweep was killed while it took back", "sweep", { isRollingBack: true }, "take-back"],
  ["a sweep failed to take back", "sweep", { isRollingBack: true, ...failed("transient") }, "take-back"],
  ["a sweep took back", "sweep", { isRollingBack: true, ...rolledBack }, "nothing"],
  ["a rollback was killed", "rollback", {}, "again"],
  ["a rollback was killed while it finished", "rollback", { isFinishing: true }, "again"],
  ["a rollback was cancelled", "rollback", { cancelledAtMs: 1, ...failed("refused") }, "again"],
  ["a rollback failed", "rollback", failed("deadline"), "again"],
  ["a rollback was refused", "rollback", failed("refused"), "nothing"],
  ["a rollback was told nonsense", "rollback", failed("configuration"), "nothing"],
  ["a rollback reached its end", "rollback", reached, "nothing"],
  ["a release back was taken back", "rollback", { cancelledAtMs: 1, ...rolledBack }, "nothing"],
])("%s", (_when, phase, progress, kind) => {
  expect(postAction(stateOf(phase, progress)).kind).toBe(kind);
});

test.each<[string, Partial<Progress>, "nothing" | "take-back"]>([
  ["was killed", {}, "nothing"],
  ["could not look", failed("aws"), "nothing"],
  ["was killed while it took that back", { isRollingBack: true }, "take-back"],
])("a watch of whichever rollout is current %s", (_when, progress, kind) => {
  expect(postAction(stateOf("watch", progress, "current")).kind).toBe(kind);
});
