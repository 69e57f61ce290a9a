import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { SluiceError } from "../core/errors.ts";
import type { JournalEvent, JournalLine } from "../core/journal.ts";

export interface Journal {
  readonly path: string;
  readonly lines: readonly JournalLine[];
  record(event: JournalEvent): void;
}

/**
 * Appends each event to a file of JSON lines before it is said aloud: whatever kills the process, what it had
 * done is written down. `onLine` hears every line. Throws where the file cannot be written to begin with; a disk that
 * is full later on is said once, on stderr, and stops no rollback.
 */
export function openJournal(path: string, nowMs: () => number, onLine: (line: JournalLine) => void): Journal {
  mkdirSync(dirname(path), { recursive: true });
  appendFileSync(path, "");
  const lines: JournalLine[] = [];
  let isLossSaid = false;
  const append = (text: string): void => {
    try {
      appendFileSync(path, text);
    } catch (error) {
      if (!isLossSaid) process.stderr.write(`the journal cannot be written any more: ${messageOf(error)}\n`);
      isLossSaid = true;
    }
  };
  return {
    path,
    lines,
    record(event) {
      const line: JournalLine = { version: 1, atMs: nowMs(), ...event };
      lines.push(line);
      append(`${writtenLine(line)}\n`);
      onLine(line);
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A line as the file has it, by schema/journal.schema.json, without its end. */
export function writtenLine(line: JournalLine): string {
  return JSON.stringify(line, errorAsData);
}

/** An Error has no enumerable members of its own: what a person needs of it is written, as `WrittenError` has it. */
function errorAsData(_key: string, value: unknown): unknown {
  if (value instanceof SluiceError) return { kind: value.kind, message: value.message, hint: value.hint };
  return value instanceof Error ? { message: value.message } : value;
}
