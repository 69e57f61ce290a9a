import type { JournalLine } from "../journal.ts";

/** One job's journal, as far as it could be read. */
export interface ReadJournal {
  /** The file it came from. */
  readonly name: string;
  readonly lines: readonly JournalLine[];
  /** How many lines were no JSON, or of no version known here: a job that is killed may leave half a line. */
  readonly skipped: number;
}

/** Reads JSON lines, and passes over what it does not know. Never throws. Pure. */
export function readJournal(name: string, text: string): ReadJournal {
  const written = text.split("\n").filter((line) => line.trim() !== "");
  const lines = written.flatMap((line) => parseLine(line) ?? []);
  return { name, lines, skipped: written.length - lines.length };
}

/** The shapes behind `kind` are those of schema/journal.schema.json; whoever wrote the file was to keep to them. */
function parseLine(text: string): JournalLine | undefined {
  try {
    const line: Partial<JournalLine> | null = JSON.parse(text);
    const isLine = line?.version === 1 && typeof line.atMs === "number" && typeof line.kind === "string";
    return isLine ? asOfNow(line as JournalLine) : undefined;
  } catch {
    return undefined;
  }
}

/** What a plan had not before there were any gates on metrics but that of errors. */
const NO_GATES = {
  "insufficient-evidence": "promote",
  "false-alarm-percent": 1,
  "warm-up": 0,
  ratios: [],
  alarms: [],
} as const;

/** A plan of an earlier version, with what all code that reads plans may rely on. */
function asOfNow(line: JournalLine): JournalLine {
  if (line.kind !== "planned") return line;
  const { spec } = line.plan;
  const gates = { ...NO_GATES, ...spec.gates };
  return { ...line, plan: { ...line.plan, spec: { ...spec, sources: spec.sources ?? {}, gates } } };
}

/** A line, and which job wrote it, counted from the first that began. */
export interface ToldLine {
  readonly job: number;
  readonly line: JournalLine;
}

/**
 * All lines by time; those of one job keep their order. Clocks of different machines may differ: of jobs that say the
 * same time, the one that began, or else ended, first comes first.
 */
export function merge(journals: readonly ReadJournal[]): readonly ToldLine[] {
  const begun = (lines: readonly JournalLine[]): number => lines[0]?.atMs ?? 0;
  const ended = (lines: readonly JournalLine[]): number => lines.at(-1)?.atMs ?? 0;
  return [...journals]
    .sort((a, b) => begun(a.lines) - begun(b.lines) || ended(a.lines) - ended(b.lines))
    .flatMap(({ lines }, job) => lines.map((line): ToldLine => ({ job, line })))
    .sort((a, b) => a.line.atMs - b.line.atMs);
}
