import type { ProbeResult, Prober } from "../ports.ts";
import type { VirtualTarget } from "./behaviour.ts";
import { judgeStatus } from "./http-prober.ts";

const DEFAULT_LATENCY_MS = 10;

/** Health checks of simulated tasks: answered at once by the clock, also when they time out. */
export function createVirtualProber(
  targetAt: (address: string, port: number) => VirtualTarget | undefined,
): Prober {
  return {
    probe: (target, check) => Promise.resolve(judge(targetAt(target.id, check.port), check)),
  };
}

function judge(
  found: VirtualTarget | undefined,
  check: { readonly timeoutMs: number; readonly matcher: string },
): ProbeResult {
  if (!found?.ready)
    return { healthy: false, reason: "Target.FailedHealthChecks", description: "Health checks failed" };
  if ((found.behaviour.latencyMs ?? DEFAULT_LATENCY_MS) > check.timeoutMs)
    return { healthy: false, reason: "Target.Timeout", description: "Request timed out" };
  return judgeStatus(found.behaviour.healthStatus ?? 200, check.matcher);
}
