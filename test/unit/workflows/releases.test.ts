import { describe, expect, test } from "vitest";
import { readWorkflow } from "./files.ts";
import { type Fate, type Result, runJobs } from "./job-graph.ts";

const canary = readWorkflow(".github/workflows/canary.yml");
const blueGreen = readWorkflow(".github/workflows/blue-green.yml");
const rolling = readWorkflow(".github/workflows/rolling.yml");

const ROLE = { "role-to-assume": "arn:aws:iam::111122223333:role/orders-release" };
const ASKS = { ...ROLE, "approval-environment": "production-approval" };
const AUTOMATIC = { ...ROLE, "promote-automatically": true };

const HELD: Fate = { outputs: { outcome: "held", "waits-for": "approval" } };
const LACKING: Fate = { outputs: { outcome: "held", "waits-for": "evidence" } };
const ROLLED_BACK: Fate = { result: "failure", outputs: { outcome: "rolled-back" } };
const LOST: Fate = { result: "failure", outputs: undefined };
/** Also of a job that failed after its action had reached its end. */
const REJECTED: Fate = { result: "failure" };
/** GitHub calls a job so whose time is over, too; the run goes on. */
const TIMED_OUT: Fate = { result: "cancelled", outputs: undefined };
const DURING: Fate = { cancels: "during" };
const AFTER: Fate = { cancels: "after" };

/** What plan says of the spec's approve steps. */
const steps = (count: number, promotion = false): Fate => ({
  outputs: { "approve-steps": String(count), "approve-promotion": String(promotion) },
});

const STAGED = ["plan", "stage", "verify"];
const PROMOTED = ["promote", "finish", "report"];

/** All succeed but those named with another result. */
function expected(
  ids: readonly string[],
  others: Readonly<Record<string, Result>> = {},
): Record<string, Result> {
  return Object.fromEntries(ids.map((id) => [id, others[id] ?? "success"]));
}

describe("canary", () => {
  const run = (inputs: Record<string, string | boolean>, fates: Record<string, Fate>) =>
    runJobs(canary, inputs, { plan: steps(0), ...fates });

  test("promotes by itself where it may", () => {
    const { jobs } = run(AUTOMATIC, {});
    expect(jobs).toEqual(expected([...STAGED, "shift", ...PROMOTED]));
  });

  test("asks before the promotion, and watches meanwhile", () => {
    const { jobs } = run(ASKS, {});
    expect(jobs).toEqual(expected([...STAGED, "shift", "approve", "watch", ...PROMOTED]));
  });

  test("without anybody to ask it ends held before the promotion, and is not taken back", () => {
    expect(run(ROLE, {}).jobs).toEqual(expected([...STAGED, "shift", "report"]));
  });

  test.each([1, 2, 3])(
    "asks at each of %i approve steps, and tells each shift how many were let pass",
    (count) => {
      const numbers = Array.from({ length: count }, (_, index) => index + 1);
      const shifts = numbers.map((number) => (number === 1 ? "shift" : `shift-${number}`));
      const { jobs, inputs } = run(ASKS, {
        plan: steps(count),
        ...Object.fromEntries(shifts.map((id) => [id, HELD])),
      });
      const asked = numbers.flatMap((number) => [
        `approve-${number}`,
        `watch-${number}`,
        `shift-${number + 1}`,
      ]);
      expect(jobs).toEqual(expected([...STAGED, "shift", ...asked, "approve", "watch", ...PROMOTED]));
      expect(inputs.shift?.approvals ?? "0").toBe("0");
      for (const number of numbers) {
        expect(inputs[`shift-${number + 1}`]?.approvals).toBe(String(number));
        expect(inputs[`watch-${number}`]?.approvals).toBe(String(number - 1));
      }
      expect(inputs.watch?.approvals).toBe(String(count));
    },
  );

  test("at an approve step without anybody to ask it ends held", () => {
    expect(run(AUTOMATIC, { plan: steps(1), shift: HELD }).jobs).toEqual(
      expected([...STAGED, "shift", "report"]),
    );
  });

  test("asks once where the last step is an approve step, even where it would promote by itself", () => {
    const fates = { plan: steps(1, true), shift: HELD, "shift-2": HELD };
    const asked = expected([
      ...STAGED,
      "shift",
      "approve-1",
      "watch-1",
      "shift-2",
      "approve",
      "watch",
      ...PROMOTED,
    ]);
    expect(run(ASKS, fates).jobs).toEqual(asked);
    expect(run({ ...ASKS, ...AUTOMATIC }, fates).jobs).toEqual(asked);
  });

  test("an approve step right before the promotion holds a release that would promote by itself", () => {
    const fates = { plan: steps(0, true), shift: HELD };
    expect(run(AUTOMATIC, fates).jobs).toEqual(expected([...STAGED, "shift", "report"]));
  });

  test("with people for its approve steps only, it promotes by itself", () => {
    const fates = { plan: steps(1), shift: HELD };
    const asked = [...STAGED, "shift", "approve-1", "watch-1", "shift-2"];
    expect(run({ ...ASKS, ...AUTOMATIC }, fates).jobs).toEqual(expected([...asked, ...PROMOTED]));
  });

  test("held for want of evidence it asks nobody, promotes nothing, and is not taken back", () => {
    for (const plan of [steps(0), steps(1), steps(1, true), steps(3)])
      for (const inputs of [ASKS, AUTOMATIC])
        expect(run(inputs, { plan, shift: LACKING }).jobs).toEqual(expected([...STAGED, "shift", "report"]));
  });

  test("a promotion that is held is neither finished nor taken back", () => {
    const { jobs } = run(AUTOMATIC, { promote: HELD });
    expect(jobs).toEqual(expected([...STAGED, "shift", "promote", "report"]));
  });

  test("a plan that fails ends it before anything is written", () => {
    expect(run(ASKS, { plan: LOST }).jobs).toEqual({ plan: "failure", report: "success" });
  });

  const ALL = [...STAGED, "shift", "approve-1", "shift-2", "approve", "promote"];
  const WATCHED: Readonly<Record<string, readonly string[]>> = {
    "approve-1": ["watch-1"],
    approve: ["watch"],
  };

  describe.each([
    ["a gate", ROLLED_BACK],
    ["a lost runner", LOST],
    ["a time limit", TIMED_OUT],
    ["a failure afterwards", REJECTED],
    ["a cancelled run", DURING],
  ])("%s", (_, fate) => {
    test.each(ALL.slice(1))("in %s has the release taken back", (id) => {
      const { jobs } = run(ASKS, { plan: steps(1), shift: HELD, [id]: fate });
      const before = ALL.slice(0, ALL.indexOf(id) + 1).flatMap((ran) => [ran, ...(WATCHED[ran] ?? [])]);
      const ran = fate === DURING ? before.filter((job) => job in jobs) : before;
      expect(Object.keys(jobs).sort()).toEqual([...ran, "rollback", "report"].sort());
      const result = fate === DURING ? "cancelled" : fate.result;
      expect(jobs).toMatchObject({ [id]: result, rollback: "success" });
    });
  });

  test.each(ALL.slice(1, -1))("a run cancelled right after %s has the release taken back", (id) => {
    const { jobs } = run(ASKS, { plan: steps(1), shift: HELD, [id]: AFTER });
    expect(jobs).not.toHaveProperty("promote");
    expect(jobs).toMatchObject({ [id]: "success", rollback: "success", report: "success" });
  });

  test("a rejection has the release taken back, and nothing goes on", () => {
    const { jobs } = run(ASKS, { plan: steps(1), shift: HELD, "approve-1": REJECTED });
    const ran = [...STAGED, "shift", "approve-1", "watch-1", "rollback", "report"];
    expect(jobs).toEqual(expected(ran, { "approve-1": "failure" }));
  });

  test.each(["watch-1", "watch"])(
    "a %s that lost its runner does not keep an approved release from going on",
    (id) => {
      const { jobs } = run(ASKS, { plan: steps(1), shift: HELD, [id]: LOST });
      const asked = ["approve-1", "watch-1", "shift-2", "approve", "watch"];
      expect(jobs).toEqual(expected([...STAGED, "shift", ...asked, ...PROMOTED], { [id]: "failure" }));
    },
  );

  test("what is approved after the watch took it back refuses, and the run rolls back", () => {
    const { jobs } = run(ASKS, { watch: ROLLED_BACK, promote: { result: "failure" } });
    expect(jobs).toMatchObject({ watch: "failure", promote: "failure", rollback: "success" });
    expect(jobs).not.toHaveProperty("finish");
  });

  test.each([
    ["fails", LOST],
    ["is cancelled", DURING],
  ])("a finish that %s takes no promoted release back", (_, fate) => {
    const { jobs } = run(AUTOMATIC, { finish: fate });
    expect(jobs).toHaveProperty("finish");
    expect(jobs).not.toHaveProperty("rollback");
  });

  test("the rollback is given nothing that another job has to say", () => {
    const { inputs } = run(ASKS, { stage: LOST });
    expect(inputs.rollback).toMatchObject({ spec: "sluice.yml", environment: "production", ...ROLE });
    expect(inputs.rollback).not.toHaveProperty("rollout");
  });
});

describe.each([
  ["blue-green", blueGreen, STAGED],
  ["rolling", rolling, [...STAGED, "shift"]],
] as const)("%s", (_, workflow, before) => {
  const run = (inputs: Record<string, string | boolean>, fates: Record<string, Fate>) =>
    runJobs(workflow, inputs, fates).jobs;
  const last = before.at(-1) ?? "";

  test("promotes by itself, asks, or ends held", () => {
    expect(run(AUTOMATIC, {})).toEqual(expected([...before, ...PROMOTED]));
    expect(run(ASKS, {})).toEqual(expected([...before, "approve", "watch", ...PROMOTED]));
    expect(run(ROLE, {})).toEqual(expected([...before, "report"]));
  });

  test("held for want of evidence nothing goes on", () => {
    if (last !== "shift") return;
    for (const inputs of [ASKS, AUTOMATIC, ROLE]) {
      expect(run(inputs, { shift: LACKING })).toEqual(expected([...before, "report"]));
    }
  });

  test.each([...before.slice(1), "approve", "promote"])("is taken back after %s failed", (id) => {
    for (const fate of [ROLLED_BACK, LOST, TIMED_OUT, REJECTED, DURING]) {
      for (const inputs of id === "approve" ? [ASKS] : [ASKS, AUTOMATIC]) {
        const jobs = run(inputs, { [id]: fate });
        expect(jobs).toMatchObject({ rollback: "success", report: "success" });
        expect(jobs.promote).not.toBe("success");
        expect(jobs).not.toHaveProperty("finish");
      }
    }
  });

  test.each(before.slice(1))("is taken back where the run was cancelled right after %s", (id) => {
    const jobs = run(ASKS, { [id]: AFTER });
    expect(jobs).toMatchObject({ [id]: "success", rollback: "success" });
    expect(jobs).not.toHaveProperty("promote");
  });

  test("a finish that fails takes nothing back, and a held promotion is not finished", () => {
    expect(run(AUTOMATIC, { finish: LOST })).not.toHaveProperty("rollback");
    expect(run(AUTOMATIC, { promote: HELD })).toEqual(expected([...before, "promote", "report"]));
  });
});
