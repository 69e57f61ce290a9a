import type { ErrorKind } from "../errors.ts";
import type { JournalEvent } from "../journal.ts";
import type { WrittenOutcome } from "../outcome.ts";
import type { RequestCounts } from "../verdict.ts";
import type { Passage } from "./passages.ts";
import type { ToldLine } from "./read.ts";

export type Decision = Extract<JournalEvent, { kind: "decided" }>;

/** What a rollout came to, all of its jobs together. */
export type Ending =
  /** Only foreseen. */
  | { readonly kind: "planned"; readonly reason: string }
  /** It has all traffic for good. `trouble`: why the old version still stands, where that went wrong. */
  | {
      readonly kind: "promoted";
      readonly reason: string;
      readonly isFinished: boolean;
      readonly trouble?: string;
    }
  /** It waits for a person, at an approve step or before all of the traffic; or its gates lack what no approval mends. */
  | { readonly kind: "held"; readonly reason: string; readonly lacksEvidence?: true }
  | {
      readonly kind: "rolled-back";
      /** What stopped it: a gate, or "approval", "cancelled", "lost", or the kind of an error. */
      readonly gate: string;
      readonly reason: string;
      readonly hint?: string;
      readonly counts?: RequestCounts;
    }
  /** A person took back what was under way. */
  | { readonly kind: "taken-back"; readonly reason: string }
  /** A person released again what served before. */
  | { readonly kind: "gone-back"; readonly reason: string }
  | {
      readonly kind: "failed";
      readonly error: ErrorKind | "lost";
      readonly reason: string;
      readonly hint?: string;
    };

export interface EndingFacts {
  readonly told: readonly ToldLine[];
  readonly passages: readonly Passage[];
  readonly decisions: readonly Decision[];
  /** The last plan goes back to what served before. */
  readonly isWayBack: boolean;
}

/**
 * The last word on a rollout. A rollback is one, since what was taken back does not ship again; then a promotion,
 * which no later clean-up undoes; else whatever the last job said.
 */
export function endingOf(facts: EndingFacts): Ending {
  const { passages, isWayBack } = facts;
  const back = passages.findLast(({ phase, outcome }) => phase === "rollback" && outcome?.kind === "reached");
  const promoted = passages.findLast(isPromotion);
  if (promoted && (isWayBack || !back)) return promotion(facts, promoted);
  if (back) return rollback(facts, reasonOf(back.outcome));
  return lastWord(facts);
}

function isPromotion({ phase, outcome }: Passage): boolean {
  return (phase === "promote" || phase === "finish") && outcome?.kind === "reached";
}

function promotion({ passages, isWayBack }: EndingFacts, promoted: Passage): Ending {
  const finish = passages.findLast(({ phase }) => phase === "finish");
  const reason = reasonOf(finish?.outcome?.kind === "reached" ? finish.outcome : promoted.outcome);
  if (isWayBack) return { kind: "gone-back", reason };
  const isFinished = finish?.outcome?.kind === "reached";
  const trouble = finish && !isFinished ? (reasonOf(finish.outcome) ?? LOST) : undefined;
  return { kind: "promoted", reason, isFinished, ...(trouble ? { trouble } : {}) };
}

const LOST = "its job ended without a word: it was killed, or its runner was lost";

function rollback(facts: EndingFacts, reason: string): Ending {
  const isAutomatic = facts.told.some(({ line }) => line.kind === "rolling-back");
  const isAsked = facts.decisions.some(({ what }) => what === "rollback");
  return isAsked && !isAutomatic
    ? { kind: "taken-back", reason }
    : { kind: "rolled-back", ...causeOf(facts) };
}

type Cause = Omit<Extract<Ending, { kind: "rolled-back" }>, "kind">;

/** Why a rollout was taken back: what the first job said that had to, else what went wrong before. */
function causeOf({ told, passages, decisions }: EndingFacts): Cause {
  for (const { line } of told) {
    if (line.kind === "job-ended" && line.outcome.kind === "rolled-back") {
      const { kind: _kind, ...cause } = line.outcome;
      return cause;
    }
  }
  for (const { line } of told) {
    if (line.kind === "rolling-back") return { gate: line.gate, reason: line.reason };
  }
  const rejected = decisions.find(({ what }) => what === "rejected");
  if (rejected) return { gate: "approval", reason: `${rejected.by} rejected it${said(rejected)}` };
  const ended = jobEndings(told).find((outcome) => outcome.kind === "failed");
  if (ended) return { gate: ended.error.kind, reason: ended.error.message };
  const lost = passages.find(({ outcome }) => outcome === undefined);
  if (lost) return { gate: "lost", reason: `${lost.phase}: ${LOST}` };
  return { gate: "cancelled", reason: "a job of the run failed or was cancelled" };
}

function said({ comment }: Decision): string {
  return comment ? `: ${comment}` : "";
}

function jobEndings(told: readonly ToldLine[]): readonly WrittenOutcome[] {
  return told.flatMap(({ line }) =>
    line.kind === "job-ended" || line.kind === "phase-ended" ? [line.outcome] : [],
  );
}

/** Nothing was promoted, nothing taken back. */
function lastWord({ told, passages }: EndingFacts): Ending {
  const ends = told.flatMap(({ line }) => (line.kind === "job-ended" ? [line] : []));
  const end = ends.findLast((line) => !isBeside(line));
  const passage = passages.findLast((one) => !isBeside(one) || (one.phase === "rollback" && !one.outcome));
  if (passage && !passage.outcome && (end?.atMs ?? 0) < passage.toMs) {
    return { kind: "failed", error: "lost", reason: `${passage.phase}: ${LOST}` };
  }
  const { outcome, phase } = end ?? passage ?? {};
  if (outcome) return whatItMeans(outcome, phase === "plan");
  const last = ends.at(-1);
  if (last?.outcome.kind === "reached") {
    const { reason } = last.outcome;
    return { kind: last.phase === "rollback" ? "taken-back" : "held", reason };
  }
  return told.length > 0 ? unplanned(told) : nothing();
}

/**
 * What is beside the others and went well has not the last word, and a rollback that found nothing to do neither; one
 * that was begun and lost has, since nobody knows what stands.
 */
function isBeside({
  phase,
  outcome,
}: {
  readonly phase: string;
  readonly outcome?: WrittenOutcome | undefined;
}): boolean {
  return ["watch", "sweep", "rollback"].includes(phase) && outcome?.kind !== "failed";
}

function whatItMeans(outcome: WrittenOutcome, isPlan: boolean): Ending {
  switch (outcome.kind) {
    case "reached":
      return { kind: isPlan ? "planned" : "held", reason: outcome.reason };
    case "held":
      return isPlan ? { kind: "planned", reason: outcome.reason } : outcome;
    case "rolled-back":
      return outcome;
    case "failed": {
      const { kind, message, hint } = outcome.error;
      return { kind: "failed", error: kind, reason: message, ...(hint ? { hint } : {}) };
    }
  }
}

/** A journal that has no end: of an older job, or one that only foresaw. */
function unplanned(told: readonly ToldLine[]): Ending {
  const isForeseen = told.some(({ line }) => line.kind === "foreseen");
  return isForeseen
    ? { kind: "planned", reason: "what a release would do was foreseen" }
    : { kind: "failed", error: "lost", reason: LOST };
}

function nothing(): Ending {
  return {
    kind: "failed",
    error: "lost",
    reason: "no job of the rollout has left a journal",
    hint: "See the first job that failed.",
  };
}

function reasonOf(outcome: WrittenOutcome | undefined): string {
  if (!outcome) return "";
  return outcome.kind === "failed" ? outcome.error.message : outcome.reason;
}
