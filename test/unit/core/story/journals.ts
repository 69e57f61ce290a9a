import type { JournalEvent, JournalLine } from "../../../../src/core/journal.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import type { WrittenOutcome } from "../../../../src/core/outcome.ts";
import type { ReadJournal } from "../../../../src/core/story/read.ts";
import type { Verdict } from "../../../../src/core/verdict.ts";
import {
  freshSet,
  MINUTE_MS,
  NOW_MS,
  observation,
  plan,
  ROLLOUT,
  route,
  SECOND_MS,
  stableSet,
  staged,
} from "../world.ts";

/** A job's journal: events with their times, in seconds after NOW_MS. */
export function jobOf(name: string, ...events: readonly (readonly [number, JournalEvent])[]): ReadJournal {
  const lines = events.map(
    ([atSeconds, event]): JournalLine => ({ version: 1, atMs: NOW_MS + atSeconds * SECOND_MS, ...event }),
  );
  return { name, lines, skipped: 0 };
}

export const planned: JournalEvent = { kind: "planned", plan: plan() };

type Phase = Extract<JournalEvent, { kind: "phase-begun" }>["phase"];

export const begun = (phase: Phase): JournalEvent => ({
  kind: "phase-begun",
  phase,
  rollout: ROLLOUT,
  service: "orders",
});

export const ended = (phase: Phase, outcome: WrittenOutcome): JournalEvent => ({
  kind: "phase-ended",
  phase,
  outcome,
});

export const jobEnded = (phase: Phase | "plan" | "rollout", outcome: WrittenOutcome): JournalEvent => ({
  kind: "job-ended",
  phase,
  outcome,
});

export const reached = (reason = "there it is"): WrittenOutcome => ({ kind: "reached", reason });
export const held = (reason = "a person has to approve"): WrittenOutcome => ({ kind: "held", reason });
export const failed = (message = "too late", kind: "deadline" | "refused" = "deadline"): WrittenOutcome => ({
  kind: "failed",
  error: { kind, message },
});

/** A phase from one second to another, as its job writes it. */
export function phaseFrom(
  phase: Phase,
  fromSeconds: number,
  toSeconds: number,
  outcome: WrittenOutcome,
): readonly (readonly [number, JournalEvent])[] {
  return [
    [fromSeconds, planned],
    [fromSeconds, begun(phase)],
    [toSeconds, ended(phase, outcome)],
    [toSeconds, jobEnded(phase, outcome)],
  ];
}

/** A look at both versions, the new one at `percent`. */
export const seenAt = (percent: number, more: Partial<Observation> = {}): JournalEvent => ({
  kind: "observed",
  observation: staged({ routes: [route(100 - percent, percent)], ...more }),
});

/** Only the old version is left, or only the new one. */
export const backAlone: JournalEvent = { kind: "observed", observation: observation() };
export const newAlone: JournalEvent = {
  kind: "observed",
  observation: observation({ taskSets: [freshSet({ status: "PRIMARY" })], routes: [route(0, 100)] }),
};
export const beforeAll: JournalEvent = {
  kind: "observed",
  observation: observation({ taskSets: [stableSet({ createdAtMs: NOW_MS - MINUTE_MS })] }),
};

export const judged = (kind: Verdict["kind"], bad: number, requests: number): JournalEvent => ({
  kind: "verdict",
  verdict: { kind, gate: "errors", reason: `${bad} of ${requests}`, counts: { bad, requests } },
});

/** A gate's verdict; its reason is its name's, unless `more` has another. */
export const saying = (gate: string, kind: Verdict["kind"], more: Partial<Verdict> = {}): JournalEvent => ({
  kind: "verdict",
  verdict: { kind, gate, reason: `what ${gate} saw`, ...more },
});
