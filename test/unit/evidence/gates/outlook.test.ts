import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RampOutlook } from "../../../../src/core/outlook.ts";
import { outlookLines, outlookSentence, outlookWarnings } from "../../../../src/core/outlook-words.ts";
import type { ServiceSpec } from "../../../../src/core/spec/schema.ts";
import { stepsOf } from "../../../../src/core/steps.ts";
import { type CountedTraffic, rampOutlookOf } from "../../../../src/evidence/gates/outlook.ts";
import { countedTrafficOf } from "../../../../src/evidence/gates/traffic.ts";
import { specOf, specText } from "../../core/spec/samples.ts";
import { spec } from "../../core/world.ts";

const DAY_MINUTES = 1440;

function service(requestsPerMinute: number, badShare: number, dispersion = 1): CountedTraffic {
  return { requestsPerMinute, badShare, dispersion, bad: requestsPerMinute * badShare * DAY_MINUTES };
}

function look(traffic: CountedTraffic, over: object = {}): RampOutlook {
  const given = spec({ strategy: "canary", ...over });
  return rampOutlookOf(given, stepsOf(given, 4), traffic);
}

const STEPS = {
  steps: [
    { weight: 5, bake: "5m" },
    { weight: 50, bake: "5m" },
  ],
};
const textOf = (outlook: RampOutlook): string => outlookWarnings(outlook).join("\n");

describe("the ramp", () => {
  test("says when, at which weight and at what cost, for a rise and for a serious fault", () => {
    const [, fivefold, tenfold, serious] = look(service(1200, 0.002)).ramp;
    expect(fivefold).toMatchObject({ regression: { kind: "times", times: 5 }, typically: { percent: 100 } });
    expect(tenfold).toMatchObject({ regression: { times: 10 }, typically: { percent: 25 } });
    expect(serious).toMatchObject({ regression: { kind: "share", percent: 5 }, typically: { percent: 5 } });
    // One minute of 60 requests, 5 % of them bad, is 3 of them.
    const { afterMs = 0, badRequests } = serious?.typically ?? {};
    expect(badRequests).toBeCloseTo((3 * afterMs) / 60_000, 6);
    // Whatever is judged, half a period has to pass, a period to be full, and CloudWatch to publish it.
    expect(afterMs).toBeGreaterThanOrEqual(30_000 + 60_000 + 120_000);
  });

  test("bad requests of the steps that miss it are on its bill", () => {
    const { ramp, steps } = look(service(1200, 0.002));
    const tenfold = ramp[2]?.typically;
    const first = steps[0];
    if (!tenfold || !first) throw new Error("nothing seen");
    // Its own 310 s at 60 requests a minute, 2 % of them bad, and what 25 % has added by then.
    const missedMs = 310_000;
    const atFirst = (first.requestsPerMinute * 0.02 * missedMs) / 60_000;
    const atSecond = (300 * 0.02 * (tenfold.afterMs - missedMs)) / 60_000;
    expect(tenfold.badRequests).toBeCloseTo(atFirst + atSecond, 6);
    // Caught at the fourth weight: three bakes of five minutes have gone by, with settling.
    expect(ramp[1]?.typically).toMatchObject({ percent: 100 });
    expect(ramp[1]?.typically?.afterMs).toBeGreaterThan(3 * missedMs);
  });

  test("a shorter period and a faster source see it sooner", () => {
    const typicallyMs = (over: object): number =>
      look(service(6000, 0.002), { gates: { errors: over } }).ramp[2]?.typically?.afterMs ?? Number.NaN;
    const from = { source: "shop", requests: "r", bad: "b" };
    const prometheus = look(service(6000, 0.002), {
      gates: { errors: { period: "10s", from } },
      sources: { shop: { prometheus: { url: "http://prometheus:9090" } } },
    });
    expect(prometheus.lagMs).toBe(10_000);
    expect(prometheus.ramp[2]?.typically?.afterMs).toBeLessThan(typicallyMs({}) / 2);
  });
});

describe("warnings", () => {
  test("a step that is too short says which would do, and with that line it is no more", () => {
    const blind = look(service(1200, 0.002), STEPS);
    expect(blind.steps.map(({ isBlind }) => isBlind)).toEqual([true, false, false]);
    expect(textOf(blind)).toMatch(
      /^too short a bake to see 10 times the error rate: 5m at 5 %; what would do: /,
    );
    expect(blind.steps[0]?.remedies.map(({ percent }) => percent)).toEqual([5]);
    for (const { yaml } of blind.steps[0]?.remedies ?? []) {
      const [mended] = specOf(specText(`steps:\n  ${yaml}\n  - { weight: 50, bake: 5m }\n`)).services;
      if (!mended) throw new Error("no service");
      const after = rampOutlookOf(mended, stepsOf(mended, 4), service(1200, 0.002));
      expect(after.steps[0]?.isBlind, yaml).toBe(false);
      const tenfold = after.steps[0]?.sightings.find(
        ({ regression }) => regression.kind === "times" && regression.times === 10,
      );
      expect(tenfold?.nineInTen?.afterMs).toBeLessThanOrEqual(mended.settle + (after.steps[0]?.bakeMs ?? 0));
      expect(textOf(after)).toBe("");
    }
  });

  test("a larger weight is proposed where the bake that there is suffices for it", () => {
    const { steps } = look(service(1200, 0.004), STEPS);
    expect(steps[0]?.remedies.map(({ yaml }) => yaml)).toContain("- { weight: 25, bake: 5m }");
  });

  test("batches have one bake between them, and a flip has its own", () => {
    expect(textOf(look(service(1200, 0.002), { strategy: "rolling" }))).toMatch(
      /what would do: `batch: { bake: \d+m }`$/,
    );
    const flip = look(service(120, 0.002), { strategy: "blue-green", bake: "1m" });
    expect(textOf(flip)).toMatch(/`bake: \d+m`/);
  });

  test("few bad requests: only serious faults are seen, and time and volume decide the rest", () => {
    const outlook = look(service(5000, 0.00001));
    expect(outlook.measure).toEqual({ kind: "share", percent: 5 });
    expect(textOf(outlook)).toContain("not even 10 times the error rate would be seen in a bake of 1h");
    expect(textOf(look(service(600, 0)))).toContain("nothing is known of multiples");
  });

  test("thin traffic: nothing is seen, and a person is asked", () => {
    const outlook = look(service(3, 0));
    expect(outlook.measure).toBeUndefined();
    expect(textOf(outlook)).toMatch(/so little traffic that not even a release that fails 5 %/);
    expect(textOf(outlook)).toMatch(/100 requests without which no step passes take 11h 10m at 5 %/);
  });

  test("plenty of traffic: none", () => {
    expect(textOf(look(service(100_000, 0.01)))).toBe("");
    expect(outlookSentence(look(service(100_000, 0.01)))).toMatch(
      /^what the errors gate can see: 10 times the error rate is caught after about 4m, at 5 %, with 1,750 bad/,
    );
  });
});

test("whatever the traffic and the strategy, every number is one", () => {
  const anyTraffic = fc.record({
    requestsPerMinute: fc.double({ min: 0.01, max: 1e6, noNaN: true }),
    badShare: fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 0.9, noNaN: true })),
    dispersion: fc.double({ min: 1, max: 50, noNaN: true }),
    bad: fc.nat(10_000),
  });
  const strategies = fc.constantFrom<ServiceSpec["strategy"]>("canary", "blue-green", "rolling");
  fc.assert(
    fc.property(anyTraffic, strategies, (traffic, strategy) => {
      const outlook = look(traffic, { strategy });
      const words = [...outlookLines(outlook), ...outlookWarnings(outlook), outlookSentence(outlook)];
      expect(words.join("\n")).not.toMatch(/NaN|Infinity|undefined/);
      for (const { chance } of outlook.ramp) expect(chance >= 0 && chance <= 1).toBe(true);
    }),
    { numRuns: 40 },
  );
});

describe("traffic", () => {
  const END_MS = 10_000 * 60_000;
  const minute = (ago: number, requests: number, bad = 0) => ({
    atMs: END_MS - ago * 60_000,
    requests,
    good: requests - bad,
    connectionErrors: 0,
  });

  test("how much is the last hour's, how bad the whole day's", () => {
    const minutes = [minute(1000, 300, 30), ...Array.from({ length: 60 }, (_, ago) => minute(ago + 1, 10))];
    expect(countedTrafficOf(minutes, END_MS)).toMatchObject({
      requestsPerMinute: 10,
      badShare: 30 / 900,
      bad: 30,
    });
  });

  test("minutes without a request count, from the first that has some", () => {
    expect(countedTrafficOf([minute(10, 100)], END_MS)?.requestsPerMinute).toBe(10);
    expect(countedTrafficOf([minute(200, 100)], END_MS)?.requestsPerMinute).toBe(0.5);
    expect(countedTrafficOf([minute(-1, 100), minute(5, 0)], END_MS)).toBeUndefined();
  });

  test("bad requests in clusters show as dispersion", () => {
    const one = Array.from({ length: 120 }, (_, ago) => minute(ago + 1, 1000, ago % 10 === 0 ? 20 : 0));
    expect(countedTrafficOf(one, END_MS)?.dispersion).toBeGreaterThan(5);
  });
});
