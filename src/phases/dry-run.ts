import { awsCommand } from "../core/by-hand.ts";
import { SluiceError } from "../core/errors.ts";
import { applyWrite, settle } from "../core/foresee/apply.ts";
import type { Observation } from "../core/observation.ts";
import type { ControllerContext } from "./controller.ts";
import { patiently } from "./patience.ts";

/**
 * The context of a run that writes nothing: its engine looks at AWS once and then at what AWS would say, its
 * clock is moved by its sleeps alone, and its journal has what would be written as "foreseen".
 */
export function dryRunOf(context: ControllerContext): ControllerContext {
  const { plan, engine, record, clock } = context;
  const startMs = clock.nowMs();
  let nowMs = startMs;
  let seen: Observation | undefined;
  const look = async (): Promise<Observation> => {
    seen ??= await patiently(context, () => engine.observe());
    return { ...seen, atMs: nowMs };
  };
  return {
    ...context,
    dryRun: true,
    engine: {
      observe: look,
      wasThrottled: () => engine.wasThrottled(),
      async act(write) {
        const before = await look();
        const command = awsCommand(write, plan, before);
        record({ kind: "foreseen", inMs: nowMs - startMs, move: write, command });
        seen = applyWrite(write, plan, before, nowMs);
      },
    },
    clock: {
      nowMs: () => nowMs,
      async sleep(delayMs) {
        nowMs += delayMs;
        if (seen) seen = settle(plan, seen);
      },
    },
    measure: async () => {
      throw new SluiceError("internal", "a defect in Sluice: a dry run measures nothing");
    },
    record(event) {
      if (event.kind !== "writing") record(event);
    },
  };
}
