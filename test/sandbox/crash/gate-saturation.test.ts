import { expect, test } from "vitest";
import { isBakingAt, lastVerdictOf, once, openJudged, summaryOf } from "./judged.ts";
import { runPhase } from "./phases.ts";
import { expectAlone, standing } from "./standing.ts";
import type { World } from "./world.ts";

/** CPU and memory of the service as a whole, with the errors gate off. */

const NEW = "orders:4";
const gates = (over: object = {}) => ({ errors: false, saturation: { period: "1s", ...over } });

function use(at: World, oldCpu: number, newCpu: number): void {
  at.sandbox.settings.utilizationPercent = {
    "orders:1": { cpu: oldCpu, memory: 40 },
    [NEW]: { cpu: newCpu, memory: 40 },
  };
}

async function open(oldCpu: number, newCpu: number, over: object = {}): Promise<World> {
  const utilizationPercent = {
    "orders:1": { cpu: oldCpu, memory: 40 },
    [NEW]: { cpu: newCpu, memory: 40 },
  };
  return openJudged({ settings: { utilizationPercent }, spec: { gates: gates(over) } });
}

test("a release that does not use up the service passes", async () => {
  const at = await open(40, 50);
  const ended = await runPhase(at, "rollout", { image: NEW });
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  expect(lastVerdictOf(ended, "saturation").kind).toBe("healthy");
  await expectAlone(at, "orders-green", []);
});

test("one that does is taken back once it has lasted", async () => {
  const at = await open(40, 50);
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    during: once(isBakingAt(25), () => use(at, 90, 100)),
  });
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "saturation" });
  expect(lastVerdictOf(ended, "saturation")).toMatchObject({
    kind: "regress",
    reason: expect.stringMatching(
      /^the whole service's CPU was used to 9[\d.]+ % for \d+s, allowed are 90 %; before/,
    ),
  });
  await expectAlone(at, "orders-blue", ["sluice:aborted"]);
});

test("a service that was used up before is nobody's fault, and holds the release", async () => {
  const at = await open(95, 95);
  const ended = await runPhase(at, "rollout", { image: NEW, spec: { timeouts: { shift: "30s" } } });
  expect(ended.outcome).toMatchObject({ kind: "held", lacksEvidence: true });
  expect(lastVerdictOf(ended, "saturation")).toMatchObject({ kind: "insufficient", isIncident: true });
  expect(standing(at).serving).toEqual([["orders-blue", "orders-green"]]);
});

test("a dry run only says so", async () => {
  const at = await open(40, 50, { "dry-run": true });
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    during: once(isBakingAt(25), () => use(at, 100, 100)),
  });
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  expect(summaryOf(ended)).toContain("| saturation | dry run: would have rolled back |");
});
