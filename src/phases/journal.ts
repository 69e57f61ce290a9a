import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { JournalEvent, JournalLine } from "../core/journal.ts";

export interface Journal {
  readonly path: string;
  readonly lines: readonly JournalLine[];
  record(event: JournalEvent): void;
}

/**
 * Appends each event to a file of JSON lines before it is said aloud: whatever kills the process, what it had
 * done is written down. `onLine` hears every line.
 */
export function openJournal(path: string, nowMs: () => number, onLine: (line: JournalLine) => void): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const lines: JournalLine[] = [];
  return {
    path,
    lines,
    record(event) {
      const line: JournalLine = { version: 1, atMs: nowMs(), ...event };
      lines.push(line);
      appendFileSync(path, `${JSON.stringify(line, errorAsData)}\n`);
      onLine(line);
    },
  };
}

/** An Error has no enumerable members of its own; its message is what matters. */
function errorAsData(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  return { ...value, message: value.message };
}
