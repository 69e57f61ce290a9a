import { time } from "../../core/advise/words.ts";
import type { JournalLine } from "../../core/journal.ts";
import type { Caught, StepOutlook } from "../../core/outlook.ts";
import { badText, outlookLines, outlookWarnings, regressionText } from "../../core/outlook-words.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import { formatPercent } from "../../core/weights.ts";
import { asSentence, asText, section, tableOf } from "./text.ts";

/** Of a plan: what the errors gate can see of the release, step by step and in all, and what to do where that is little. */
export function outlookSection(lines: readonly JournalLine[]): string {
  const outlook = lines.findLast((line) => line.kind === "outlook")?.outlook;
  if (!outlook) return "";
  const title = "What the errors gate can see";
  if (outlook.kind === "unknown") return section(title, `Nothing is known: ${asText(outlook.reason)}.`);
  const [traffic = "", ...ramp] = outlookLines(outlook).map(asSentence);
  return section(
    title,
    `${traffic} In all:`,
    ramp.map((line) => `- ${line}`).join("\n"),
    "At each weight, for as long as it takes (nine times in ten, with the requests gone bad by then):",
    stepTable(outlook.steps),
    outlookWarnings(outlook)
      .map((warning) => `⚠️ ${asSentence(warning)}`)
      .join("\n\n"),
  );
}

function stepTable(steps: readonly StepOutlook[]): string {
  const regressions = steps[0]?.sightings.map(({ regression }) => regressionText(regression)) ?? [];
  const rows = steps.map((step) => [
    formatPercent(step.percent),
    formatDuration(step.bakeMs),
    step.enoughMs === undefined ? "never" : time(step.enoughMs),
    ...step.sightings.map(({ nineInTen }) => caughtText(nineInTen)),
  ]);
  return tableOf(["weight", "bake", "enough requests after", ...regressions], rows);
}

const caughtText = (caught: Caught | undefined): string =>
  caught ? `${time(caught.afterMs)}, ${badText(caught)}` : "not in 2h";
