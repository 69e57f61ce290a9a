import type { JournalLine } from "../../core/journal.ts";
import { longJobText } from "../../core/long-jobs.ts";
import { asSentence, section } from "./text.ts";

/** Jobs that would be ended in their middle, and what to do. */
export function longJobsSection(lines: readonly JournalLine[]): string {
  const warnings = lines.flatMap((line) =>
    line.kind === "long-job" ? [`⚠️ ${asSentence(longJobText(line.job))}`] : [],
  );
  return section("Longer than a job may take", ...warnings);
}
