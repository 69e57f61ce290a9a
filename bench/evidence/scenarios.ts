import { CANARY_SECONDS, type Scenario } from "./canary.ts";

const MINUTE = 60;
const constant = (value: number) => (): number => value;

export function steady(requestsPerSecond: number, badPercent: number, sharePercent: number): Scenario {
  return {
    name: `${requestsPerSecond}/s, ${badPercent} % bad, share ${sharePercent} %`,
    requestsPerSecond: constant(requestsPerSecond),
    share: constant(sharePercent / 100),
    badShare: constant(badPercent / 100),
    meanCluster: 1,
  };
}

const base = steady(100, 0.1, 10);

/** What good canaries go through. */
export const SCENARIOS: readonly Scenario[] = [
  base,
  steady(100, 0.01, 10),
  steady(100, 2, 10),
  steady(100, 0.1, 1),
  steady(100, 0.5, 50),
  steady(5, 1, 10),
  steady(500, 0.1, 5),
  {
    ...base,
    name: "a day's curve in the half hour",
    requestsPerSecond: (second) => 100 * (1 + 0.6 * Math.sin((2 * Math.PI * second) / CANARY_SECONDS)),
    badShare: (second) => 0.002 * (1 + 0.6 * Math.cos((2 * Math.PI * second) / CANARY_SECONDS)),
  },
  {
    ...base,
    name: "incident of both arms, 20 times, 5 minutes",
    badShare: (second) => (second >= 10 * MINUTE && second < 15 * MINUTE ? 0.02 : 0.001),
  },
  { ...base, name: "clusters of 3", badShare: constant(0.005), meanCluster: 3 },
  { ...base, name: "clusters of 10", badShare: constant(0.005), meanCluster: 10 },
  {
    ...base,
    name: "slow start: share 0.5 % to 10 % in 2 minutes",
    share: (second) => Math.min(0.1, 0.005 + (0.095 * second) / (2 * MINUTE)),
  },
  {
    ...base,
    name: "weights 1, 5, 10, 25, 50 %, each for 5 minutes",
    badShare: constant(0.003),
    share: (second) => [0.01, 0.05, 0.1, 0.25, 0.5][Math.floor(second / (5 * MINUTE))] ?? 0.5,
  },
];

/**
 * Canaries that are good once they are warm. That is a difference, so a test that is to find one finds it: no false
 * alarm in the sense of α.
 */
export const COLD: readonly Scenario[] = [2, 5].map((times) => ({
  ...base,
  name: `${times} times as many bad ones in its first minute`,
  badShare: constant(0.005),
  coldRatio: (second) => (second < MINUTE ? times : 1),
}));

/** Where regressions are looked for. */
export const REGRESSED: readonly Scenario[] = [
  base,
  steady(100, 0.5, 10),
  steady(20, 0.5, 10),
  steady(100, 0.5, 50),
];
export const RATIOS: readonly number[] = [1.5, 2, 4, 10];
