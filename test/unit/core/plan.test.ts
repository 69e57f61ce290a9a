import { describe, expect, test } from "vitest";
import { imageTag, otherGroup, recordedPlan } from "../../../src/core/plan.ts";
import { BLUE, GREEN, plan, THIRD } from "./world.ts";

test.each([
  ["registry/orders:2", "2"],
  ["registry:5000/orders:2.1-rc.1", "2.1-rc.1"],
  ["registry:5000/orders", "latest"],
  ["orders", "latest"],
  ["registry/orders@sha256:abc", "sha256:abc"],
  ["registry/orders:2@sha256:abc", "2"],
  ["", "latest"],
])("the tag of %j is %s", (image, tag) => {
  expect(imageTag(image)).toBe(tag);
});

test.each([
  [BLUE, GREEN],
  [GREEN, BLUE],
  [THIRD, BLUE],
  [undefined, BLUE],
])("the group that %s is not", (group, other) => {
  expect(otherGroup(plan(), group)).toBe(other);
});

describe("a plan as the journal has it", () => {
  test("tells of a task definition from a file its family, and nothing of its environment", () => {
    const environment = [{ name: "DATABASE_PASSWORD", value: "hunter2" }];
    const definition = { family: "orders", containerDefinitions: [{ name: "app", environment }] };
    const given = plan({
      release: { source: { kind: "definition", definition, image: "orders:2" }, commit: "abc" },
    });
    const source = { kind: "definition", definition: { family: "orders" }, image: "orders:2" };
    expect(recordedPlan(given)).toEqual({ ...given, release: { source, commit: "abc" } });
  });

  test("is whole for any other release", () => {
    expect(recordedPlan(plan())).toEqual(plan());
  });
});
