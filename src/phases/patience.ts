import { SluiceError } from "../core/errors.ts";
import type { ControllerContext } from "./controller.ts";
import { Pace } from "./pace.ts";

/** How long AWS may fail what is read before the first look. A rollback must not end for a moment of throttling. */
const PATIENCE_MS = 120_000;

/** Does again what AWS throttles, fails or does not answer, for a while. */
export async function patiently<T>(
  { clock, record, random, signal }: Pick<ControllerContext, "clock" | "record" | "random" | "signal">,
  attempt: () => Promise<T>,
): Promise<T> {
  const pace = new Pace(random);
  const deadlineMs = clock.nowMs() + PATIENCE_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const passing = error instanceof SluiceError && error.kind === "transient";
      if (!passing || clock.nowMs() >= deadlineMs) throw error;
      const againInMs = pace.next(true);
      record({ kind: "look-failed", message: error.message, againInMs });
      await clock.sleep(againInMs, signal);
    }
  }
}
