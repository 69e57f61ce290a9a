import type { Sandbox } from "../sandbox/sandbox.ts";
import type { HealthyEvent } from "./flip.ts";
import { ruleChangeOf, type TimedCall } from "./timed-call.ts";

/** What a sandbox saw: the AWS calls that ended, and the targets that turned healthy. */
export interface Seen {
  readonly calls: readonly TimedCall[];
  readonly healthy: readonly HealthyEvent[];
}

/** Watches a sandbox until the returned function is called, which says what was seen. */
export function watchWire(sandbox: Sandbox, nowMs: () => number): () => Seen {
  const calls: TimedCall[] = [];
  const healthy: HealthyEvent[] = [];
  const deafen = [
    sandbox.calls.listen(({ operation, write, outcome, atMs, input }) => {
      const times = { beganAtMs: atMs, endedAtMs: nowMs() };
      calls.push({ operation, write, ok: outcome === "ok", ...times, ...ruleChangeOf(input) });
    }),
    sandbox.listen({
      health: ({ targetGroupArn, to }) => {
        if (to === "healthy") healthy.push({ atMs: nowMs(), targetGroupArn });
      },
    }),
  ];
  return () => {
    for (const stop of deafen) stop();
    return { calls, healthy };
  };
}
