import { describe, expect, test } from "vitest";
import type { ServiceView, TaskSetView } from "../../../../sandbox/ecs/view.ts";
import { replacedBy, roleOf, rolloutOf } from "../../../../sandbox/monitor/roles.ts";

const set = (id: string, status: string, tags: Readonly<Record<string, string>> = {}): TaskSetView => ({
  id,
  arn: `arn:${id}`,
  taskDefinitionArn: "orders:1",
  targetGroupArn: "blue",
  status,
  scalePercent: 100,
  computedDesiredCount: 4,
  steady: true,
  createdAtMs: 0,
  tags,
  tasks: [],
});

const replaces = (id: string) => ({ "sluice:replaces": id });

const service = (taskSets: readonly TaskSetView[]): ServiceView => ({
  arn: "orders",
  name: "orders",
  cluster: "shop",
  controller: "EXTERNAL",
  status: "ACTIVE",
  desiredCount: 4,
  tags: {},
  taskSets,
});

describe("who is stable and who is new", () => {
  test.each<[string, readonly TaskSetView[], readonly string[]]>([
    ["one set that is PRIMARY", [set("a", "PRIMARY")], ["a stable"]],
    ["one set that is not", [set("a", "ACTIVE")], ["a stable"]],
    [
      "a tagged set",
      [set("a", "PRIMARY"), set("b", "ACTIVE", replaces("a"))],
      ["a stable", "b new, replaces a"],
    ],
    [
      "a tag that gives the ARN",
      [set("a", "PRIMARY"), set("b", "ACTIVE", replaces("arn:a"))],
      ["a stable", "b new, replaces a"],
    ],
    [
      "promoted before the old one is gone",
      [set("a", "ACTIVE"), set("b", "PRIMARY", replaces("a"))],
      ["a stable", "b new, replaces a"],
    ],
    ["after the old one is gone", [set("b", "PRIMARY", replaces("a"))], ["b stable"]],
    [
      "the next one comes before the oldest is gone",
      [set("a", "DRAINING"), set("b", "PRIMARY", replaces("a")), set("c", "ACTIVE", replaces("b"))],
      ["a stable", "b stable, replaces a", "c new, replaces b"],
    ],
    [
      "the next one has been given up",
      [set("a", "PRIMARY"), set("b", "DRAINING", replaces("a"))],
      ["a stable", "b new, replaces a"],
    ],
    [
      "no tags: what is not PRIMARY",
      [set("a", "PRIMARY"), set("b", "ACTIVE"), set("c", "DRAINING")],
      ["a stable", "b new, replaces a", "c stable"],
    ],
    ["no tags and no PRIMARY", [set("a", "ACTIVE"), set("b", "ACTIVE")], ["a stable", "b stable"]],
  ])("%s", (_what, taskSets, expected) => {
    const view = service(taskSets);
    const roles = taskSets.map((taskSet) => {
      const replaced = replacedBy(view, taskSet);
      return `${taskSet.id} ${roleOf(view, taskSet)}${replaced === undefined ? "" : `, replaces ${replaced}`}`;
    });
    expect(roles).toEqual(expected);
  });

  test("a rollout is named by its tag, or by the set", () => {
    expect(rolloutOf(set("a", "ACTIVE", { "sluice:rollout": "r1" }))).toBe("r1");
    expect(rolloutOf(set("a", "ACTIVE"))).toBe("a");
  });
});
