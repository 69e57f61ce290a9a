import { SluiceError } from "../../core/errors.ts";
import { rolloutNameProblem } from "../../core/rollout-name.ts";
import { parseDuration } from "../../core/spec/duration.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import type { Phase } from "../../phases/run.ts";

/** What the action can be asked for. Reporting is no phase of a rollout: it reads what the others wrote. */
export type ActionPhase = Phase | "report";

const PHASES: readonly ActionPhase[] = [
  "rollout",
  "plan",
  "stage",
  "verify",
  "shift",
  "watch",
  "promote",
  "finish",
  "rollback",
  "sweep",
  "report",
];
const STRATEGIES: readonly ServiceSpec["strategy"][] = ["canary", "blue-green", "rolling"];
/** Of phases that may begin a rollout, which needs a name of its own. */
const BEGINNING: ReadonlySet<string> = new Set(["plan", "stage", "rollout"]);
/** Runs of a workflow end after 35 days (GitHub). */
const LONGEST_WATCH_MS = 35 * 24 * 3_600_000;

/**
 * Calls every loader, so that all that is wrong is said at once. Throws one SluiceError, "configuration", with the
 * messages of all that throw one.
 */
export function loadAll<T>(loaders: { readonly [K in keyof T]: () => T[K] }): T {
  const problems: string[] = [];
  const loaded: Partial<T> = {};
  for (const name in loaders) {
    try {
      loaded[name] = loaders[name]();
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length === 0) return loaded as T;
  throw new SluiceError("configuration", problems.join("\n"), { hint: "Nothing was changed." });
}

export function toPhase(text: string): ActionPhase {
  const phase = PHASES.find((known) => known === text);
  if (phase) return phase;
  throw wrong("phase", `${JSON.stringify(text)} is none of ${PHASES.join(", ")}`);
}

export function toApprovals(text: string): number {
  if (/^[0-3]$/.test(text)) return Number(text);
  throw wrong("approvals", `${JSON.stringify(text)} is no number from 0 to 3`);
}

export function toBoolean(input: string, text: string): boolean {
  if (["", "true", "false"].includes(text)) return text === "true";
  throw wrong(input, `${JSON.stringify(text)} is neither true nor false`);
}

/** Only a person lets pass what no gate has shown, and asks for the promotion by that. */
export function toWithoutEvidence(text: string, phase: string): boolean {
  const isAsked = toBoolean("without-evidence", text);
  if (!isAsked || phase === "promote") return isAsked;
  throw wrong("without-evidence", `it is for the promote phase, by which a person decides; this is ${phase}`);
}

/** Undefined: as the spec says. */
export function toStrategy(text: string): ServiceSpec["strategy"] | undefined {
  if (text === "") return undefined;
  const strategy = STRATEGIES.find((known) => known === text);
  if (strategy) return strategy;
  throw wrong("strategy", `${JSON.stringify(text)} is none of ${STRATEGIES.join(", ")}`);
}

export function toRollout(text: string, phase: string): string {
  if (text === "")
    throw wrong("rollout", "it has no default outside GitHub Actions (GITHUB_RUN_ID is not set)");
  const problem = rolloutNameProblem(text);
  if (problem) throw wrong("rollout", problem);
  if (text !== "current" || !BEGINNING.has(phase)) return text;
  throw wrong("rollout", `current is for phases that go on with a rollout, which ${phase} does not`);
}

/** In milliseconds. */
export function toWatchFor(text: string): number {
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0 && ms <= LONGEST_WATCH_MS) return ms;
  throw wrong("watch-for", `${JSON.stringify(text)} is no duration from 1ms to 35d, such as 90m or 5h`);
}

/** GitHub takes no other address for a Deployment. */
export function toWebUrl(input: string, text: string): string | undefined {
  if (text === "") return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url.href;
  throw wrong(input, `${JSON.stringify(text)} is no address that begins with https:// or http://`);
}

export function wrong(input: string, what: string): SluiceError {
  return new SluiceError("configuration", `input ${input}: ${what}`);
}
