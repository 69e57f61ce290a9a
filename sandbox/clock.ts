/** Everything in the sandbox that takes time takes it from a clock, so that tests can own time. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Runs `task` once, `delayMs` from now; the returned function cancels it. A failing task is fatal. */
  after(delayMs: number, task: () => void | Promise<void>): Cancel;
  /** Resolves `delayMs` from now; rejects with the signal's reason when aborted. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export type Cancel = () => void;

/** Wall-clock time. Its timers keep no process alive on their own. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(() => void task(), delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = setTimeout(done, delayMs);
      function done(): void {
        signal?.removeEventListener("abort", abort);
        resolve();
      }
      function abort(): void {
        clearTimeout(timer);
        reject(signal?.reason);
      }
      signal?.addEventListener("abort", abort, { once: true });
    });
  },
};

/** Lets every promise that a timer has settled run on, before time moves again. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void | Promise<void>;
}

/**
 * A clock that stands still until somebody sleeps on it: `sleep` runs every timer that falls due, in order,
 * and returns at once in real time. Its times are whole milliseconds, as real ones are. With several sleepers
 * (`participants`), time moves when all of them sleep, to the earliest wake-up.
 */
export class VirtualClock implements Clock {
  #nowMs: number;
  #order = 0;
  #timers: Timer[] = [];
  #asleep = 0;
  #moving = false;
  #participants: number;

  constructor(startMs = Date.UTC(2026, 0, 5, 9), participants = 1) {
    this.#nowMs = startMs;
    this.#participants = participants;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void | Promise<void>): Cancel {
    const atMs = this.#nowMs + Math.ceil(Math.max(0, delayMs));
    const timer = { atMs, order: this.#order++, run: task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  async sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    let awake = false;
    const woken = new Promise<void>((resolve) => {
      this.after(delayMs, () => {
        awake = true;
        this.#asleep--;
        resolve();
      });
    });
    this.#asleep++;
    if (!this.#moving) await this.#move(() => awake);
    await woken;
    signal?.throwIfAborted();
  }

  /** Moves time on by `durationMs` without a sleeper, running what falls due. */
  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs;
    await this.#move(() => (this.#next()?.atMs ?? Number.POSITIVE_INFINITY) > untilMs);
    this.#nowMs = untilMs;
  }

  /** Time waits for one sleeper fewer from now on; the last one stays. */
  leave(): void {
    this.#participants = Math.max(1, this.#participants - 1);
    const allAsleep = (): boolean => this.#asleep >= this.#participants;
    if (!this.#moving && allAsleep()) void this.#move(() => !allAsleep());
  }

  async #move(until: () => boolean): Promise<void> {
    this.#moving = true;
    try {
      while (!until() && (this.#asleep === 0 || this.#asleep >= this.#participants)) {
        const timer = this.#next();
        if (!timer) return;
        this.#timers = this.#timers.filter((other) => other !== timer);
        this.#nowMs = Math.max(this.#nowMs, timer.atMs);
        await timer.run();
        await settled();
      }
    } finally {
      this.#moving = false;
    }
  }

  #next(): Timer | undefined {
    return this.#timers.reduce<Timer | undefined>(
      (first, timer) =>
        !first || timer.atMs < first.atMs || (timer.atMs === first.atMs && timer.order < first.order)
          ? timer
          : first,
      undefined,
    );
  }
}
