import { describe, expect, test } from "vitest";
import { busiest, countCalls, renderCalls } from "../../../bench/calls.ts";
import { callOf, lookAt } from "./calls-of.ts";

const write = { write: true };
const plan = [
  callOf("DescribeServices", 0, 5),
  callOf("DescribeTaskSets", 6, 9),
  callOf("DescribeLoadBalancers", 6, 9),
];
const weight = (atMs: number) => [
  callOf("DescribeRules", atMs, atMs + 5),
  callOf("ModifyRule", atMs + 6, atMs + 9, write),
];
const staging = [
  callOf("DescribeServices", 130, 132),
  callOf("DescribeTaskSets", 133, 135),
  callOf("DescribeTaskDefinition", 136, 137),
  callOf("CreateTaskSet", 138, 139, write),
];

describe("countCalls", () => {
  test("a plain look is the budget and the routes' rules", () => {
    const count = countCalls([...plan, ...lookAt(100), ...lookAt(2100)], 50);
    expect(count).toMatchObject({ calls: 13, writes: 0, looks: 2, callsPerLook: 5, budgetedPerLook: 4 });
  });

  test("what the plan reads, what belongs to a write, and evidence are no part of a look", () => {
    const evidence = callOf("GetMetricData", 2200, 2210);
    const count = countCalls(
      [...plan, ...lookAt(100), ...staging, ...lookAt(2100), ...weight(2130), evidence],
      50,
    );
    expect(count).toMatchObject({ calls: 20, writes: 2, looks: 2, callsPerLook: 5, budgetedPerLook: 4 });
  });

  test("one read too many in a look shows", () => {
    const count = countCalls([...lookAt(100), callOf("DescribeServices", 130, 140), ...lookAt(2100)], 50);
    expect(count).toMatchObject({ callsPerLook: 5.5, budgetedPerLook: 4.5 });
  });

  test("every operation is there by name, with the calls of the whole rollout", () => {
    const { operations } = countCalls([...plan, ...lookAt(100), ...weight(150)], 50);
    expect(operations).toEqual([
      { operation: "DescribeLoadBalancers", write: false, calls: 1, inLooks: 0 },
      { operation: "DescribeRules", write: false, calls: 2, inLooks: 1 },
      { operation: "DescribeServices", write: false, calls: 2, inLooks: 1 },
      { operation: "DescribeTargetHealth", write: false, calls: 2, inLooks: 2 },
      { operation: "DescribeTaskSets", write: false, calls: 2, inLooks: 1 },
      { operation: "ModifyRule", write: true, calls: 1, inLooks: 0 },
    ]);
  });

  test("a rollout that never looked is an error", () => {
    expect(() => countCalls(plan, 50)).toThrow("never looked");
  });
});

describe("busiest", () => {
  const at = (...times: readonly number[]) => times.map((ms) => callOf("DescribeRules", ms, ms + 1));

  test.each([
    ["nothing", at(), 0],
    ["one", at(5), 1],
    ["begins in any order", at(300, 0, 100, 200), 4],
    ["a window's end is outside it", at(0, 1000), 1],
    ["the middle is the busiest", at(0, 2000, 2100, 2999, 5000), 3],
  ])("%s", (_name, calls, most) => {
    expect(busiest(calls, 1000)).toBe(most);
  });
});

test("the table has a row for each operation and one for all", () => {
  const table = renderCalls(countCalls([...lookAt(100), ...weight(150)], 50));
  const rows = table.split("\n").map((line) =>
    line
      .split("|")
      .map((cell) => cell.trim())
      .slice(1, -1),
  );
  expect(rows).toContainEqual(["DescribeTargetHealth", "2", "2.00", "2"]);
  expect(rows).toContainEqual(["DescribeRules", "2", "1.00", "–"]);
  expect(rows).toContainEqual(["ModifyRule", "1", "write", "–"]);
  expect(rows.at(-1)).toEqual(["all", "7", "5.00", "4"]);
});
