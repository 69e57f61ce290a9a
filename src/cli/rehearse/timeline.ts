import type { Verdict } from "../../core/verdict.ts";

/** What one version's users got lately. */
export interface VersionSample {
  readonly requestsPerSecond: number;
  /** Since the load began. */
  readonly requests: number;
  readonly failed: number;
  /** Of the last seconds; null where nothing was measured. */
  readonly p99Ms: number | null;
}

/** What happened in a rehearsed release, `atSeconds` after it began. Versions are as their answers name them. */
export type TimelineEvent = { readonly atSeconds: number } & (
  | { readonly kind: "phase-begun"; readonly phase: string }
  | { readonly kind: "phase-reached"; readonly phase: string }
  /** A weight was written and read back. Percent of the service's requests, by version. */
  | { readonly kind: "weight"; readonly weights: Readonly<Record<string, number>> }
  /** How many of a version's tasks are healthy in its target group, of how many it should have. */
  | {
      readonly kind: "healthy";
      readonly version: string;
      readonly healthy: number;
      readonly expected: number;
    }
  | {
      readonly kind: "verdict";
      readonly gate: string;
      readonly verdict: Verdict["kind"];
      readonly reason: string;
    }
  /** A task stopped that nobody had asked to stop. */
  | { readonly kind: "task-failure"; readonly version: string; readonly reason: string }
  /** The release is being taken back. */
  | { readonly kind: "rollback"; readonly reason: string }
  /** Anything else a person should know. */
  | { readonly kind: "note"; readonly text: string }
  /** What the load saw, by version; "none" is what no version answered. */
  | { readonly kind: "sample"; readonly perVersion: Readonly<Record<string, VersionSample>> }
);

export type PhaseState = "ahead" | "begun" | "reached" | "failed";

export interface VersionView {
  readonly version: string;
  readonly weightPercent?: number;
  readonly tasks?: { readonly healthy: number; readonly expected: number };
  readonly sample?: VersionSample;
}

/** One release as it stands: what the live view shows, and all of it follows from the events so far. */
export interface ReleaseView {
  readonly name: string;
  readonly strategy: string;
  readonly elapsedSeconds: number;
  readonly phases: readonly { readonly name: string; readonly state: PhaseState }[];
  readonly versions: readonly VersionView[];
  /** The last word of each gate. */
  readonly verdicts: readonly GateView[];
  /** Why the release is being taken back. */
  readonly rollback?: string;
  /** The last thing that went wrong or was noted. */
  readonly remark?: { readonly kind: "task-failure" | "note"; readonly text: string };
}

export interface GateView {
  readonly gate: string;
  readonly verdict: Verdict["kind"];
  readonly reason: string;
}

/** The view before anything has happened. `phases` are those a good release goes through, in order. */
export function beginView(release: {
  name: string;
  strategy: string;
  phases: readonly string[];
}): ReleaseView {
  const phases = release.phases.map((name) => ({ name, state: "ahead" as const }));
  return { ...release, elapsedSeconds: 0, phases, versions: [], verdicts: [] };
}

/** The view after one more event. Pure. */
export function followEvent(before: ReleaseView, event: TimelineEvent): ReleaseView {
  const view = { ...before, elapsedSeconds: Math.max(before.elapsedSeconds, event.atSeconds) };
  switch (event.kind) {
    case "phase-begun":
      return withPhase(view, event.phase, "begun");
    case "phase-reached":
      return withPhase(view, event.phase, "reached");
    case "rollback":
      return { ...takeBack(view), rollback: event.reason };
    case "weight":
      return updateVersions(view, event.weights, (weightPercent) => ({ weightPercent }));
    case "sample":
      return updateVersions(view, event.perVersion, (sample) => ({ sample }));
    case "healthy": {
      const { version, healthy, expected } = event;
      return updateVersions(view, { [version]: { healthy, expected } }, (tasks) => ({ tasks }));
    }
    case "verdict":
      return withVerdict(view, { gate: event.gate, verdict: event.verdict, reason: event.reason });
    case "task-failure":
      return { ...view, remark: { kind: event.kind, text: `a task of ${event.version}: ${event.reason}` } };
    case "note":
      return { ...view, remark: { kind: event.kind, text: event.text } };
  }
}

/** Whether a log should have a line for it, given the view before it: a gate that says the same again has none. */
export function isNoteworthy(event: TimelineEvent, before: ReleaseView): boolean {
  if (event.kind === "sample" || event.kind === "healthy") return false;
  if (event.kind !== "verdict") return true;
  const last = before.verdicts.find((one) => one.gate === event.gate);
  return last?.verdict !== event.verdict;
}

function withPhase(view: ReleaseView, name: string, state: PhaseState): ReleaseView {
  const known = view.phases.some((phase) => phase.name === name);
  const phases = known ? view.phases : [...view.phases, { name, state }];
  return { ...view, phases: phases.map((phase) => (phase.name === name ? { name, state } : phase)) };
}

/** What was under way has failed, and what was still to come will not. */
function takeBack(view: ReleaseView): ReleaseView {
  const phases = view.phases
    .filter((phase) => phase.state !== "ahead" && phase.name !== "rollback")
    .map(({ name, state }) => ({ name, state: state === "begun" ? ("failed" as const) : state }));
  return { ...view, phases: [...phases, { name: "rollback", state: "begun" }] };
}

function withVerdict(view: ReleaseView, verdict: GateView): ReleaseView {
  const known = view.verdicts.some((one) => one.gate === verdict.gate);
  if (!known) return { ...view, verdicts: [...view.verdicts, verdict] };
  return { ...view, verdicts: view.verdicts.map((one) => (one.gate === verdict.gate ? verdict : one)) };
}

function updateVersions<T>(
  view: ReleaseView,
  changes: Readonly<Record<string, T>>,
  change: (value: T) => Partial<VersionView>,
): ReleaseView {
  const versions = new Map(view.versions.map((one) => [one.version, one]));
  for (const [version, value] of Object.entries(changes)) {
    versions.set(version, { version, ...versions.get(version), ...change(value) });
  }
  return { ...view, versions: [...versions.values()] };
}
