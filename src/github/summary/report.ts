import type { Ending } from "../../core/story/ending.ts";
import type { Story } from "../../core/story/story.ts";
import type { CommitRange } from "../desk.ts";
import { byHandSection } from "./by-hand.ts";
import { commitsSection, stopsSection, whyNotCaught } from "./causes.ts";
import { gatesSection } from "./gates.ts";
import { factsLine, sharesText, titleOf } from "./headline.ts";
import { decisionsText, nextText, type Surroundings } from "./people.ts";
import { recoveryText, rolledBackText } from "./rolled-back.ts";
import { comparedSection, phasesSection, trafficSection } from "./sections.ts";
import { asText, folded, paragraphs, section } from "./text.ts";
import { timelineTable } from "./timeline.ts";

/** What is known beside the journals. */
export interface ReportFacts extends Surroundings {
  /** Between the previous version and the new one; undefined where GitHub does not say. */
  readonly commits?: CommitRange | undefined;
}

/**
 * A whole rollout, all of its jobs, for whoever comes back to it: what it came to, who let what through, in which
 * numbers, and what next; where it went wrong also why. Markdown, well below the 1 MiB of a step's summary. Pure.
 */
export function renderReport(story: Story, facts: ReportFacts = {}): string {
  const { ending } = story;
  const timeline = timelineTable(story);
  const isOpen = ending.kind === "held" || ending.kind === "failed";
  return `${paragraphs(
    `## ${headline(ending)} ${titleOf(story)}`,
    explanation(story),
    recoveryText(story),
    isOpen ? sharesText(story) : "",
    factsLine(story),
    decisionsText(story),
    nextText(story, facts),
    trafficSection(story),
    gatesSection(story),
    whyNotCaught(story),
    comparedSection(story),
    stopsSection(story),
    wentWrong(ending) ? commitsSection(story, facts.commits) : "",
    phasesSection(story),
    timeline ? section("Timeline", folded("Every write, decision and phase", timeline)) : "",
    byHandSection(story, isOpen),
    skippedText(story),
  )}\n`;
}

/** Whether somebody will ask why: then the report is kept as a file, too. */
export function wentWrong(ending: Ending): boolean {
  return !["planned", "promoted", "held"].includes(ending.kind);
}

function headline(ending: Ending): string {
  switch (ending.kind) {
    case "planned":
      return "🗒️ Planned:";
    case "promoted":
      return ending.trouble ? "⚠️ Released, not cleaned up:" : "✅ Released:";
    case "held":
      return "⏸️ Held for a person:";
    case "rolled-back":
      return "↩️ Rolled back:";
    case "taken-back":
      return "↩️ Taken back by hand:";
    case "gone-back":
      return "↩️ Rolled back by hand:";
    case "failed":
      return "❌ Failed:";
  }
}

function explanation(story: Story): string {
  const { ending } = story;
  return ending.kind === "rolled-back" ? rolledBackText(ending, story) : `${asText(ending.reason)}.`;
}

function skippedText({ skipped }: Story): string {
  if (skipped === 0) return "";
  const lines = skipped === 1 ? "One line" : `${skipped} lines`;
  return `*${lines} of the journals could not be read and ${skipped === 1 ? "is" : "are"} left out: a job that is killed may leave half a line.*`;
}
