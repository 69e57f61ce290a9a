const CALM_MS = 2_000;
const WIDEST_MS = 40_000;

/**
 * How long to wait between looks: often when alone in the account, wider each time AWS throttles, slowly
 * closer again. Jittered by a tenth, so that many rollouts do not look in step.
 */
export class Pace {
  readonly #calmMs: number;
  readonly #random: () => number;
  #intervalMs: number;

  /** `calmMs`: the interval while AWS throttles nothing, if more than 2 s. */
  constructor(random: () => number, calmMs = CALM_MS) {
    this.#calmMs = Math.max(CALM_MS, calmMs);
    this.#intervalMs = this.#calmMs;
    this.#random = random;
  }

  /** `throttled`: whether AWS throttled any call since the last look. */
  next(throttled: boolean): number {
    this.#intervalMs = throttled
      ? Math.min(WIDEST_MS, this.#intervalMs * 2)
      : Math.max(this.#calmMs, this.#intervalMs * 0.75);
    return this.#intervalMs * (0.9 + 0.2 * this.#random());
  }
}
