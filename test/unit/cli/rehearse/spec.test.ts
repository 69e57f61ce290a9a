import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { shortenSpec } from "../../../../src/cli/rehearse/spec.ts";
import { SluiceError } from "../../../../src/core/errors.ts";
import { stepsOf } from "../../../../src/core/steps.ts";

const ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";
const MINIMAL = {
  service: "orders",
  traffic: {
    production: [{ listener: `${ARN}:listener/app/shop/50dc6c495c0c9188/f2f7dc8efc522ab2` }],
    test: { listener: `${ARN}:listener/app/shop/50dc6c495c0c9188/0467ef3c8400ae65` },
  },
};
const USUAL = { requestsPerSecond: 320, desiredCount: 4 };

const shorten = (more: object, options: Parameters<typeof shortenSpec>[2] = USUAL) =>
  shortenSpec(stringify({ version: 1, ...MINIMAL, ...more }), "sluice.yml", options);

describe("a spec for a rehearsal", () => {
  test("has every default of production shortened, and says so", () => {
    const { service, changes } = shorten({});
    expect(changes).toEqual([
      "settle 10s → 1s",
      "bake 10m → 6s",
      "gates.errors.period 1m → 1s",
      "gates.errors.patience 10m → 20s",
      "timeouts.stage 15m → 1m",
      "bakes of the steps 5m → 8s, 3s, 3s",
    ]);
    expect(stepsOf(service, 4)).toEqual([
      { kind: "weight", percent: 5, bakeMs: 8_000 },
      { kind: "weight", percent: 25, bakeMs: 3_000 },
      { kind: "weight", percent: 50, bakeMs: 3_000 },
      { kind: "weight", percent: 100, bakeMs: 6_000 },
    ]);
  });

  test("keeps what is short already", () => {
    const { service, changes } = shorten({
      settle: "500ms",
      bake: "2s",
      timeouts: { stage: "30s" },
      gates: { errors: false },
      steps: [
        { weight: 40, bake: "1s" },
        { weight: 100, bake: "4s" },
      ],
    });
    expect(changes).toEqual([]);
    expect(stepsOf(service, 4)).toEqual([
      { kind: "weight", percent: 40, bakeMs: 1_000 },
      { kind: "weight", percent: 100, bakeMs: 4_000 },
    ]);
    expect(service).toMatchObject({ settle: 500, bake: 2_000 });
  });

  test("keeps approve and route steps, and shortens the bakes of the others", () => {
    const { service } = shorten({
      steps: [
        { route: { cookie: { name: "beta", values: ["yes"] } }, bake: "1h" },
        { approve: "look at the dashboard" },
        { weight: 10 },
        { weight: 100, bake: "1h" },
      ],
    });
    expect(stepsOf(service, 4)).toEqual([
      { kind: "route", cohort: { kind: "cookie", name: "beta", values: ["yes"] }, bakeMs: 8_000 },
      { kind: "approve", text: "look at the dashboard" },
      { kind: "weight", percent: 10, bakeMs: 5_000 },
      { kind: "weight", percent: 100, bakeMs: 6_000 },
    ]);
  });

  test("asks for no more requests than the smallest step has", () => {
    const few = shorten({}, { ...USUAL, requestsPerSecond: 100 });
    expect(few.changes).toContain("gates.errors.min-requests 100 → 32");
    expect(few.service.gates.errors).toMatchObject({ "min-requests": 32 });
    const rolling = shorten({ strategy: "rolling" }, { ...USUAL, requestsPerSecond: 100 });
    expect(rolling.changes.join()).not.toContain("min-requests");
    expect(rolling.changes).toContain("batch.bake 1m → 3s");
    const fewest = shorten({ steps: [{ weight: 1 }] }, { ...USUAL, requestsPerSecond: 20 });
    expect(fewest.service.gates.errors).toMatchObject({ "min-requests": 10 });
  });

  test.each([
    ["blue-green", ["steps left out (strategy blue-green)"]],
    ["rolling", ["steps left out (strategy rolling)"]],
    ["canary", []],
  ] as const)("can have another strategy: %s", (strategy, left) => {
    const { service, changes } = shorten({ steps: [{ weight: 10 }] }, { ...USUAL, strategy });
    expect(service.strategy).toBe(strategy);
    expect(changes.filter((change) => change.includes("left out"))).toEqual(left);
  });

  test("knows no freeze", () => {
    const freeze = [{ from: "2020-01-01T00:00:00Z", until: "2090-01-01T00:00:00Z" }];
    const { service, changes } = shorten({ freeze });
    expect(service.freeze).toEqual([]);
    expect(changes).toContain("freeze left out");
  });

  test("is of one service among several", () => {
    const services = [
      { ...MINIMAL, bake: "3s" },
      { ...MINIMAL, service: "checkout", bake: "4s" },
    ];
    const text = stringify({ version: 1, services });
    const { service } = shortenSpec(text, "sluice.yml", { ...USUAL, service: "checkout" });
    expect(service).toMatchObject({ service: "checkout", bake: 4_000 });
    expect(() => shortenSpec(text, "sluice.yml", USUAL)).toThrow(/orders, checkout/);
  });

  test("is refused with all its problems", () => {
    const text = stringify({ version: 1, ...MINIMAL, bake: "soon", settle: "never" });
    const attempt = () => shortenSpec(text, "sluice.yml", USUAL);
    expect(attempt).toThrow(SluiceError);
    expect(attempt).toThrow(/bake[\s\S]*settle|settle[\s\S]*bake/);
  });
});
