import type { JournalLine } from "../journal.ts";
import { castOf } from "./cast.ts";

/**
 * Of a rollback's journal: the id of the workflow run that had released what is rolled back, whose journals say what
 * its gates had said. Undefined where that is not on record, or nothing is rolled back.
 */
export function earlierRunOf(lines: readonly JournalLine[]): string | undefined {
  const cast = castOf(lines);
  if (!cast) return undefined;
  const { isRollback } = cast.plan.release;
  const takesBack = lines.find((line) => line.kind === "phase-begun")?.phase === "rollback";
  const bad = isRollback ? cast.from : takesBack ? cast.to : undefined;
  return /\/actions\/runs\/(\d+)/.exec(bad?.runUrl ?? "")?.[1];
}
