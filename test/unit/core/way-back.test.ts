import { describe, expect, test } from "vitest";
import type { ServiceTags } from "../../../src/core/observation.ts";
import type { Infrastructure } from "../../../src/core/preflight/infrastructure.ts";
import { isRevert, type WayBackRequest, wayBack } from "../../../src/core/way-back.ts";
import { APP, infrastructure } from "./infrastructure.ts";
import { GREEN, origin } from "./world.ts";

const current: WayBackRequest = { rollout: "current", runId: "101", isNamed: false };
const byHand: WayBackRequest = { ...current, runId: undefined };
const named: WayBackRequest = { rollout: "r3", runId: "101", isNamed: false };

/** orders:3 of `rollout` serves alone; before it did orders:2, and before that orders:1. */
function finished(rollout: string | undefined, tags: ServiceTags = {}): Infrastructure {
  const taskDefinitionArn = "arn:aws:ecs:eu-west-1:111122223333:task-definition/orders:3";
  return infrastructure({
    tags: { history: ["orders:3", "orders:2", "orders:1"], ...tags },
    taskSets: [
      {
        id: "ecs-svc/3",
        status: "PRIMARY",
        targetGroupArn: GREEN,
        container: APP,
        taskDefinitionArn,
        origin: rollout === undefined ? undefined : origin({ rollout, previousTaskDefinition: "orders:2" }),
      },
    ],
  });
}

const underWay = (rollout: string, tags: ServiceTags = {}): Infrastructure =>
  infrastructure({ unfinished: [rollout], tags });

describe("while a rollout is under way", () => {
  test.each<[string, WayBackRequest, Infrastructure, object]>([
    ["it is taken back", current, underWay("r3"), { kind: "take-back", rollout: "r3", looksAgain: false }],
    [
      "and then what is named is seen to",
      { ...current, isNamed: true },
      underWay("r3"),
      { looksAgain: true },
    ],
    ["by its name, too", named, underWay("r3"), { kind: "take-back", rollout: "r3", looksAgain: false }],
    ["another one's name changes nothing of it", named, underWay("r4"), { kind: "take-back", rollout: "r3" }],
    [
      "but it goes first where something is named",
      { ...named, isNamed: true },
      underWay("r4"),
      { kind: "take-back", rollout: "r4", looksAgain: true },
    ],
    ["the run's own way back goes on", current, underWay("rollback-101"), { kind: "go-on" }],
    ["its second, too", current, underWay("rollback-101+2"), { kind: "go-on", rollout: "rollback-101+2" }],
    ["the rollout's own way back goes on", named, underWay("rollback-r3"), { kind: "go-on" }],
    ["another run's way back is joined", current, underWay("rollback-77"), { kind: "go-on" }],
    ["so it is by hand", byHand, underWay("rollback-77"), { kind: "go-on", rollout: "rollback-77" }],
    [
      "a way back is taken back by its name",
      { ...named, rollout: "rollback-77" },
      underWay("rollback-77"),
      { kind: "take-back", rollout: "rollback-77", looksAgain: false },
    ],
    [
      "the run's own way back that failed is taken back before it is tried again",
      current,
      underWay("rollback-101", { aborted: "rollback-101" }),
      { kind: "take-back", rollout: "rollback-101", looksAgain: true },
    ],
    [
      "another's that failed is taken back",
      current,
      underWay("rollback-77", { aborted: "rollback-77" }),
      { kind: "take-back", rollout: "rollback-77", looksAgain: false },
    ],
  ])("%s", (_name, request, infra, expected) => {
    expect(wayBack(request, infra)).toMatchObject(expected);
  });
});

describe("when a rollout is finished", () => {
  test.each<[string, WayBackRequest, Infrastructure, object]>([
    [
      "what served before comes back, named after the run",
      current,
      finished("r3"),
      { kind: "revert", rollout: "rollback-101", from: { taskDefinition: "orders:3", previous: "orders:2" } },
    ],
    [
      "a rollout's own name does not undo it",
      named,
      finished("r3"),
      {
        kind: "refuse",
        reason: "rollout r3 is finished and orders:3 serves; its own name takes back only what is under way",
        hint: expect.stringMatching(/orders:2.*rollout: current/),
      },
    ],
    [
      "whatever is left of it on the service",
      named,
      finished("r3", { shifted: "r3", aborted: "r2" }),
      { kind: "refuse", hint: expect.stringMatching(/^The finish phase/) },
    ],
    [
      "but what is named is released, after its name",
      { ...named, isNamed: true },
      finished("r3"),
      { kind: "revert", rollout: "rollback-r3" },
    ],
    ["or after what serves", byHand, finished("r3"), { kind: "revert", rollout: "rollback-ecs-svc/3" }],
    ["whoever made the task set", current, finished(undefined), { kind: "revert" }],
    [
      "the run's own way back is not gone behind",
      current,
      finished("rollback-101"),
      { kind: "clear", rollout: "rollback-101", again: "rollback-101+2" },
    ],
    [
      "what a way back has replaced is not gone back to",
      current,
      finished("rollback-77", { history: [] }),
      { kind: "revert", from: { taskDefinition: "orders:3", previous: undefined } },
    ],
    [
      "a finished rollout without a record knows what it replaced",
      current,
      finished("r3", { history: [] }),
      { kind: "revert", from: { previous: "orders:2" } },
    ],
    ["another run goes behind it", current, finished("rollback-77"), { kind: "revert" }],
    ["the rollout's own way back is not gone behind", named, finished("rollback-r3"), { kind: "clear" }],
    [
      "a rollout that does not serve is only cleared up",
      named,
      finished("r4"),
      { kind: "take-back", rollout: "r3" },
    ],
    ["unless something is named", { ...named, isNamed: true }, finished("r4"), { kind: "revert" }],
    [
      "a run that has had its rollback is done",
      current,
      finished("r3", { rolledBackBy: ["101"] }),
      { kind: "done" },
    ],
    ["another is not", current, finished("r3", { rolledBackBy: ["99", "77"] }), { kind: "revert" }],
    [
      "one whose way back was taken back tries again, by another name",
      current,
      finished("r3", { rolledBackBy: ["101"], aborted: "rollback-101" }),
      { kind: "revert", rollout: "rollback-101+2" },
    ],
    [
      "and again",
      current,
      finished("r3", { aborted: "rollback-101+2" }),
      { kind: "revert", rollout: "rollback-101+3" },
    ],
    [
      "an earlier rollout that was taken back is not in the way",
      current,
      finished("r3", { aborted: "r2" }),
      { kind: "revert", rollout: "rollback-101" },
    ],
    [
      "what is left of a rollout under way is cleared up first",
      current,
      finished("r3", { shifted: "r4", aborted: "r4" }),
      { kind: "take-back", rollout: "r4", looksAgain: false },
    ],
    [
      "what is left of the finished one is not in the way",
      current,
      finished("r3", { shifted: "r3" }),
      { kind: "revert" },
    ],
  ])("%s", (_name, request, infra, expected) => {
    expect(wayBack(request, infra)).toMatchObject(expected);
  });
});

describe("of an empty service", () => {
  const leaving = infrastructure().taskSets.map((set) => ({
    ...set,
    status: "DRAINING",
    origin: origin({ rollout: "r3", replaces: "none" }),
  }));
  const empty = (tags: ServiceTags = {}, taskSets: Infrastructure["taskSets"] = []): Infrastructure =>
    infrastructure({ taskSets, tags });
  const takeBack = { kind: "take-back", rollout: "r3", looksAgain: false };
  const nothing = { kind: "refuse", reason: expect.stringMatching(/no task set.*nothing to roll back to/) };

  test.each<[string, WayBackRequest, Infrastructure, object]>([
    ["nothing is taken back where nothing was", current, empty(), nothing],
    ["nor by a name that nobody knows", named, empty({ aborted: "r2", shifted: "r2" }), nothing],
    ["a first deployment that is leaving is", current, empty({}, leaving), takeBack],
    ["and so are the tags that it left", current, empty({ shifted: "r3", aborted: "r3" }), takeBack],
    ["by its name, any number of times", named, empty({ aborted: "r3" }), takeBack],
    ["nothing is left of it for whatever is current", byHand, empty({ aborted: "r3" }), nothing],
    [
      "the run that deleted it has what it asked for",
      current,
      empty({ aborted: "r3", rolledBackBy: ["101"] }),
      { kind: "done" },
    ],
    [
      "it cannot be released to by a rollback",
      { ...named, isNamed: true },
      empty({ aborted: "r3" }),
      nothing,
    ],
  ])("%s", (_name, request, infra, expected) => {
    expect(wayBack(request, infra)).toMatchObject(expected);
  });
});

test("task sets that stand side by side are not told apart", () => {
  const [set] = finished("r3").taskSets;
  const infra = { ...finished("r3"), taskSets: [set, set].filter((found) => found !== undefined) };
  expect(wayBack(current, infra)).toMatchObject({ kind: "refuse" });
  expect(wayBack(named, infra)).toMatchObject({ kind: "take-back", rollout: "r3" });
});

test("a rollout's name says that it is a way back", () => {
  expect(isRevert("rollback-101")).toBe(true);
  expect(isRevert("101")).toBe(false);
});
