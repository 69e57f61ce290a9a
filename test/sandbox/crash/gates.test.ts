import { describe, expect, test } from "vitest";
import type { Behaviour } from "../../../sandbox/runtime/behaviour.ts";
import type { JournalLine } from "../../../src/core/journal.ts";
import {
  CANARY,
  ERRORS,
  isBakingAt,
  lastVerdictOf,
  once,
  openJudged,
  sharesIn,
  summaryOf,
  verdictsOf,
} from "./judged.ts";
import { type Ended, runPhase, writesOf } from "./phases.ts";
import { expectAlone, standing } from "./standing.ts";
import type { World, WorldOptions } from "./world.ts";

/** Gates on counts, from the load balancer's metrics to what becomes of the release. */

const LEFT = ["sluice:aborted"];
const NEW = "orders:4";
const isBaking = (line: JournalLine): boolean => line.kind === "waiting" && line.reason.startsWith("baking");
/** Of 100 a second at 25 %. */
const PER_SECOND_OF_NEW = 25;

describe("a version that fails ten times as many requests, all of them fewer than the limit", () => {
  const behaviours = { "orders:1": { errorRate: 0.005 }, [NEW]: { errorRate: 0.05 } };
  const gates = (over: object) => ({ errors: { ...ERRORS, "max-percent": 10, ...over } });

  test("is taken back by comparison", async () => {
    const at = await openJudged({ behaviours, spec: { gates: gates({}) } });
    const ended = await runPhase(at, "rollout", { image: NEW });
    expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    const verdict = verdictsOf(ended, "errors").find(({ verdict: { kind } }) => kind === "regress")?.verdict;
    const [[bad = 0, all = 0] = [], [oldBad = 0, oldAll = 0] = []] = sharesIn(verdict?.reason ?? "");
    expect(bad / all).toBeGreaterThan(0.03);
    expect(bad / all).toBeLessThan(0.1);
    expect(oldBad / oldAll).toBeLessThan(0.01);
    expect(verdict?.reason).toMatch(/chance of a false alarm below 1 in \d/);
    expect(verdict?.counts).toMatchObject({ requests: all, bad, otherRequests: oldAll, otherBad: oldBad });
    expect(at.traffic.versions()[NEW]?.requests).toBeLessThan(2_000);
    await expectAlone(at, "orders-blue", LEFT);
  });

  test("ships where the gate is a dry run, which says what it would have done", async () => {
    const at = await openJudged({ behaviours, spec: { gates: gates({ "dry-run": true }) } });
    const ended = await runPhase(at, "rollout", { image: NEW });
    expect(ended.outcome).toMatchObject({ kind: "reached" });
    const said = verdictsOf(ended, "errors").map(({ verdict }) => verdict);
    expect(said.every(({ isDryRun }) => isDryRun)).toBe(true);
    expect(said.some(({ kind }) => kind === "regress")).toBe(true);
    expect(summaryOf(ended)).toMatch(/\| 25 % \| errors \| dry run: would have rolled back \|/);
    await expectAlone(at, "orders-green", []);
  });
});

test("a good release passes all gates on counts, with as many errors as the old version and slow ones beside", async () => {
  const behaviour = { errorRate: 0.005, latencyMs: 40 };
  const at = await openJudged({
    behaviours: { "orders:1": behaviour, [NEW]: behaviour },
    spec: { gates: { errors: ERRORS, latency: { ...ERRORS } } },
  });
  const ended = await runPhase(at, "rollout", { image: NEW });
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  for (const gate of ["errors", "latency"]) {
    expect(lastVerdictOf(ended, gate)).toMatchObject({ kind: "healthy", counts: { neededRequests: 50 } });
  }
  await expectAlone(at, "orders-green", []);
});

test.each<[string, string, object]>([
  ["beside the old one", CANARY.strategy, CANARY],
  ["after it", "blue-green", { strategy: "blue-green" }],
])("a version that is merely slow is taken back by latency alone, %s: %s", async (_how, strategy, spec) => {
  const at = await openJudged({
    behaviours: { [NEW]: { latencyMs: 300 } },
    spec: { ...spec, gates: { errors: ERRORS, latency: { ...ERRORS } } },
  });
  const ended = await runPhase(at, "rollout", { image: NEW });
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "latency" });
  expect(lastVerdictOf(ended, "latency").reason).toMatch(
    /([\d,]+) of \1 requests to the new version took longer than [\d.]+ ms \(100 %\); 0 of [\d,]+ to the old version( before the step)?; chance/,
  );
  expect(lastVerdictOf(ended, "latency").reason.includes("before the step")).toBe(strategy === "blue-green");
  expect(at.traffic.versions()[NEW]?.failed).toBe(0);
  await expectAlone(at, "orders-blue", LEFT);
});

describe("a version whose tasks fail for ten seconds after each weight, and are good once they are warm", () => {
  const releaseCold = async (gates: object): Promise<Ended> => {
    const at = await openJudged({ spec: { gates: { ...gates, errors: ERRORS } } });
    let warmMs = 0;
    return runPhase(at, "rollout", {
      image: NEW,
      during: (line) => {
        const isNewWeight = line.kind === "writing" && line.write.kind === "set-weights";
        if (isNewWeight) warmMs = line.atMs + 10_000;
        at.runtime.setBehaviour(NEW, { errorRate: line.atMs < warmMs ? 0.3 : 0 });
      },
    });
  };

  test("is taken back where everything counts", async () => {
    expect((await releaseCold({})).outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
  });

  test("is promoted by a spec that lets them warm up", async () => {
    const ended = await releaseCold({ "warm-up": "20s" });
    expect(ended.outcome).toMatchObject({ kind: "reached" });
    const said = verdictsOf(ended, "errors").map(({ verdict }) => verdict);
    expect(said.at(0)?.reason).toBe("new tasks have 20s to warm up, in which nothing counts");
    expect(said.filter(({ counts }) => (counts?.bad ?? 0) > 0)).toEqual([]);
    expect(said.at(-1)).toMatchObject({ kind: "healthy" });
  });
});

test("where both versions get worse at once nobody is blamed, and the rollout is held", async () => {
  const at = await openJudged({ behaviours: { "orders:1": { errorRate: 0.001 } } });
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    spec: { ...CANARY, gates: { errors: ERRORS } },
    during: once(isBakingAt(25), () => {
      for (const image of ["orders:1", NEW]) at.runtime.setBehaviour(image, { errorRate: 0.1 });
    }),
  });
  expect(ended.outcome).toMatchObject({
    kind: "held",
    lacksEvidence: true,
    reason: expect.stringMatching(/an incident, not this release's fault/),
  });
  expect(lastVerdictOf(ended, "errors")).toMatchObject({ kind: "insufficient", isIncident: true });
  expect(verdictsOf(ended, "errors").filter(({ verdict: { kind } }) => kind === "regress")).toEqual([]);
  expect(summaryOf(ended)).toMatch(/\| 25 % \| errors \| ⚠️ incident \|/);
  expect(standing(at).serving).toEqual([["orders-blue", "orders-green"]]);
  expect(at.sandbox.monitor.violations).toEqual([]);
});

test("an incident that has passed holds up nothing", async () => {
  const usual = { errorRate: 0.001 };
  const at = await openJudged({ behaviours: { "orders:1": usual, [NEW]: usual } });
  const spec = { ...CANARY, steps: [{ weight: 25, bake: "4m" }], gates: { errors: ERRORS } };
  let passedMs = Number.POSITIVE_INFINITY;
  const behaveAs = (errorRate: number): void => {
    for (const image of ["orders:1", NEW]) at.runtime.setBehaviour(image, { errorRate });
  };
  const begin = once(isBakingAt(25), ({ atMs }) => {
    behaveAs(0.1);
    passedMs = atMs + 15_000;
  });
  const during = (line: JournalLine): void => {
    begin(line);
    if (line.atMs >= passedMs) behaveAs(usual.errorRate);
  };
  const ended = await runPhase(at, "rollout", { image: NEW, spec, during });
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  expect(verdictsOf(ended, "errors").some(({ verdict }) => verdict.isIncident)).toBe(true);
  await expectAlone(at, "orders-green", []);
});

describe("a service's first version, with no other to be held against", () => {
  const gates = { errors: ERRORS, latency: { ...ERRORS, "slower-than": "200ms", "max-percent": 1 } };
  const first = (behaviour: Behaviour): WorldOptions => ({
    empty: true,
    behaviours: { "orders:1": behaviour },
    spec: { ...CANARY, "first-task-set": { subnets: ["subnet-0a"], "security-groups": ["sg-0a"] }, gates },
  });
  const source = { kind: "task-definition", taskDefinition: "orders" } as const;

  test("passes where it keeps its limits", async () => {
    const at = await openJudged(first({ errorRate: 0.003, latencyMs: 20 }));
    const ended = await runPhase(at, "rollout", { source });
    expect(ended.outcome).toMatchObject({ kind: "reached" });
    await expectAlone(at, "orders-blue", []);
  });

  test.each<[string, Behaviour]>([
    ["errors", { errorRate: 0.1 }],
    ["latency", { latencyMs: 400 }],
  ])("is taken back by the limit of %s", async (gate, behaviour) => {
    const ended = await runPhase(await openJudged(first(behaviour)), "rollout", { source });
    expect(ended.outcome).toMatchObject({
      kind: "rolled-back",
      gate,
      reason: expect.stringMatching(/requests to the new version .*, allowed are 1 %; chance/),
    });
  });
});

describe("what follows from too little evidence", () => {
  const QUIET = { requestsPerSecond: 1 };
  const spec = (follows: string): WorldOptions["spec"] => ({
    steps: [{ weight: 50, bake: "30s" }],
    bake: "10s",
    gates: { "insufficient-evidence": follows, errors: { ...ERRORS, patience: "10s" } },
  });

  test.each<[string, WorldOptions, string, object]>([
    ["too few requests", QUIET, "promote", { kind: "held", lacksEvidence: true }],
    ["too few requests", QUIET, "hold", { kind: "held", lacksEvidence: true }],
    ["too few requests", QUIET, "roll-back", { kind: "rolled-back", gate: "errors" }],
    ["enough, and no proof", {}, "promote", { kind: "reached" }],
    ["enough, and no proof", {}, "hold", { kind: "held", lacksEvidence: true }],
    ["enough, and no proof", {}, "roll-back", { kind: "rolled-back", gate: "errors" }],
  ])("%s: %o, %s", async (what, options, follows, outcome) => {
    const at = await openJudged({ ...options, spec: spec(follows) ?? {} });
    const ended = await runPhase(at, "rollout", { image: NEW });
    expect(ended.outcome).toMatchObject(outcome);
    const said = verdictsOf(ended, "errors").map(({ verdict }) => verdict);
    expect(said.filter(({ kind }) => kind === "regress" || kind === "error")).toEqual([]);
    const { outcome: end } = ended;
    if (end.kind === "reached") {
      expect(said.at(-1)).toMatchObject({ kind: "healthy", basis: "floor" });
      return expectAlone(at, "orders-green", []);
    }
    expect(end.kind === "killed" || end.kind === "failed" ? end.kind : end.reason).toContain(
      `10s past the bake there is still no evidence: ${what === "too few requests" ? "" : "0 of "}`,
    );
    if (end.kind === "rolled-back") return expectAlone(at, "orders-blue", LEFT);
    expect(standing(at).serving).toEqual([["orders-blue", "orders-green"]]);
  });
});

describe("a release that was held for want of evidence, and is promoted without", () => {
  const held = async (): Promise<World> => {
    const gates = { "insufficient-evidence": "hold", errors: { ...ERRORS, patience: "10s" } };
    const at = await openJudged({ spec: { gates } });
    const ended = await runPhase(at, "rollout", { image: NEW });
    expect(ended.outcome).toMatchObject({ kind: "held", lacksEvidence: true });
    expect(summaryOf(ended)).toContain("the same with `without-evidence`");
    return at;
  };

  test("is asked the same again without that word", async () => {
    const again = await runPhase(await held(), "promote");
    expect(again.outcome).toMatchObject({ kind: "held", lacksEvidence: true });
  });

  test("goes on to the end, each step with its bake, and says who let pass what", async () => {
    const at = await held();
    const startedAtMs = at.clock.nowMs();
    const ended = await runPhase(at, "promote", { withoutEvidence: true });
    expect(ended.outcome).toMatchObject({
      kind: "reached",
      reason: expect.stringMatching(/ of [\d,]+ requests .*; whoever promotes it lets that pass$/),
    });
    expect(at.clock.nowMs() - startedAtMs).toBeGreaterThan(60_000);
    expect(standing(at).serving).toEqual([["orders-green"]]);
  });

  test("is still taken back once it fails", async () => {
    const at = await held();
    const ended = await runPhase(at, "promote", {
      withoutEvidence: true,
      during: once(isBaking, () => at.runtime.setBehaviour(NEW, { errorRate: 0.2 })),
    });
    expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    await expectAlone(at, "orders-blue", LEFT);
  });
});

describe.each([
  ["two periods late", { metricDelayMs: 3_000 }],
  ["requests before their answers", { metricDelayMs: 2_500, metricDelaysMs: { RequestCount: 0 } }],
  ["answers before their requests", { metricDelayMs: 500, metricDelaysMs: { RequestCount: 2_500 } }],
])("metrics that come %s", (_how, settings) => {
  test.each([
    ["canary", CANARY],
    ["blue-green", { strategy: "blue-green", bake: "30s" }],
    ["rolling", { strategy: "rolling", batch: { size: 1, bake: "20s" }, bake: "20s" }],
  ])("take no good release back: %s", async (_strategy, spec) => {
    const behaviours = { "orders:1": { errorRate: 0.002 }, [NEW]: { errorRate: 0.002 } };
    const at = await openJudged({ settings, behaviours, spec: { ...spec, gates: { errors: ERRORS } } });
    const ended = await runPhase(at, "rollout", { image: NEW });
    expect(ended.outcome).toMatchObject({ kind: "reached" });
    const kinds = new Set(verdictsOf(ended, "errors").map(({ verdict }) => verdict.kind));
    expect([...kinds].filter((kind) => kind === "regress" || kind === "error")).toEqual([]);
    await expectAlone(at, "orders-green", []);
  });

  test("let no bad one pass", async () => {
    const at = await openJudged({ settings, behaviours: { [NEW]: { errorRate: 0.2 } } });
    const ended = await runPhase(at, "rollout", { image: NEW });
    expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    await expectAlone(at, "orders-blue", LEFT);
  });
});

/** Verdicts by what they rest on: the same history, whoever asks, and whenever. */
const judgedBy = (said: ReturnType<typeof verdictsOf>): ReadonlyMap<number, object> =>
  new Map(said.map(({ verdict }) => [verdict.counts?.requests ?? 0, verdict]));

test("a phase that is killed in the middle of a bake and run again judges the same from the same history", async () => {
  const options: WorldOptions = {
    behaviours: { "orders:1": { errorRate: 0.01 }, [NEW]: { errorRate: 0.03 } },
    spec: { gates: { errors: { ...ERRORS, "max-percent": 100 } } },
  };
  const whole = await openJudged(options);
  const undisturbed = await runPhase(whole, "rollout", { image: NEW });
  expect(undisturbed.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
  const calls = whole.sandbox.calls.calls.filter((call) => call.accessKeyId === undisturbed.accessKeyId);
  const firstLook = calls.findIndex(({ operation }) => operation === "GetMetricData");
  expect(firstLook).toBeGreaterThan(0);
  const expected = judgedBy(verdictsOf(undisturbed, "errors"));

  const at = await openJudged(options);
  const killed = await runPhase(at, "rollout", {
    image: NEW,
    kill: { call: firstLook + 40, when: "before" },
  });
  expect(killed.outcome.kind).toBe("killed");
  expect(verdictsOf(killed, "errors").length).toBeGreaterThan(1);
  const resumed = await runPhase(at, "rollout", { image: NEW });
  expect(resumed.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
  expect(writesOf(at, resumed)).not.toContain("ecs:CreateTaskSet");
  const seen = judgedBy([killed, resumed].flatMap((ended) => verdictsOf(ended, "errors")));
  const common = [...seen].filter(([requests]) => expected.has(requests));
  expect(common.length).toBeGreaterThan(5);
  expect(common).toEqual(common.map(([requests]) => [requests, expected.get(requests)]));
  const [one, other] = [undisturbed, resumed].map(requestsUntilCaught);
  expect(Math.abs((one ?? Number.NaN) - (other ?? Number.NaN))).toBeLessThan(4 * PER_SECOND_OF_NEW);
});

function requestsUntilCaught(ended: Ended): number | undefined {
  return verdictsOf(ended, "errors").find(({ verdict }) => verdict.kind === "regress")?.verdict.counts
    ?.requests;
}
