import type { DataPlaneEvents } from "../ports.ts";
import type { Gate } from "../wire/gate.ts";
import type { LoadBalancerErrors } from "./load-balancer-errors.ts";
import type { MonitorOptions } from "./options.ts";
import type { Note, RuleName, Violation } from "./violation.ts";
import { Watch } from "./watch.ts";

/** Watches the safety rules while a sandbox runs. Nothing here throws. */
export interface Monitor {
  /** In the order in which they were found. */
  readonly violations: readonly Violation[];
  /** Harm that came of itself. */
  readonly notes: readonly Note[];
  /** Production requests that the load balancer answered with 502, 503 or 504: for the caller to judge. */
  readonly loadBalancerErrors: readonly LoadBalancerErrors[];
  /** What the load balancers are to tell (`Elbv2Parts.events`, or to be passed on from there). */
  readonly events: DataPlaneEvents;
  /** `inner` with an eye on every write that it lets pass. */
  gate(inner: Gate): Gate;
  /** Calls `listener` at each violation from now on; the returned function ends that. */
  onViolation(listener: (violation: Violation) => void): () => void;
  summary(): MonitorSummary;
  /** Stops watching. What was found stays. */
  close(): void;
}

export interface MonitorSummary {
  /** Rules that were broken, and how often. */
  readonly violations: Readonly<Partial<Record<RuleName, number>>>;
  readonly notes: Readonly<Partial<Record<Note["kind"], number>>>;
  readonly loadBalancerErrors: number;
  /** Writes that were judged. */
  readonly writes: number;
  /** Production requests that were seen. */
  readonly requests: number;
}

/** Starts to watch; how things stand now is taken for given. */
export function createMonitor(options: MonitorOptions): Monitor {
  const watch = new Watch(options);
  const { records } = watch;
  return {
    get violations() {
      return records.violations;
    },
    get notes() {
      return records.notes;
    },
    get loadBalancerErrors() {
      return watch.loadBalancerErrors;
    },
    events: {
      request: (request) => watch.request(request),
      health: (change) => watch.healthChanged(change),
      applied: () => watch.look(),
    },
    gate: (inner) => watch.gate(inner),
    onViolation: (listener) => records.onViolation(listener),
    summary: () => ({
      ...records.counts(),
      loadBalancerErrors: watch.loadBalancerErrors.reduce((sum, { count }) => sum + count, 0),
      writes: watch.writes,
      requests: watch.requests,
    }),
    close: () => watch.close(),
  };
}
