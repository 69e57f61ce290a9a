import { expect, test } from "vitest";
import { binomialOf, geometric, poisson, randomOf } from "../../../../bench/evidence/random.ts";

const DRAWS = 20_000;

const uniform = randomOf(7);
test.each([
  ["Poisson of 0.3", () => poisson(0.3, uniform), 0.3, 0.3],
  ["Poisson of 75", () => poisson(75, uniform), 75, 75],
  ["Poisson of 31", () => poisson(31, uniform), 31, 31],
  ["Poisson of 5,000", () => poisson(5_000, uniform), 5_000, 5_000],
  ["binomial of 40 at 0.2", () => binomialOf(40, 0.2, uniform), 8, 6.4],
  ["binomial of 3 at 0.9", () => binomialOf(3, 0.9, uniform), 2.7, 0.27],
  ["geometric of 4", () => geometric(4, uniform), 4, 12],
] as const)("%s has its mean and variance", (_name, draw, mean, variance) => {
  const values = Array.from({ length: DRAWS }, draw);
  const measured = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  const spread = values.reduce((sum, value) => sum + (value - measured) ** 2, 0) / DRAWS;
  expect(Math.abs(measured - mean)).toBeLessThan(5 * Math.sqrt(variance / DRAWS));
  expect(spread / variance).toBeGreaterThan(0.93);
  expect(spread / variance).toBeLessThan(1.07);
});

test("the same seed gives the same numbers, another one others", () => {
  const numbers = (seed: number) => {
    const random = randomOf(seed);
    return [random(), random(), random()];
  };
  expect(numbers(1)).toEqual(numbers(1));
  expect(numbers(1)).not.toEqual(numbers(2));
});

test.each([20, 31, 400])("Poisson of %d is distributed as by its definition", (mean) => {
  const draws = 200_000;
  const random = randomOf(9);
  const counts = new Map<number, number>();
  for (let draw = 0; draw < draws; draw++) {
    const count = poisson(mean, random);
    counts.set(count, (counts.get(count) ?? 0) + 1);
  }
  let [expected, seen, furthest] = [0, 0, 0];
  for (let count = 0, log = -mean; count < 3 * mean; count++, log += Math.log(mean / count)) {
    expected += Math.exp(log);
    seen += (counts.get(count) ?? 0) / draws;
    furthest = Math.max(furthest, Math.abs(expected - seen));
  }
  // Kolmogorov's distance, which chance alone carries further once in a thousand times.
  expect(furthest).toBeLessThan(1.95 / Math.sqrt(draws));
});
