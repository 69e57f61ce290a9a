import { saveState, warning } from "@actions/core";
import type { ErrorKind } from "../core/errors.ts";
import type { JournalLine } from "../core/journal.ts";
import type { WrittenOutcome } from "../core/outcome.ts";
import type { Inputs } from "./inputs.ts";

/**
 * What the step's main process leaves for its post process. It holds the request itself: a runner evaluates a post
 * step's inputs anew, gets them wrong where composite actions are nested (actions/runner#2800, #3514), and the spec
 * may have been cleaned away with the workspace by then. No secret is in it.
 */
export interface SavedState {
  readonly request: SavedRequest;
  readonly progress: Progress;
}

export type SavedRequest = Pick<Inputs, (typeof SAVED)[number]> & {
  readonly runUrl?: string | undefined;
  readonly commit?: string | undefined;
};

const SAVED = [
  "phase",
  "spec",
  "rollout",
  "region",
  "to",
  "gates",
  "runId",
  "roleArn",
  "journalPath",
  "environment",
  "environmentUrl",
] as const satisfies readonly (keyof Inputs)[];

/** How far the main process has come, as far as it could still say. */
export interface Progress {
  /** The rollout that it is about: what "current" came to. */
  readonly rollout: string;
  /** `finish` has begun: the new version serves everybody. */
  readonly isFinishing?: boolean;
  /** It has begun to take the rollout back. */
  readonly isRollingBack?: boolean;
  /** When the runner told it to stop. */
  readonly cancelledAtMs?: number;
  /** How it ended. Undefined: it was killed. */
  readonly ended?: Ended;
}

export interface Ended {
  readonly outcome: WrittenOutcome["kind"];
  /** Of "failed". */
  readonly error?: ErrorKind;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Saves what a job begins as it begins it, until it has ended; the answer is to be told every line of the journal.
 * A rollback has begun when it is asked for, any other phase with the first line that says so. Never throws.
 */
export function keepState(
  inputs: Pick<Inputs, (typeof SAVED)[number] | "release">,
  signal: AbortSignal,
): (line: JournalLine) => void {
  let progress: Progress = { rollout: inputs.rollout };
  let hasBegun = false;
  const note = (more: Partial<Progress>): void => {
    progress = { ...progress, ...more };
    if (hasBegun) save("progress", progress);
  };
  const begin = (rollout: string): void => {
    if (!hasBegun) save("request", requestOf(inputs));
    hasBegun = true;
    note({ rollout });
  };
  if (inputs.phase === "rollback") begin(inputs.rollout);
  signal.addEventListener("abort", () => note({ cancelledAtMs: Date.now() }), { once: true });
  return (line) => {
    if (line.kind === "phase-begun" && !hasBegun) begin(line.rollout);
    const more = progressIn(line);
    if (more) note(more);
  };
}

/** What the main process of this step has saved; undefined where it had begun nothing. `environment`: a runner's. */
export function loadState({ STATE_request, STATE_progress }: Environment): SavedState | undefined {
  if (!STATE_request || !STATE_progress) return undefined;
  return {
    request: JSON.parse(STATE_request) as SavedRequest,
    progress: JSON.parse(STATE_progress) as Progress,
  };
}

function requestOf(inputs: Pick<Inputs, (typeof SAVED)[number] | "release">): SavedRequest {
  const { runUrl, commit } = inputs.release;
  const saved = Object.fromEntries(SAVED.map((name) => [name, inputs[name]])) as SavedRequest;
  return { ...saved, runUrl, commit };
}

function progressIn(line: JournalLine): Partial<Progress> | undefined {
  switch (line.kind) {
    case "phase-begun":
      return line.phase === "finish" ? { isFinishing: true } : undefined;
    case "rolling-back":
      return { isRollingBack: true };
    case "job-ended":
      return { ended: endedBy(line.outcome) };
    default:
      return undefined;
  }
}

function endedBy(outcome: WrittenOutcome): Ended {
  if (outcome.kind !== "failed") return { outcome: outcome.kind };
  return { outcome: "failed", error: outcome.error.kind };
}

/** Outside a runner there is no post step. A state that cannot be saved stops no rollout, and no rollback at all. */
function save(name: keyof SavedState, value: SavedRequest | Progress): void {
  if (!process.env.GITHUB_STATE) return;
  try {
    saveState(name, value);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    warning(`the post step will not know what this job has begun: ${why}`);
  }
}
