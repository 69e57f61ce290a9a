import { LatencyHistogram } from "./latency.ts";

/** How a request failed, as its client saw it. */
export type FailureKind = "status-5xx" | "status-4xx" | "reset" | "refused" | "timeout" | "other";

/** One request that has ended. */
export interface EndedRequest {
  /** When it ended. */
  readonly atMs: number;
  /** The answer's version header; "none" where there was no answer, or no such header. */
  readonly version: string;
  /** From when it was due, not from when it was sent, to the end of its answer. */
  readonly latencyMs: number;
  /** Asked to be slow: counted, but left out of the latency figures. */
  readonly slow: boolean;
  readonly failure?: { readonly kind: FailureKind; readonly request: string; readonly seen: string };
}

/** A failed request that is kept to be shown. */
export interface Failure {
  readonly atMs: number;
  readonly kind: FailureKind;
  readonly version: string;
  /** E.g. "GET /orders". */
  readonly request: string;
  /** What came instead of an answer: "502 <html>…", "ECONNRESET: read ECONNRESET". */
  readonly seen: string;
}

/** Latencies are of requests that succeeded and were not asked to be slow; null where there are none. */
export interface Latency {
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

export interface VersionFigures extends Latency {
  readonly requests: number;
  readonly failed: number;
  /** The same of the last whole seconds only. */
  readonly recent: Latency & { readonly requestsPerSecond: number; readonly failed: number };
}

/** The requests that ended in one second. */
export interface SecondFigures {
  /** Whole seconds since the load began. */
  readonly t: number;
  readonly perVersion: Readonly<
    Record<string, { readonly requests: number; readonly failed: number; readonly p99Ms: number | null }>
  >;
}

/** What has become of all requests that have ended. */
export interface Outcomes {
  readonly requests: number;
  readonly failed: number;
  readonly failedByKind: Readonly<Record<FailureKind, number>>;
  readonly overall: Latency;
  readonly versions: Readonly<Record<string, VersionFigures>>;
  /** The first ones only. */
  readonly failures: readonly Failure[];
  readonly seconds: readonly SecondFigures[];
}

class Tally {
  requests = 0;
  failed = 0;
  readonly latency = new LatencyHistogram();

  add(ended: EndedRequest): void {
    this.requests++;
    if (ended.failure) this.failed++;
    else if (!ended.slow) this.latency.add(ended.latencyMs);
  }

  merge(other: Tally): void {
    this.requests += other.requests;
    this.failed += other.failed;
    this.latency.merge(other.latency);
  }
}

const latencyOf = (tally: Tally): Latency => ({
  p50Ms: tally.latency.quantileMs(0.5),
  p99Ms: tally.latency.quantileMs(0.99),
});

/** Keeps the books of a load: in total, per version, and per version and second. */
export class LoadBook {
  readonly #startedAtMs: number;
  readonly #windowSeconds: number;
  readonly #keptFailures: number;
  readonly #overall = new Tally();
  readonly #versions = new Map<string, Tally>();
  readonly #seconds = new Map<number, Map<string, Tally>>();
  readonly #failures: Failure[] = [];
  readonly #byKind: Record<FailureKind, number> = {
    "status-5xx": 0,
    "status-4xx": 0,
    reset: 0,
    refused: 0,
    timeout: 0,
    other: 0,
  };

  /** `windowSeconds` is how far back "recent" reaches, at least 1. */
  constructor(options: { startedAtMs: number; windowSeconds: number; keptFailures: number }) {
    this.#startedAtMs = options.startedAtMs;
    this.#windowSeconds = options.windowSeconds;
    this.#keptFailures = options.keptFailures;
  }

  add(ended: EndedRequest): void {
    this.#overall.add(ended);
    tallyOf(this.#versions, ended.version).add(ended);
    tallyOf(this.#second(ended.atMs), ended.version).add(ended);
    if (!ended.failure) return;
    this.#byKind[ended.failure.kind]++;
    if (this.#failures.length >= this.#keptFailures) return;
    this.#failures.push({ atMs: ended.atMs, version: ended.version, ...ended.failure });
  }

  outcomes(nowMs: number): Outcomes {
    const recent = this.#recent(nowMs);
    const versions = [...this.#versions].map(([version, tally]) => {
      const { requests, failed, ...latency } = recent.of(version);
      const figures: VersionFigures = {
        requests: tally.requests,
        failed: tally.failed,
        ...latencyOf(tally),
        recent: { requestsPerSecond: Math.round((requests / recent.seconds) * 10) / 10, failed, ...latency },
      };
      return [version, figures] as const;
    });
    return {
      requests: this.#overall.requests,
      failed: this.#overall.failed,
      failedByKind: { ...this.#byKind },
      overall: latencyOf(this.#overall),
      versions: Object.fromEntries(versions),
      failures: [...this.#failures],
      seconds: [...this.#seconds].sort(([a], [b]) => a - b).map(([t, tallies]) => secondFigures(t, tallies)),
    };
  }

  /** The last whole seconds: the present one is not over, and would make rates look low. */
  #recent(nowMs: number) {
    const present = this.#secondAt(nowMs);
    const seconds = Math.min(this.#windowSeconds, Math.max(1, present));
    const first = Math.max(0, present - seconds);
    const of = (version: string) => {
      const tally = new Tally();
      for (let t = first; t < first + seconds; t++) {
        const one = this.#seconds.get(t)?.get(version);
        if (one) tally.merge(one);
      }
      return { requests: tally.requests, failed: tally.failed, ...latencyOf(tally) };
    };
    return { seconds, of };
  }

  #secondAt(atMs: number): number {
    return Math.max(0, Math.floor((atMs - this.#startedAtMs) / 1000));
  }

  #second(atMs: number): Map<string, Tally> {
    const t = this.#secondAt(atMs);
    const found = this.#seconds.get(t) ?? new Map<string, Tally>();
    this.#seconds.set(t, found);
    return found;
  }
}

function tallyOf(tallies: Map<string, Tally>, version: string): Tally {
  const found = tallies.get(version) ?? new Tally();
  tallies.set(version, found);
  return found;
}

function secondFigures(t: number, tallies: ReadonlyMap<string, Tally>): SecondFigures {
  const perVersion = [...tallies].map(([version, { requests, failed, latency }]) => {
    return [version, { requests, failed, p99Ms: latency.quantileMs(0.99) }] as const;
  });
  return { t, perVersion: Object.fromEntries(perVersion) };
}
