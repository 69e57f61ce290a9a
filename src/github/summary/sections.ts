import { shortArn } from "../../core/situation.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import type { Passage } from "../../core/story/passages.ts";
import type { Story } from "../../core/story/story.ts";
import { formatPercent } from "../../core/weights.ts";
import { chartOf } from "./chart.ts";
import { asText, boundedTable, clockTime, section, tableOf } from "./text.ts";

/** The new version's weight over time: a picture, and the same as a table. */
export function trafficSection(story: Story): string {
  const { traffic } = story;
  if (traffic.length === 0) return "";
  const lasting = traffic.filter(({ fromMs, toMs }, index) => toMs > fromMs || index === traffic.length - 1);
  const rows = lasting.map(({ percent, fromMs, toMs, healthy, wanted }) => [
    clockTime(fromMs),
    formatPercent(percent),
    formatDuration(toMs - fromMs),
    wanted === 0 ? "none" : `${healthy} of ${wanted}`,
  ]);
  return section(
    `Traffic of ${asText(story.cast?.to?.name ?? "the new version")}`,
    chartOf(story),
    boundedTable("weights", ["from (UTC)", "weight", "for", "healthy tasks"], rows),
  );
}

/** How long each phase took, and what it came to. */
export function phasesSection({ passages }: Pick<Story, "passages">): string {
  if (passages.length === 0) return "";
  const rows = passages.map((passage) => [
    clockTime(passage.fromMs),
    passage.phase,
    formatDuration(passage.toMs - passage.fromMs),
    endOf(passage),
  ]);
  return section("Phases", boundedTable("phases", ["from (UTC)", "phase", "took", "how it ended"], rows));
}

function endOf({ outcome }: Passage): string {
  switch (outcome?.kind) {
    case undefined:
      return "❌ without a word: killed, or its runner was lost";
    case "reached":
      return `✅ ${outcome.reason}`;
    case "held":
      return `⏸️ held for a person: ${outcome.reason}`;
    case "rolled-back":
      return `↩️ ${outcome.gate}: ${outcome.reason}`;
    case "failed":
      return `❌ ${outcome.error.message}`;
  }
}

/** The figures of what served, while it was new and right before it was replaced. */
export function comparedSection({ compared }: Pick<Story, "compared">): string {
  if (!compared) return "";
  const title = "What has moved since it was new";
  if (compared.missing !== undefined)
    return section(title, `CloudWatch could not be asked: ${asText(compared.missing)}`);
  const rows = compared.metrics.map(({ name, unit, early, late }) => [
    name,
    figure(early, unit),
    figure(late, unit),
    change(early, late),
  ]);
  return section(
    title,
    `${shortArn(compared.taskDefinition)} in its first hour, and in the last ten minutes before it was replaced:`,
    tableOf(["", "while new", "at the end", "change"], rows),
  );
}

const UNITS = { percent: " %", milliseconds: " ms", "per-second": " /s" } as const;

function figure(value: number | undefined, unit: keyof typeof UNITS): string {
  return value === undefined ? "no data" : `${Number(value.toPrecision(3))}${UNITS[unit]}`;
}

/** Half as much again, or a third less, is what catches the eye. */
function change(early: number | undefined, late: number | undefined): string {
  if (early === undefined || late === undefined) return "";
  if (early === 0) return late === 0 ? "same" : "⬆️ from nothing";
  const ratio = late / early;
  if (ratio > 1.5) return `⬆️ ${Number(ratio.toFixed(1))} times`;
  if (ratio < 1 / 1.5) return `⬇️ ${Math.round(100 * (1 - ratio))} % less`;
  return "about the same";
}
