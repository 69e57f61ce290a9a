import { describe, expect, test } from "vitest";
import type { z } from "zod";
import { gatesSchema } from "../../../../src/core/spec/gate-schema.ts";
import { replay, unreplayable } from "../../../../src/evidence/backtest/replay.ts";
import type { Trace } from "../../../../src/evidence/backtest/trace.ts";
import { type Recipe, traceOf } from "./traces.ts";

type Gates = z.input<typeof gatesSchema>;

/** Two hours of history, half an hour of canary at 10 % of 6,000 requests a minute, 0.2 % of which fail. */
const USUAL: Recipe = {
  seed: 11,
  history: 120,
  canary: 30,
  requests: () => 6_000,
  share: () => 0.1,
  errors: () => 0.002,
  slow: 0.01,
};

const replayed = (recipe: Partial<Recipe>, gates: Gates = {}) =>
  replay(traceOf({ ...USUAL, ...recipe }), gatesSchema.parse(gates));

describe("what the gates would have said", () => {
  test.each<readonly [string, Partial<Recipe>, Gates, object]>([
    ["a good release", {}, { latency: {} }, { kind: "healthy" }],
    ["one without an error", { errors: () => 0 }, {}, { kind: "healthy", basis: "floor" }],
    [
      "one without an error, where that is not enough",
      { errors: () => 0 },
      { "insufficient-evidence": "hold" },
      { kind: "insufficient" },
    ],
    ["five times the errors", { errorRatio: 5 }, {}, { kind: "regress", gate: "errors" }],
    ["five times the errors, ten at a time", { errorRatio: 5, cluster: 10 }, {}, { kind: "regress" }],
    ["errors ten at a time in both versions", { cluster: 10 }, {}, { kind: "healthy" }],
    ["five times the slow ones", { slowRatio: 5 }, { latency: {} }, { kind: "regress", gate: "latency" }],
    ["five times the slow ones, and nobody asks", { slowRatio: 5 }, {}, { kind: "healthy" }],
    ["five times of both", { errorRatio: 5, slowRatio: 5 }, { latency: {} }, { kind: "regress" }],
    ["a canary that is cold for two minutes", { coldPeriods: 2 }, {}, { kind: "regress" }],
    ["the same, with as long to warm up", { coldPeriods: 2 }, { "warm-up": "2m" }, { kind: "healthy" }],
    ["too few requests", { requests: () => 20 }, {}, { kind: "insufficient" }],
    ["a canary without requests", { share: () => 0 }, {}, { kind: "insufficient" }],
    [
      "an incident of both versions",
      { errors: (period) => (period < 5 ? 0.002 : 0.1) },
      {},
      { kind: "insufficient", isIncident: true },
    ],
    [
      "a dry run of five times the errors",
      { errorRatio: 5 },
      { errors: { "dry-run": true } },
      { kind: "healthy", basis: "floor" },
    ],
  ])("%s", (_name, recipe, gates, verdict) => {
    expect(replayed(recipe, gates).overall.verdict).toMatchObject(verdict);
  });

  test("a regression: the end of the period, and the bad requests until then", () => {
    const recipe = { ...USUAL, errorRatio: 5 };
    const { overall, gates } = replayed(recipe, { latency: {} });
    const [errors, latency] = gates;
    expect(overall).toEqual(errors);
    const atMs = overall.atMs ?? Number.NaN;
    expect(atMs).toBeGreaterThan(0);
    expect(atMs % 60_000).toBe(0);
    expect(atMs).toBeLessThanOrEqual(10 * 60_000);
    const seen = traceOf(recipe).periods.filter((period) => period.atMs >= 0 && period.atMs < atMs);
    expect(overall.badCanaryRequests).toBe(seen.reduce((sum, { canary }) => sum + (canary?.errors ?? 0), 0));
    expect(overall.verdict.counts?.requests).toBe(
      seen.reduce((sum, { canary }) => sum + (canary?.requests ?? 0), 0),
    );
    expect(latency).toMatchObject({ verdict: { kind: "healthy" }, atMs: undefined });
  });

  test("the first gate to catch it counts: its time, and what it counts as bad", () => {
    const { overall, gates } = replayed({ errorRatio: 2, slowRatio: 5 }, { latency: {} });
    const [errors, latency] = gates;
    expect(overall).toEqual(latency);
    expect(errors?.atMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(latency?.atMs ?? 0);
  });

  test("a dry run says when it would have, and takes nothing back", () => {
    const { overall, gates } = replayed(
      { errorRatio: 5, slowRatio: 5 },
      { errors: { "dry-run": true }, latency: {} },
    );
    expect(gates[0]).toMatchObject({ verdict: { kind: "regress", isDryRun: true } });
    expect(overall).toEqual(gates[1]);
  });

  test("what went well afterwards does not undo a regression", () => {
    const short = replayed({ errorRatio: 5 });
    const trace = traceOf({ ...USUAL, errorRatio: 5 });
    const calm: Trace["periods"] = Array.from({ length: 600 }, (_, index) => ({
      atMs: (30 + index) * 60_000,
      stable: { requests: 5_400, errors: 11, slow: 0 },
      canary: { requests: 600, errors: 0, slow: 0 },
    }));
    const long = replay({ ...trace, periods: [...trace.periods, ...calm] }, gatesSchema.parse({}));
    expect(long.overall.atMs).toBe(short.overall.atMs);
  });

  test("only the history that a rollout would look at: two hours of minutes", () => {
    const recipe = { ...USUAL, errorRatio: 5, cluster: 3 };
    const trace = traceOf(recipe);
    const wild: Trace["periods"] = Array.from({ length: 300 }, (_, index) => ({
      atMs: (index - 420) * 60_000,
      stable: { requests: 6_000, errors: index % 10 === 0 ? 3_000 : 0, slow: 0 },
    }));
    const longer = { ...trace, periods: [...wild, ...trace.periods] };
    expect(replay(longer, gatesSchema.parse({}))).toEqual(replay(trace, gatesSchema.parse({})));
  });
});

describe("what is not in a trace", () => {
  const ratio = { name: "payments", from: { source: "prom", requests: "a", bad: "b" } };

  test("is said, and not judged", () => {
    const { gates, notInTrace, overall } = replayed(
      { slow: undefined },
      { latency: {}, saturation: {}, ratios: [ratio], alarms: ["high-5xx"] },
    );
    expect(gates.map(({ verdict }) => verdict.gate)).toEqual(["errors"]);
    expect(notInTrace).toEqual(["latency", "saturation", "payments", "alarms"]);
    expect(overall.verdict.kind).toBe("healthy");
  });

  test("is no pass where all that acts is in it", () => {
    const gates = { errors: { "dry-run": true }, latency: {} };
    const { overall } = replayed({ slow: undefined }, gates);
    expect(overall.verdict).toMatchObject({
      kind: "insufficient",
      reason: "what would act on the release is not in the trace: latency",
    });
  });

  test("its part of the false alarms stays its own", () => {
    const alone = replayed({ errorRatio: 2, seed: 5 });
    const shared = replayed(
      { errorRatio: 2, seed: 5 },
      {
        ratios: Array(9)
          .fill(0)
          .map((_, nth) => ({ ...ratio, name: `r${nth}` })),
      },
    );
    expect(shared.overall.atMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(alone.overall.atMs ?? 0);
  });

  test.each<readonly [Gates, boolean, string | undefined]>([
    [{}, false, undefined],
    [{ errors: false, latency: {} }, true, undefined],
    [
      { errors: false },
      true,
      "neither the errors gate nor a latency gate is on, and a trace has counts for no other",
    ],
    [
      { errors: false, latency: {} },
      false,
      "the only gate that a trace has counts for is latency, and no line has slow",
    ],
  ])("nothing at all for %j, slow: %s", (gates, hasSlow, expected) => {
    expect(unreplayable(gatesSchema.parse(gates), { hasSlow })).toBe(expected);
  });
});
