import { afterEach, describe, expect, test } from "vitest";
import type { JournalLine } from "../../../src/core/journal.ts";
import { BLUE, TEST_RULE } from "./account.ts";
import { type PhaseOptions, runPhase } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const HEADER = { route: { header: { name: "x-beta", values: ["1"] } }, bake: "6s" };
const COOKIE = { route: { cookie: { name: "beta", values: ["yes"] } }, bake: "6s" };
const SPEC = { strategy: "canary", steps: [HEADER, COOKIE, { weight: 50, bake: "6s" }] };
const BETA = { headers: { "x-beta": "1" }, share: 0.25 };

const open = async (options: WorldOptions = {}): Promise<World> => {
  world = await createWorld({ spec: SPEC, requestsPerSecond: 80, cohort: BETA, ...options });
  return world;
};

const writes = (lines: readonly JournalLine[]): readonly string[] =>
  lines.flatMap((line) => (line.kind === "writing" ? [line.write.kind] : []));

/** All rules but the production rules and the test rule. */
const cohortRules = (at: World): number => {
  const rules = at.sandbox.elbv2.view().routes.filter(({ isDefault }) => !isDefault);
  return rules.filter(({ arn }) => arn !== TEST_RULE && !at.productionArns.includes(arn)).length;
};

/** The run dies at its first call of this operation. */
const killAt = (
  at: World,
  operation: "CreateRule" | "DeleteRule",
  when: "before" | "after",
): PhaseOptions => {
  at.sandbox.faults.add({ kind: "kill", when, operation, times: 1 });
  return { kill: { call: 1_000_000, when } };
};

describe("a release with cohorts", () => {
  test.each(["rule", "two-rules", "default-action"] as const)("by %s", async (production) => {
    const at = await open({ production });
    const most: number[] = [];
    const ended = await runPhase(at, "rollout", {
      during: () => void most.push(cohortRules(at)),
    });
    expect(ended.outcome).toMatchObject({ kind: "reached" });
    expect(Math.max(...most)).toBe(2 * at.productionArns.length);
    expect(writes(ended.lines).filter((kind) => kind === "create-cohort")).toHaveLength(
      2 * at.productionArns.length,
    );
    expect(cohortRules(at)).toBe(0);
    expect(at.traffic.lost).toEqual([]);
    await expectAlone(at, "orders-green", ["sluice:history"]);
    expectSafe(at);
  });

  test("gives the cohort the new version before anybody else has it", async () => {
    const at = await open();
    let atFirstWeight: readonly [number, number] | undefined;
    await runPhase(at, "rollout", {
      during: (line) => {
        if (atFirstWeight || line.kind !== "writing" || line.write.kind !== "set-weights") return;
        if (line.write.route.arn !== at.productionArns[0]) return;
        const of = (versions: ReturnType<World["traffic"]["versions"]>) =>
          versions["orders:2"]?.requests ?? 0;
        atFirstWeight = [of(at.traffic.cohortVersions()), of(at.traffic.versions())];
      },
    });
    const [ofCohort = 0, ofAll = 0] = atFirstWeight ?? [];
    expect(ofCohort).toBeGreaterThan(100);
    expect(ofAll).toBe(ofCohort);
  });

  test("that fails its cohort is taken back, and nobody else has met it", async () => {
    const at = await open();
    const ended = await runPhase(at, "rollout", { image: "orders:3" });
    expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    const { "orders:3": ofAll } = at.traffic.versions();
    expect(ofAll?.requests).toBeGreaterThan(0);
    expect(at.traffic.cohortVersions()["orders:3"]).toEqual(ofAll);
    expect(cohortRules(at)).toBe(0);
    expect(at.traffic.lost).toEqual([]);
    expectSafe(at);
  });

  test("is taken back with a spec that has no route steps any more", async () => {
    const at = await open();
    const ended = await runPhase(at, "rollout", killAt(at, "CreateRule", "after"));
    expect(ended.outcome).toEqual({ kind: "killed" });
    expect(cohortRules(at)).toBe(1);
    const changed: World = { ...at, spec: { ...at.spec, strategy: "blue-green", steps: undefined } };
    const back = await runPhase(changed, "rollback");
    expect(back.outcome).toMatchObject({ kind: "reached" });
    expect(cohortRules(at)).toBe(0);
    await expectAlone(at, "orders-blue", ["sluice:aborted"]);
    expectSafe(at);
  });

  test.each([
    ["CreateRule", "before"],
    ["CreateRule", "after"],
    ["DeleteRule", "before"],
    ["DeleteRule", "after"],
  ] as const)("whose run died %s:%s goes on, with one rule a step", async (operation, when) => {
    const at = await open();
    const first = await runPhase(at, "rollout", killAt(at, operation, when));
    expect(first.outcome).toEqual({ kind: "killed" });
    const most: number[] = [];
    const second = await runPhase(at, "rollout", { during: () => void most.push(cohortRules(at)) });
    expect(second.outcome).toMatchObject({ kind: "reached" });
    expect(Math.max(...most)).toBeLessThanOrEqual(2);
    expect(cohortRules(at)).toBe(0);
    await expectAlone(at, "orders-green", []);
    expectSafe(at);
  });
});

test("a rule that another rollout left behind keeps a release from beginning", async () => {
  const at = await open();
  await at.api("elbv2", "CreateRule", {
    ListenerArn: at.sandbox.listeners[0]?.arn,
    Priority: 9,
    Conditions: [{ Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "x-beta", Values: ["1"] } }],
    Actions: [{ Type: "forward", TargetGroupArn: BLUE }],
    Tags: [
      { Key: "sluice:rollout", Value: "r0" },
      { Key: "sluice:cohort", Value: "0" },
      { Key: "sluice:route", Value: at.productionArns[0] },
    ],
  });
  const refused = await runPhase(at, "rollout");
  expect(refused.outcome).toMatchObject({
    kind: "failed",
    error: { kind: "configuration", message: expect.stringContaining("rollout r0 made this rule") },
  });
  expect(at.sandbox.ecs.view().services[0]?.taskSets).toHaveLength(1);
});
