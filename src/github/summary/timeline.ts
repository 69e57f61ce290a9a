import { describeDecision, describeEvent, describeMove, describeWrite } from "../../core/describe.ts";
import type { JournalLine } from "../../core/journal.ts";
import type { Write } from "../../core/moves.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import type { Story } from "../../core/story/story.ts";
import { percentAt } from "../../core/story/traffic.ts";
import { formatPercent } from "../../core/weights.ts";
import { clockTime, section, shortened, tableOf } from "./text.ts";

/** A summary holds 1 MiB (GitHub), and a person less. */
const MOST_ROWS = 120;
const MOST_FORESEEN = 200;

/** What changed for users and tasks, who decided, and what each phase came to, in order. */
export function timelineTable({ told, fromMs, cast, traffic }: Story): string {
  const said = new Set<string>();
  const rows = told
    .flatMap(({ line }, index) => {
      const text = milestone(line, cast?.plan);
      if (!text || (isRepeatable(line) && said.has(text))) return [];
      said.add(text);
      const percent = percentAt(traffic, index);
      return [{ atMs: timeOf(line), weight: percent === undefined ? "" : formatPercent(percent), text }];
    })
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, weight, text }) => {
      const passedMs = Math.max(0, atMs - (fromMs ?? atMs));
      return [clockTime(atMs), `+${formatDuration(passedMs)}`, weight, text];
    });
  if (rows.length < 2) return "";
  const gap = (left: number): string[] => ["…", "", "", `${left} more`];
  return tableOf(["UTC", "", "new version", "what"], shortened(rows, MOST_ROWS, gap));
}

type PlanOrNone = Parameters<typeof describeEvent>[1];

function milestone(line: JournalLine, plan: PlanOrNone): string | undefined {
  switch (line.kind) {
    case "writing":
      return isBookkeeping(line.write) ? undefined : `${line.write.reason} (${describeWrite(line.write)})`;
    case "decided":
      return describeDecision(line);
    case "planned":
    case "rolling-back":
    case "phase-ended":
      return describeEvent(line, plan)?.text;
    default:
      return undefined;
  }
}

/** A decision is read later than it was made. */
function timeOf(line: JournalLine): number {
  return line.kind === "decided" ? (line.decidedAtMs ?? line.atMs) : line.atMs;
}

/** Every job plans, and reads what was decided before it. */
function isRepeatable({ kind }: JournalLine): boolean {
  return kind === "planned" || kind === "decided";
}

/** What no user and no task notices. */
export function isBookkeeping({ kind }: Write): boolean {
  return kind === "tag-service" || kind === "untag-service";
}

/** Of a plan: all that the release would do, and when. */
export function foreseenSection(lines: readonly JournalLine[]): string {
  const foreseen = lines.flatMap((line) => (line.kind === "foreseen" ? [line] : []));
  if (foreseen.length === 0) return "";
  const rows = foreseen
    .slice(0, MOST_FORESEEN)
    .map((line) => [`+${formatDuration(line.inMs)}`, describeMove(line), line.move.reason]);
  const left = foreseen.length - rows.length;
  return section(
    "What would happen",
    "At the earliest, if every gate passes:",
    tableOf(["at", "what", "why"], rows),
    left > 0 ? `… and ${left} more.` : "",
  );
}
