import type { JournalLine } from "../core/journal.ts";
import type { WrittenError, WrittenOutcome } from "../core/outcome.ts";
import type { Ending } from "../core/story/ending.ts";
import { type Story, tellStory } from "../core/story/story.ts";
import { byHandSection } from "./summary/by-hand.ts";
import { stopsSection } from "./summary/causes.ts";
import { gatesSection } from "./summary/gates.ts";
import { factsLine, sharesText, titleOf } from "./summary/headline.ts";
import { longJobsSection } from "./summary/long-jobs.ts";
import { outlookSection } from "./summary/outlook.ts";
import { decisionsText, nextText, type Surroundings } from "./summary/people.ts";
import { recoveryText, rolledBackText } from "./summary/rolled-back.ts";
import { comparedSection, trafficSection } from "./summary/sections.ts";
import { asText, fenced, paragraphs, section } from "./summary/text.ts";
import { foreseenSection, timelineTable } from "./summary/timeline.ts";

/** What a person reads first of one job: what happened, why, in which numbers, and what to do. Markdown. Pure. */
export function renderSummary(
  lines: readonly JournalLine[],
  outcome: WrittenOutcome,
  around: Surroundings = {},
): string {
  const story = tellStory([{ name: "", lines, skipped: 0 }]);
  const phase = phaseOf(lines);
  const isOpen = outcome.kind === "held" || outcome.kind === "failed";
  return `${paragraphs(
    `## ${headline(outcome, phase)} ${titleOf(story)}`,
    explanation(outcome, story),
    recoveryText(story),
    isOpen ? sharesText(story) : "",
    factsLine(story),
    decisionsText(story),
    goesOnByItself(outcome, story, phase, around) ? "" : nextText(story, around, endingOf(outcome, story)),
    trafficSection(story),
    gatesSection(story),
    stopsSection(story),
    comparedSection(story),
    section("Timeline", timelineTable(story)),
    outcome.kind === "reached" && phase !== "plan" ? "" : longJobsSection(lines),
    outlookSection(lines),
    foreseenSection(lines),
    byHandSection(story, isOpen),
  )}\n`;
}

/** "rollout" where one job ran several phases to the end. */
function phaseOf(lines: readonly JournalLine[]): string | undefined {
  const end = lines.findLast((line) => line.kind === "job-ended");
  if (end) return end.phase;
  const begun = lines.flatMap((line) => (line.kind === "phase-begun" ? [line.phase] : []));
  return begun.includes("stage") && begun.includes("finish") ? "rollout" : begun.at(-1);
}

const DONE: Readonly<Record<string, string>> = {
  plan: "🗒️ Planned:",
  stage: "✅ Staged, without users:",
  verify: "✅ Verified:",
  shift: "✅ Traffic shifted:",
  watch: "✅ Watched:",
  promote: "✅ Promoted:",
  finish: "✅ Finished:",
  rollout: "✅ Released:",
  rollback: "↩️ Rolled back:",
  sweep: "✅ Looked after:",
};

function headline(outcome: WrittenOutcome, phase: string | undefined): string {
  switch (outcome.kind) {
    case "reached":
      return DONE[phase ?? ""] ?? "✅ Done:";
    case "held":
      return "⏸️ Held for a person:";
    case "rolled-back":
      return "↩️ Rolled back:";
    case "failed":
      return "❌ Failed:";
  }
}

function explanation(outcome: WrittenOutcome, story: Story): string {
  switch (outcome.kind) {
    case "failed":
      return messageOf(outcome.error);
    case "rolled-back":
      return rolledBackText(outcome, story);
    default:
      return `${asText(outcome.reason)}.`;
  }
}

/** A list of what is wrong with spec or infrastructure keeps its lines, in a fence that nothing in it can close. */
function messageOf({ kind, message }: WrittenError): string {
  if (kind !== "configuration" || !message.includes("\n")) return asText(message);
  return fenced("text", message);
}

/** A job that leaves the rollout open, and is followed by the next one of its run. */
function goesOnByItself(
  outcome: WrittenOutcome,
  { ending }: Story,
  phase: string | undefined,
  { approvalEnvironment }: Surroundings,
): boolean {
  if (outcome.kind !== "reached" || ending.kind !== "held") return false;
  return phase !== "shift" || approvalEnvironment === undefined;
}

/** What comes after this one job: of a step that is done, whatever the next job does. */
function endingOf(outcome: WrittenOutcome, story: Story): Ending {
  switch (outcome.kind) {
    case "failed": {
      const { kind, message, hint } = outcome.error;
      return { kind: "failed", error: kind, reason: message, ...(hint ? { hint } : {}) };
    }
    case "rolled-back":
    case "held":
      return outcome;
    case "reached":
      return story.ending;
  }
}
