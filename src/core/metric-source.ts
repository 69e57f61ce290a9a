import type { TimedArm } from "./counts.ts";

/** What a query may name a version by, as `${name}`. */
export const VERSION_PLACEHOLDERS = [
  /** "orders-blue", and as metrics have it: "targetgroup/orders-blue/73e2d6bc24d8a067" */
  "target-group-name",
  "target-group",
  /** The task set's id: "ecs-svc/1234567890123456789" */
  "task-set",
  /** "orders:42" */
  "task-definition",
  /** The tag or digest of its image. */
  "version",
] as const;

/** What a query may name besides, the same for both versions. Times are those of the window asked for. */
export const QUERY_PLACEHOLDERS = ["service", "cluster", "load-balancer", "period"] as const;

export type VersionPlaceholder = (typeof VERSION_PLACEHOLDERS)[number];

/** One of the two versions, as metrics know it. */
export interface MeasuredVersion {
  readonly groupArn: string;
  /** Undefined where it is not known; a query that names it is then a SluiceError of kind "configuration". */
  readonly values: Readonly<Partial<Record<VersionPlaceholder, string>>>;
}

/** What is asked for: the old version's history from `historyFromMs`, both from `fromMs`, up to `toMs`, which is now. */
export interface MetricWindow {
  readonly historyFromMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly periodMs: number;
}

export interface Counts {
  /**
   * For each version asked about: its complete periods between `historyFromMs` and `toMs` that had requests, in order,
   * each beginning at a multiple of the period. A period is complete once nothing is to be added to it any more.
   */
  readonly arms: readonly (readonly TimedArm[])[];
  /** What makes a request bad, as a verb, where only the source can say: "took longer than 312 ms". */
  readonly fault?: string;
}

/** Where a gate's counts come from. Holds one gate's queries; the same window gives the same counts, whoever asks. */
export interface CountSource {
  /** As sentences have it: "CloudWatch", "Prometheus at http://prometheus:9090". Never a secret. */
  readonly title: string;
  /**
   * Throws SluiceError: "transient" where asking again may help, "configuration" where it cannot. Its message never
   * has a secret in it.
   *
   * @param versions the new one first, then the old one, if there is one
   */
  read(versions: readonly MeasuredVersion[], window: MetricWindow, signal: AbortSignal): Promise<Counts>;
  /**
   * What is wrong with it that no release will mend: an unknown metric, a query without any series, no permission. A
   * sentence each. Throws as `read` does where nothing can be said.
   *
   * @param version the one that serves, so that there should be something to find
   */
  check(version: MeasuredVersion, nowMs: number, signal: AbortSignal): Promise<readonly string[]>;
}
