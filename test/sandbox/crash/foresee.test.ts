import { afterEach, describe, expect, test } from "vitest";
import { type Foreseen, foresee } from "../../../src/core/foresee.ts";
import { isWrite, type Write } from "../../../src/core/moves.ts";
import type { Observation } from "../../../src/core/observation.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { phasesOf } from "../../../src/phases/rollout.ts";
import { type Ended, runPhase, writesOf } from "./phases.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** What is foreseen before a rollout's first write is what the rollout then writes, in the same order. */

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ requestsPerSecond: 100, ...options });
  return world;
}

/** What the first look of a run showed, and what it went by. */
function beginningOf({ lines }: Ended): { plan: Plan; observation: Observation } {
  const plan = lines.find((line) => line.kind === "planned")?.plan;
  const observation = lines.find((line) => line.kind === "observed")?.observation;
  if (!plan || !observation) throw new Error("the run had no beginning");
  return { plan, observation };
}

const writtenBy = ({ lines }: Ended): readonly string[] =>
  lines.flatMap((line) => (line.kind === "writing" ? [wordsOf(line.write)] : []));

const foreseenBy = ({ steps }: Foreseen): readonly string[] =>
  steps.flatMap(({ move }) => (isWrite(move) ? [wordsOf(move)] : []));

/** A write without what AWS, or the clock, chooses: ids, revisions and times. */
function wordsOf(write: Write): string {
  const { reason: _reason, ...rest } = write;
  return JSON.stringify(rest)
    .replaceAll(/ecs-svc\/[\w-]+/g, "SET")
    .replaceAll(/@\d{4}-[\d-]+T[\d:.]+Z/g, "@TIME")
    .replaceAll(/("ruleArn":"[^"]*\/)[\w-]+"/g, '$1RULE"');
}

const CANARY = {
  strategy: "canary",
  steps: [
    { weight: 5, bake: "6s" },
    { weight: 50, bake: "6s" },
  ],
};
/** No request of the simulated traffic has the header: there is no evidence. */
const COHORT = {
  strategy: "canary",
  gates: { errors: false },
  steps: [
    { route: { header: { name: "x-beta", values: ["1"] } }, bake: "6s" },
    { weight: 50, bake: "6s" },
  ],
};
const ROLLING = { strategy: "rolling", batch: { size: 1, bake: "6s" } };

describe("a rollout from its first look", () => {
  test.each<[string, WorldOptions]>([
    ["blue-green", {}],
    ["blue-green on two sticky rules", { production: "two-rules", stickySeconds: 60 }],
    ["blue-green beside a third group", { thirdGroup: true }],
    ["canary of 4 tasks", { desiredCount: 4, spec: CANARY }],
    ["canary on two rules", { desiredCount: 3, production: "two-rules", spec: CANARY }],
    ["canary with a cohort", { desiredCount: 2, spec: COHORT }],
    ["rolling of 3 tasks", { desiredCount: 3, spec: ROLLING }],
    ["rolling of one task", { desiredCount: 1, spec: ROLLING }],
  ])("%s", async (_name, options) => {
    const ended = await runPhase(await open(options), "rollout");
    expect(ended.outcome).toMatchObject({ kind: "reached" });
    const { plan, observation } = beginningOf(ended);
    const foreseen = foresee(plan, phasesOf(plan.spec.strategy), observation, observation.atMs);
    expect(foreseen.end).toMatchObject({ kind: "reached" });
    expect(foreseenBy(foreseen)).toEqual(writtenBy(ended));
  });
});

/** Runs a rollout up to the first weight, or into the bake after it, and takes it back. */
describe.each<[string, WorldOptions]>([
  ["blue-green", {}],
  ["two sticky rules", { production: "two-rules", stickySeconds: 60 }],
  ["canary", { desiredCount: 4, spec: CANARY }],
  ["rolling", { desiredCount: 3, spec: ROLLING }],
])("the way back of %s", (_name, options) => {
  test.each([6, 12, 20, 30, 45, 60])("of what was killed at call %i", async (call) => {
    const world = await open(options);
    await runPhase(world, "rollout", { kill: { call, when: "after" } });
    const ended = await runPhase(world, "rollback");
    expect(ended.outcome).toMatchObject({ kind: "reached" });
    const { plan, observation } = beginningOf(ended);
    const foreseen = foresee(plan, "rollback", observation, observation.atMs);
    expect(foreseen.end).toMatchObject({ kind: "reached" });
    expect(foreseenBy(foreseen)).toEqual(writtenBy(ended));
  });
});

test("the times of the foreseen waits are the rollout's own", async () => {
  const ended = await runPhase(await open(), "rollout");
  const { plan, observation } = beginningOf(ended);
  const { steps, end } = foresee(plan, phasesOf("blue-green"), observation, observation.atMs);
  const baking = steps.flatMap(({ atMs, move }) =>
    move.kind === "wait" && move.reason.startsWith("baking") ? [move.untilMs - atMs] : [],
  );
  expect(baking).toEqual([plan.spec.settle + plan.spec.bake]);
  const realMs = (ended.lines.at(-1)?.atMs ?? 0) - observation.atMs;
  expect(end.atMs - observation.atMs).toBeLessThanOrEqual(realMs);
});

describe("a job that would take longer than GitHub lets it", () => {
  const LONG = {
    ...CANARY,
    steps: [
      { weight: 5, bake: "3h" },
      { weight: 50, bake: "3h" },
    ],
  };
  const longJobsIn = ({ lines }: Ended) =>
    lines.flatMap((line) => (line.kind === "long-job" ? [line.job] : []));

  test("is told by plan, and an approve step makes two of it", async () => {
    const world = await open({ spec: LONG });
    const long = await runPhase(world, "plan");
    expect(long.outcome).toMatchObject({ kind: "reached" });
    expect(longJobsIn(long)).toEqual([
      expect.objectContaining({
        job: "shift",
        workflow: "canary.yml",
        remedies: ["approve-step", "shorter-bakes"],
      }),
    ]);
    const [first, second] = LONG.steps;
    const cut = await runPhase(world, "plan", {
      spec: { ...LONG, steps: [first, { approve: true }, second] },
    });
    expect(cut.outcome).toMatchObject({ kind: "reached" });
    expect(longJobsIn(cut)).toEqual([]);
  });

  test("is told as the rollout begins, where that is one job, and never twice", async () => {
    const ended = await runPhase(await open({ spec: { ...CANARY, bake: "6h" } }), "rollout", {
      kill: { call: 60, when: "before" },
    });
    const kinds = ended.lines.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "observed").length).toBeGreaterThan(1);
    expect(longJobsIn(ended)).toEqual([
      expect.objectContaining({ job: "rollout", remedies: ["shorter-bakes"] }),
    ]);
    expect(kinds.indexOf("long-job")).toBeLessThan(kinds.indexOf("writing"));
  });
});

describe("a dry run of a rollback", () => {
  const saidBy = ({ lines }: Ended): readonly string[] =>
    lines.flatMap((line) => (line.kind === "foreseen" && isWrite(line.move) ? [wordsOf(line.move)] : []));

  test.each<[string, WorldOptions["spec"], boolean]>([
    ["a release back flips at once", {}, false],
    ["and with the gates it bakes", {}, true],
  ])("after a finished rollout: %s", async (_name, spec, gates) => {
    const world = await open(spec ? { spec } : {});
    expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
    const back = { rollout: "current", gates, runId: "r9" };
    const dry = await runPhase(world, "rollback", { ...back, dryRun: true });
    expect(writesOf(world, dry)).toEqual([]);
    expect(dry.outcome).toMatchObject({ kind: "reached" });
    expect(dry.lines.filter(({ kind }) => kind === "writing")).toEqual([]);
    const real = await runPhase(world, "rollback", back);
    expect(real.outcome).toMatchObject({ kind: "reached" });
    expect(saidBy(dry)).toEqual(writtenBy(real));
  });
});
