import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./controller.ts";

/** Wall-clock time. */
export const realClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (delayMs, signal) => {
    await delay(delayMs, undefined, signal ? { signal } : {});
  },
};
