import { afterEach } from "vitest";
import type { JournalLine } from "../../../src/core/journal.ts";
import type { WrittenOutcome } from "../../../src/core/outcome.ts";
import type { Verdict } from "../../../src/core/verdict.ts";
import { renderSummary } from "../../../src/github/summary.ts";
import type { Ended } from "./phases.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** Two versions side by side for a minute, and a minute of the new one alone. */
export const CANARY = { strategy: "canary", steps: [{ weight: 25, bake: "1m" }], bake: "1m" };
export const ERRORS = { period: "1s", "min-requests": 50, patience: "20s" };

const PAST_MS = 130_000;

let opened: World | undefined;

afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

/** A world whose old version has been serving for two minutes, so that it is known what is usual; closed after the test. */
export async function openJudged(options: WorldOptions = {}): Promise<World> {
  await opened?.close();
  opened = undefined;
  opened = await createWorld({ requestsPerSecond: 100, ...options, spec: { ...CANARY, ...options.spec } });
  await opened.clock.advance(PAST_MS);
  return opened;
}

interface TimedVerdict {
  readonly atMs: number;
  readonly verdict: Verdict;
}

/** What one gate said, in order. */
export const verdictsOf = ({ lines }: Pick<Ended, "lines">, gate: string): readonly TimedVerdict[] =>
  lines.flatMap((line) =>
    line.kind === "verdict" && line.verdict.gate === gate ? [{ atMs: line.atMs, verdict: line.verdict }] : [],
  );

/** What one gate said last. */
export function lastVerdictOf(ended: Pick<Ended, "lines">, gate: string): Verdict {
  const last = verdictsOf(ended, gate).at(-1);
  if (!last) throw new Error(`no verdict of ${gate}`);
  return last.verdict;
}

/** The job's summary, as a person reads it. */
export function summaryOf({ lines, outcome }: Ended): string {
  if (outcome.kind === "killed") throw new Error("a killed job has no summary");
  return renderSummary(lines, writtenOf(outcome));
}

function writtenOf(outcome: Exclude<Ended["outcome"], { readonly kind: "killed" }>): WrittenOutcome {
  if (outcome.kind !== "failed") return outcome;
  const { kind, message, hint } = outcome.error;
  return { kind: "failed", error: { kind, message, hint } };
}

/** Runs `change` once, at the first line of the journal that is so. */
export function once(
  isSo: (line: JournalLine) => boolean,
  change: (line: JournalLine) => void,
): (line: JournalLine) => void {
  let isDone = false;
  return (line) => {
    if (isDone || !isSo(line)) return;
    isDone = true;
    change(line);
  };
}

export const isBakingAt = (percent: number) => (line: JournalLine) =>
  line.kind === "waiting" && line.reason.startsWith(`baking at ${percent} %`);

/** "12 of 480" of a sentence, as numbers. */
export function sharesIn(text: string): readonly (readonly [number, number])[] {
  const whole = (digits = ""): number => Number(digits.replaceAll(",", ""));
  return [...text.matchAll(/([\d,]+) of ([\d,]+)/g)].map(([, bad, all]) => [whole(bad), whole(all)]);
}
