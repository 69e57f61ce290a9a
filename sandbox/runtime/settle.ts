import type { Cancel, Clock } from "../clock.ts";

/**
 * Like `clock.after`, but a virtual clock waits for what `task` has settled: continuations of promises that
 * it resolved run before time moves on. They must not wait for the clock themselves.
 */
export function afterSettled(clock: Clock, delayMs: number, task: () => void): Cancel {
  return clock.after(delayMs, () => {
    task();
    return new Promise<void>((resolve) => setImmediate(resolve));
  });
}
