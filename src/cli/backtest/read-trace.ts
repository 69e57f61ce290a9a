import { readFile } from "node:fs/promises";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { GatesSpec } from "../../core/spec/gate-schema.ts";
import { parseTrace } from "../../evidence/backtest/parse-trace.ts";
import { replay, unreplayable } from "../../evidence/backtest/replay.ts";
import { whyUnreadable } from "../unreadable.ts";
import type { TraceReport } from "./report.ts";

/** The name of standard input among files. */
const STANDARD_INPUT = "-";

/** Reads a trace, and replays it through the gates. A file that cannot be read or used is a report, too. */
export async function reportOn(file: string, gates: GatesSpec, stdin: Readable): Promise<TraceReport> {
  let text: string;
  try {
    const bytes = file === STANDARD_INPUT ? await buffer(stdin) : await readFile(file);
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    return unusable(file, `cannot be read: ${whyUnreadable(error)}`);
  }
  const parsed = parseTrace(text);
  if (parsed.kind === "problems") return { ...parsed, kind: "unusable", file };
  const why = unreplayable(gates, parsed.trace);
  if (why) return unusable(file, why);
  return { kind: "replayed", file, trace: parsed.trace, replay: replay(parsed.trace, gates) };
}

function unusable(file: string, message: string): TraceReport {
  return { kind: "unusable", file, problems: [{ message }], omitted: 0 };
}
