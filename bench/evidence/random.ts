/** Random numbers in [0, 1). */
export type Random = () => number;

/** The same numbers for the same seed: Chris Doty-Humphrey's sfc32 (PractRand), for millions of draws and rare events. */
export function randomOf(seed: number): Random {
  let a = 0;
  let b = seed | 0;
  let c = seed >>> 16;
  let counter = 1;
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let warmUp = 0; warmUp < 15; warmUp++) next();
  return next;
}

/** From here on rejection is quicker than multiplication. */
const LARGE_MEAN = 30;

/** A Poisson number of this mean, 0 or more, exactly. */
export function poisson(mean: number, random: Random): number {
  return mean < LARGE_MEAN ? smallPoisson(mean, random) : largePoisson(mean, random);
}

/** By a product of uniforms (Knuth 1969): time in proportion to the mean. */
function smallPoisson(mean: number, random: Random): number {
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random(); product > limit; product *= random()) count++;
  return count;
}

/** By transformed rejection (PTRS of Hörmann, The transformed rejection method for Poisson random variables, 1993). */
function largePoisson(mean: number, random: Random): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const surelyInside = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= surelyInside) return count;
    if (count < 0 || (us < 0.013 && v > us)) continue;
    const logDensity = count * Math.log(mean) - mean - logFactorial(count);
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= logDensity) return count;
  }
}

/** ln n!: the first ones by their sum, the others by Stirling's series, to 1e-10 and better. */
const FIRST_LOG_FACTORIALS = Array.from({ length: 16 }, (_, n) =>
  Array.from({ length: n }, (_, index) => Math.log(index + 1)).reduce((sum, log) => sum + log, 0),
);
function logFactorial(n: number): number {
  const known = FIRST_LOG_FACTORIALS[n];
  if (known !== undefined) return known;
  const series = 1 / (12 * n) - 1 / (360 * n ** 3) + 1 / (1260 * n ** 5);
  return n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + series;
}

/** A geometric number of this mean, 1 or more. */
export function geometric(mean: number, random: Random): number {
  if (mean <= 1) return 1;
  return 1 + Math.floor(Math.log(1 - random()) / Math.log(1 - 1 / mean));
}

/** How many of `trials` come about, each with `chance`, by the gaps between them. Takes time in proportion to these. */
export function binomialOf(trials: number, chance: number, random: Random): number {
  if (chance <= 0) return 0;
  if (chance >= 1) return trials;
  let hits = -1;
  for (let at = 0; at <= trials; hits++) {
    at += 1 + Math.floor(Math.log(1 - random()) / Math.log1p(-chance));
  }
  return hits;
}
