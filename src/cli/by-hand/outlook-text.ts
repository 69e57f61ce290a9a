import type { Outlook } from "../../core/outlook.ts";
import { outlookLines, outlookSentence, outlookWarnings } from "../../core/outlook-words.ts";
import type { Paint } from "../rehearse/paint.ts";

/** What the errors gate can see of a release, a line each: at which traffic, what of it, and what to mind. */
export function outlookText(outlook: Outlook, paint: Paint): string {
  if (outlook.kind === "unknown") return `${paint(outlookSentence(outlook), "faint")}\n`;
  const [traffic = "", ...seen] = outlookLines(outlook);
  const lines = [
    `what the errors gate can see ${traffic}:`,
    ...seen.map((line) => `  - ${line}`),
    ...outlookWarnings(outlook).map((warning) => paint(`  ! ${warning}`, "warn")),
  ];
  return `${lines.join("\n")}\n`;
}
