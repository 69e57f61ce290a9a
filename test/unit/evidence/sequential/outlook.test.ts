import { describe, expect, test } from "vitest";
import { poisson, randomOf } from "../../../../bench/evidence/random.ts";
import type { Arm, Block } from "../../../../src/core/counts.ts";
import { compare } from "../../../../src/evidence/sequential/comparison.ts";
import { drawOfArms, drawOfObjective } from "../../../../src/evidence/sequential/draw.ts";
import { judgeObjective } from "../../../../src/evidence/sequential/objective.ts";
import { blocksUntil, chancesToCatch, type Expected } from "../../../../src/evidence/sequential/outlook.ts";

const ALPHA = 0.003;
const ROUNDS = 300;
const CERTAINTY = { alpha: ALPHA, beta: 0.05 };
/** Enough for a dispersion of 1. */
const HISTORY = [{ requests: 1000, bad: 0 }];

interface Service {
  readonly perBlock: number;
  readonly share: number;
  readonly badShare: number;
  readonly times: number;
}

function expectedOf({ perBlock, share, badShare, times }: Service): Block {
  const canary = perBlock * share;
  const stable = perBlock - canary;
  return {
    canary: { requests: canary, bad: canary * badShare * times },
    stable: { requests: stable, bad: stable * badShare },
  };
}

function of(service: Service): Expected {
  const draw = drawOfArms(expectedOf(service), 1.2);
  if (!draw) throw new Error("no draw");
  return { draw, hasControl: true };
}

/** The sorted blocks, from 1, at which simulated canaries are caught. */
function simulated(once: () => number | undefined): (part: number) => number {
  const at = Array.from({ length: ROUNDS }, () => (once() ?? Number.POSITIVE_INFINITY) + 1).sort(
    (a, b) => a - b,
  );
  return (part) => at[Math.ceil(part * ROUNDS) - 1] ?? Number.NaN;
}

/** Within a block, or a factor: stable's own luck, which is left out, matters most where it has few of the requests. */
function near(foreseen: number | undefined, seen: number, factor: number): void {
  const most = Math.max(seen, foreseen ?? Number.POSITIVE_INFINITY);
  const least = Math.min(seen, foreseen ?? 0);
  expect(most, `foreseen ${foreseen}, seen ${seen}`).toBeLessThanOrEqual(Math.max(least + 1, least * factor));
}

describe("what is foreseen is what simulated canaries show", () => {
  test.each<Service>([
    { perBlock: 1000, share: 0.05, badShare: 0.002, times: 5 },
    { perBlock: 1000, share: 0.05, badShare: 0.01, times: 10 },
    { perBlock: 5000, share: 0.25, badShare: 0.001, times: 2 },
    { perBlock: 300, share: 0.5, badShare: 0.005, times: 5 },
    { perBlock: 6000, share: 0.1, badShare: 0.01, times: 2 },
  ])("$perBlock requests a block, $share of them, $badShare bad, $times times", (service) => {
    const { canary, stable } = expectedOf(service);
    const chances = chancesToCatch(of(service), { alpha: ALPHA }, 240);
    const random = randomOf(7);
    const arm = ({ requests, bad }: Arm): Arm => ({ requests, bad: poisson(bad, random) });
    const rule = { ...CERTAINTY, tolerance: 1.2, excess: 2 };
    const seen = simulated(() => {
      const blocks = Array.from({ length: chances.length + 20 }, () => ({
        canary: arm(canary),
        stable: arm(stable),
      }));
      return compare(blocks, HISTORY, rule).regressedAtBlock;
    });
    near(blocksUntil(chances, 0.5), seen(0.5), 1.25);
    near(blocksUntil(chances, 0.9), seen(0.9), 1.5);
  });

  test.each([
    { requests: 50, badShare: 0.05 },
    { requests: 200, badShare: 0.02 },
  ])("$requests requests against a limit of 1 %, $badShare bad", ({ requests, badShare }) => {
    const expected = drawOfObjective({ requests, bad: requests * badShare }, 0.01);
    if (!expected) throw new Error("no draw");
    const chances = chancesToCatch({ draw: expected, hasControl: false }, { alpha: ALPHA }, 240);
    const random = randomOf(9);
    const seen = simulated(() => {
      const arms = Array.from({ length: chances.length + 20 }, () => ({
        requests,
        bad: poisson(requests * badShare, random),
      }));
      return judgeObjective(arms, HISTORY, { ...CERTAINTY, limit: 0.01 }).regressedAtBlock;
    });
    near(blocksUntil(chances, 0.5), seen(0.5), 1.25);
    near(blocksUntil(chances, 0.9), seen(0.9), 1.5);
  });
});

const SERVICE: Service = { perBlock: 1000, share: 0.05, badShare: 0.002, times: 5 };
const typicalOf = (service: Service, alpha = ALPHA, dispersion = 1): number =>
  blocksUntil(chancesToCatch(of(service), { alpha, dispersion }, 240), 0.5) ?? Number.POSITIVE_INFINITY;

test("chances rise to certainty, and no further look is taken after that", () => {
  const chances = chancesToCatch(of({ ...SERVICE, times: 20 }), { alpha: ALPHA }, 240);
  expect([...chances].sort((a, b) => a - b)).toEqual(chances);
  expect(chances.at(-1)).toBeGreaterThanOrEqual(0.99);
  expect(chances.length).toBeLessThan(240);
});

test("more traffic, a larger share, a larger regression and a larger budget are each sooner; clusters are later", () => {
  const typical = typicalOf(SERVICE);
  expect(typicalOf({ ...SERVICE, perBlock: 4000 })).toBeLessThan(typical);
  expect(typicalOf({ ...SERVICE, share: 0.2 })).toBeLessThan(typical);
  expect(typicalOf({ ...SERVICE, times: 10 })).toBeLessThan(typical);
  expect(typicalOf(SERVICE, 0.05)).toBeLessThan(typical);
  expect(typicalOf(SERVICE, ALPHA, 3)).toBeGreaterThan(2 * typical);
});

test("what is tolerated, or nothing at all, is never caught", () => {
  expect(chancesToCatch(of({ ...SERVICE, times: 1.2 }), { alpha: ALPHA }, 240)).toEqual([]);
  expect(
    chancesToCatch({ draw: { trials: 0, hits: 0, chance: 0.05 }, hasControl: true }, { alpha: ALPHA }, 240),
  ).toEqual([]);
});

test("a million bad requests in a block are certain at once, and soon computed", () => {
  const startedMs = performance.now();
  const chances = chancesToCatch(of({ ...SERVICE, perBlock: 1e9 }), { alpha: ALPHA }, 240);
  expect(chances).toEqual([expect.closeTo(1, 6)]);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
