import { expect, test } from "vitest";
import { leastBad } from "../../../../bench/evidence/bound.ts";
import { type Canary, seenEvery, simulate } from "../../../../bench/evidence/canary.ts";
import { deviateOf, scoreOf, shiftOf } from "../../../../bench/evidence/kayenta.ts";
import { highest, PEERS, takenBackAt, tunedLimit } from "../../../../bench/evidence/peers.ts";
import { randomOf } from "../../../../bench/evidence/random.ts";
import { steady } from "../../../../bench/evidence/scenarios.ts";
import { informed, sequential } from "../../../../bench/evidence/sluice.ts";

/** Of rare bad requests on a small share: r·kl(1−β, α) / (r·ln r − r + 1), worked out by hand for α = 1 %, β = 5 %. */
test.each([
  [1.5, 58],
  [2, 21.6],
  [4, 6.6],
  [10, 3],
])("a regression of %d times takes %d bad canary requests at the least", (ratio, bad) => {
  const least = leastBad({ badShare: 1e-6, share: 1e-4, ratio }, 0.01, 0.95) ?? Number.NaN;
  expect(Math.abs(least / bad - 1)).toBeLessThan(0.02);
});

test("with no more power than false alarms there is no bound", () => {
  expect(leastBad({ badShare: 0.001, share: 0.1, ratio: 2 }, 0.01, 0.01)).toBeUndefined();
});

/** 1,000 requests to each arm in each of a minute's 10-second periods; of the canary's, so many are bad. */
function canaryOf(badPerPeriod: readonly number[]): Canary {
  return {
    periodSeconds: 10,
    history: Array.from({ length: 720 }, () => ({ requests: 1_000, bad: 1 })),
    blocks: badPerPeriod.flatMap((bad) =>
      Array.from({ length: 6 }, () => ({
        canary: { requests: 1_000, bad },
        stable: { requests: 1_000, bad: 1 },
      })),
    ),
  };
}

test.each([
  ["1 bad minute (Argo, Flagger, alarm)", [10, 10, 11, 0], 180],
  ["1 bad minute (Argo, Flagger, alarm)", [10, 10, 10, 10], undefined],
  ["5 bad minutes (Flagger)", [11, 11, 0, 11, 11, 0, 11, 0], 420],
  ["5 bad minutes (Flagger)", [11, 11, 0, 11, 11, 0, 0, 0], undefined],
  ["alarm 2 of 3", [11, 0, 11, 0], 180],
  ["alarm 2 of 3", [11, 0, 0, 11], undefined],
  ["alarm 3 of 3", [11, 11, 0, 11, 11, 11], 360],
  ["alarm 3 of 3", [11, 11, 0, 11, 11], undefined],
] as const)("%s, on %j bad requests a period", (name, bad, second) => {
  const peer = PEERS.find((one) => one.name === name);
  expect(peer).toBeDefined();
  expect(takenBackAt(peer?.looksAt(canaryOf(bad)) ?? [], peer?.defaultLimit ?? Number.NaN)).toBe(second);
});

test("a tuned limit is passed by just the share of good canaries that is allowed", () => {
  const count = PEERS.find(({ name }) => name.startsWith("alarm on a count"));
  const good = Array.from({ length: 200 }, (_, index) => count?.looksAt(canaryOf([0, index])) ?? []);
  const limit = tunedLimit(good.map(highest));
  expect(good.filter((looks) => takenBackAt(looks, limit) !== undefined)).toHaveLength(2);
});

/** R 4: wilcox.test(c(3, 5, 5, 8, 9), c(1, 2, 4, 5, 5), correct = TRUE, exact = FALSE) has W = 20; worked out by hand. */
test("Mann and Whitney's deviate has corrections for ties and continuity, and the shift is the middle difference", () => {
  const [canary, baseline] = [
    [3, 5, 5, 8, 9],
    [1, 2, 4, 5, 5],
  ];
  const variance = (25 / 12) * (11 - (4 ** 3 - 4) / (10 * 9));
  expect(deviateOf(canary, baseline)).toBeCloseTo((20 - 12.5 - 0.5) / Math.sqrt(variance), 12);
  expect(shiftOf(canary, baseline)).toBe(3);
  expect(scoreOf(canary, baseline)).toBeLessThan(deviateOf(canary, baseline));
});

test("Kayenta waits for its points, and finds a canary with many times the bad share", () => {
  const kayenta = PEERS.find(({ name }) => name === "Kayenta every 5 min");
  const minutes = Array.from({ length: 30 }, () => 0);
  const looks = (bad: number) => kayenta?.looksAt(canaryOf(minutes.map(() => bad))) ?? [];
  expect(looks(1).map(({ second }) => second)).toEqual([600, 900, 1_200, 1_500, 1_800]);
  expect(takenBackAt(looks(30), kayenta?.defaultLimit ?? Number.NaN)).toBe(600);
  expect(takenBackAt(looks(1), kayenta?.defaultLimit ?? Number.NaN)).toBeUndefined();
});

test("the sequential test answers after the period that decided, whatever its length", () => {
  const canary = canaryOf([1, 1, 30, 1]);
  expect(sequential(10, 1)(canary)).toBe(130);
  expect(sequential(60, 1)(canary)).toBe(180);
  expect(sequential(10, 40)(canary)).toBeUndefined();
  expect(informed(10, 4)(canary)).toBe(130);
  expect(sequential(10, 1)(canaryOf([1, 1, 1, 1]))).toBeUndefined();
});

test("a simulated canary has the rates it was asked for, and its seed makes it again", () => {
  const cold = (second: number) => (second < 900 ? 3 : 1);
  const scenario = { ...steady(100, 1, 10), meanCluster: 3, coldRatio: cold };
  const { history, blocks } = simulate(scenario, 4, 10, randomOf(11));
  expect(simulate(scenario, 4, 10, randomOf(11))).toEqual({ periodSeconds: 10, history, blocks });
  const rateOf = (arms: readonly { readonly requests: number; readonly bad: number }[]) =>
    arms.reduce((sum, { bad }) => sum + bad, 0) / arms.reduce((sum, { requests }) => sum + requests, 0);
  const near = (value: number, expected: number) => expect(Math.abs(value / expected - 1)).toBeLessThan(0.16);
  near(rateOf(history), 0.01);
  near(rateOf(blocks.map(({ stable }) => stable)), 0.01);
  near(rateOf(blocks.slice(0, 90).map(({ canary }) => canary)), 0.12);
  near(rateOf(blocks.slice(90).map(({ canary }) => canary)), 0.04);
});

test("seen in longer periods a canary has the same requests", () => {
  const canary = simulate(steady(100, 1, 10), 1, 10, randomOf(3));
  const seen = seenEvery(60, canary);
  expect(seen.blocks).toHaveLength(30);
  const first = canary.blocks.slice(0, 6);
  expect(seen.blocks[0]?.canary).toEqual({
    requests: first.reduce((sum, block) => sum + block.canary.requests, 0),
    bad: first.reduce((sum, block) => sum + block.canary.bad, 0),
  });
});
