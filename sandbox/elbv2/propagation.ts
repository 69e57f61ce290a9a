import type { Cancel } from "../clock.ts";
import type { Surroundings } from "../ports.ts";

/**
 * Carries changes from the control plane to the data plane, each after a random delay, by
 * default of `settings.propagationDelayMs`. Changes of one key arrive in the order they were made; those of different
 * keys may overtake each other, as nothing on AWS says they do not.
 */
export class Propagation {
  readonly #surroundings: Surroundings;
  readonly #random: () => number;
  readonly #queues = new Map<string, (() => void)[]>();
  readonly #lastAtMs = new Map<string, number>();
  readonly #timers = new Set<Cancel>();

  constructor(surroundings: Surroundings, random: () => number) {
    this.#surroundings = surroundings;
    this.#random = random;
  }

  /** Applies a change after its delay; at once if there is none and nothing of its key is under way. */
  schedule(key: string, apply: () => void, delay = this.#surroundings.settings.propagationDelayMs): void {
    const { clock } = this.#surroundings;
    const { min, max } = delay;
    const nowMs = clock.nowMs();
    const atMs = Math.max(
      nowMs + min + this.#random() * Math.max(0, max - min),
      this.#lastAtMs.get(key) ?? 0,
    );
    const queue = this.#queues.get(key) ?? [];
    if (atMs <= nowMs && queue.length === 0) {
      apply();
      return;
    }
    queue.push(apply);
    this.#queues.set(key, queue);
    this.#lastAtMs.set(key, atMs);
    const cancel = clock.after(atMs - nowMs, () => {
      this.#timers.delete(cancel);
      queue.shift()?.();
      if (queue.length === 0 && this.#queues.get(key) === queue) this.#forget(key);
    });
    this.#timers.add(cancel);
  }

  /** Forgets the changes of a key that are still under way. */
  drop(key: string): void {
    const queue = this.#queues.get(key);
    if (queue) queue.length = 0;
    this.#forget(key);
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
    this.#queues.clear();
  }

  #forget(key: string): void {
    this.#queues.delete(key);
    this.#lastAtMs.delete(key);
  }
}
