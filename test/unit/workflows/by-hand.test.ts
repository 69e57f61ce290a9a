import { describe, expect, test } from "vitest";
import { readWorkflow } from "./files.ts";
import { type Fate, runJobs } from "./job-graph.ts";

const ROLE = { "role-to-assume": "arn:aws:iam::111122223333:role/orders-release" };
const LOST: Fate = { result: "failure", outputs: undefined };
const SEEN: Fate = { outputs: { outcome: "held", rollout: "8001" } };

describe("promote", () => {
  const workflow = readWorkflow(".github/workflows/promote.yml");
  const run = (fates: Record<string, Fate>) => runJobs(workflow, ROLE, { look: SEEN, ...fates });

  test("promotes and finishes the release that it saw", () => {
    const { jobs, inputs } = run({});
    expect(Object.keys(jobs)).toEqual(["look", "promote", "finish", "report"]);
    expect(inputs.look).toMatchObject({ rollout: "current" });
    expect(inputs.promote).toMatchObject({ rollout: "8001", reason: "none given" });
    expect(inputs.finish).toMatchObject({ rollout: "8001" });
  });

  test.each([
    ["failed", { result: "failure" } as const],
    ["lost its runner", LOST],
    ["was cancelled", { cancels: "during" } as const],
  ])("a promotion that %s is taken back by its name, whatever is current then", (_, fate) => {
    const { jobs, inputs } = run({ promote: fate });
    expect(Object.keys(jobs)).toEqual(["look", "promote", "rollback", "report"]);
    expect(inputs.rollback).toMatchObject({ rollout: "8001" });
  });

  test("where nothing is held, or the run is cancelled before the promotion, nothing is rolled back", () => {
    expect(Object.keys(run({ look: LOST }).jobs)).toEqual(["look", "report"]);
    expect(Object.keys(run({ look: { ...SEEN, cancels: "after" } }).jobs)).toEqual(["look", "report"]);
  });

  test("a promotion that is held is not finished, and a finish that fails takes nothing back", () => {
    expect(Object.keys(run({ promote: { outputs: { outcome: "held" } } }).jobs)).toEqual([
      "look",
      "promote",
      "report",
    ]);
    expect(Object.keys(run({ finish: LOST }).jobs)).toEqual(["look", "promote", "finish", "report"]);
  });
});

test("a rollback is one job, and its report is told which run it rolled back", () => {
  const workflow = readWorkflow(".github/workflows/rollback.yml");
  const asked = { ...ROLE, to: "orders:12", gates: true, reason: "checkout fails" };
  const { jobs, inputs } = runJobs(workflow, asked, { rollback: { outputs: { "earlier-run": "7001" } } });
  expect(Object.keys(jobs)).toEqual(["rollback", "report"]);
  expect(inputs.rollback).toMatchObject({
    rollout: "current",
    to: "orders:12",
    gates: "true",
    reason: "checkout fails",
  });
  expect(inputs.report).toMatchObject({ "earlier-run": "7001" });
});
