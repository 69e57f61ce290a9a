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
  /** A route step: users with a header or a cookie get the new version. `label` is its step's. */
  | { readonly kind: "route"; readonly label: string }
  /** The job has ended, and waits for a person. */
  | { readonly kind: "held"; readonly reason: string }
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
      /** The same in a line: of what passes only the figures. */
      readonly told: string;
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

/** What an approve step is called. */
export const APPROVE = "approve";
/** Weights are shown as whole percents, and steps of a rolling release need not be. */
const WEIGHT_TOLERANCE = 0.5;

export type PhaseState = "ahead" | "begun" | "reached" | "failed";

/** A step of the release as its spec has it: a weight of the new version, or one that has none of its own. */
export interface StepLabel {
  readonly label: string;
  readonly percent?: number;
}

/** What is known of a release before it begins. */
export interface ReleaseOutline {
  readonly name: string;
  readonly strategy: string;
  /** The phases that a good release goes through, in order. */
  readonly phases: readonly string[];
  /** Whose weight rises. */
  readonly newVersion: string;
  readonly steps: readonly StepLabel[];
}

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
  readonly newVersion: string;
  readonly steps: readonly StepLabel[];
  /** The last step that was begun: an index of `steps`, or -1. */
  readonly step: number;
  /** When each step so far was begun, by its index. */
  readonly stepsBegun: Readonly<Record<number, number>>;
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

/** The view before anything has happened. */
export function beginView(release: ReleaseOutline): ReleaseView {
  const phases = release.phases.map((name) => ({ name, state: "ahead" as const }));
  return { ...release, elapsedSeconds: 0, phases, step: -1, stepsBegun: {}, versions: [], verdicts: [] };
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
      return { ...takeBack(view), rollback: whyTakenBack(view, event.reason) };
    case "weight":
      return updateVersions(atStep(view, event), event.weights, (weightPercent) => ({ weightPercent }));
    case "route":
      return atStep(view, event);
    case "held":
      return { ...atStep(view, event), remark: { kind: "note", text: `held for a person: ${event.reason}` } };
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

/**
 * Whether a log should have a line for it, given the view before it. What says the same again has none: a gate, or
 * a phase that a job run again finds reached. Tasks are told once all of them are healthy.
 */
export function isNoteworthy(event: TimelineEvent, before: ReleaseView): boolean {
  switch (event.kind) {
    case "sample":
      return false;
    case "healthy":
      return event.healthy === event.expected;
    case "weight":
      return Object.entries(event.weights).some(
        ([version, percent]) => percent !== weightOf(before, version),
      );
    case "verdict": {
      const last = before.verdicts.find((one) => one.gate === event.gate);
      return event.verdict !== "insufficient" && last?.verdict !== event.verdict;
    }
    case "phase-begun":
      return stateOf(before, event.phase) === "ahead" || stateOf(before, event.phase) === undefined;
    case "phase-reached":
      return stateOf(before, event.phase) !== "reached";
    case "route":
      return stepOf(before, event) > before.step;
    default:
      return true;
  }
}

type StepEvent = Extract<TimelineEvent, { kind: "weight" | "route" | "held" }>;

function atStep(view: ReleaseView, event: StepEvent): ReleaseView {
  const step = stepOf(view, event);
  if (step <= view.step) return view;
  return { ...view, step, stepsBegun: { ...view.stepsBegun, [step]: event.atSeconds } };
}

/** Which step begins by an event: -1 for none. Who is held is held at the next approve step. */
function stepOf({ steps, step, newVersion }: ReleaseView, event: StepEvent): number {
  switch (event.kind) {
    case "weight": {
      const weight = event.weights[newVersion] ?? 0;
      return steps.findLastIndex(
        ({ percent }) => percent !== undefined && percent <= weight + WEIGHT_TOLERANCE,
      );
    }
    case "route":
      return steps.findIndex(({ label }) => label === event.label);
    case "held":
      return steps.findIndex(({ label }, index) => index > step && label === APPROVE);
  }
}

function weightOf({ versions }: ReleaseView, name: string): number | undefined {
  return versions.find(({ version }) => version === name)?.weightPercent;
}

/** Why a release is taken back; only which gate says so, where that has just been told. */
export function whyTakenBack({ verdicts }: Pick<ReleaseView, "verdicts">, reason: string): string {
  const told = verdicts.find((one) => one.verdict === "regress" && reason === `${one.gate}: ${one.reason}`);
  return `because of ${told ? told.gate : reason}`;
}

function stateOf({ phases }: ReleaseView, name: string): PhaseState | undefined {
  return phases.find((phase) => phase.name === name)?.state;
}

/** A phase that was reached stays so: a job that runs again only finds it. */
function withPhase(view: ReleaseView, name: string, state: PhaseState): ReleaseView {
  if (stateOf(view, name) === "reached") return view;
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
