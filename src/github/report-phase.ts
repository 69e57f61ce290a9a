import { appendFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setOutput, warning } from "@actions/core";
import type { Outcome } from "../core/outcome.ts";
import type { Ending } from "../core/story/ending.ts";
import { type ReadJournal, readJournal } from "../core/story/read.ts";
import { type Story, tellStory } from "../core/story/story.ts";
import type { CommitRange, GitHubDesk } from "./desk.ts";
import { onOneLine } from "./log-text.ts";
import { renderReport, wentWrong } from "./summary/report.ts";

export interface ReportRequest {
  /** The folder with the journals of the rollout's jobs, in folders of their own or not. */
  readonly journals: string;
  /** Where the report is written as a file, if anything went wrong. */
  readonly folder: string;
  readonly summaryPath: string | undefined;
  readonly runUrl?: string | undefined;
  readonly approvalEnvironment?: string | undefined;
  /** Undefined where GitHub cannot be asked. */
  readonly desk: Pick<GitHubDesk, "decisions" | "commitsBetween"> | undefined;
}

export const REPORT_FILE = "sluice-report.md";

/**
 * Tells the whole rollout from its journals: outputs, the step's summary, and a file where it went wrong. Returns
 * the exit status, which is 0 whatever happens: a report turns no good release red, and a bad one is red already.
 */
export async function runReport(request: ReportRequest): Promise<number> {
  try {
    const journals = readJournals(request.journals);
    const story = tellStory(journals, (await request.desk?.decisions()) ?? []);
    if (journals.length === 0) {
      warning(`no journal was found in ${JSON.stringify(request.journals)}: there is nothing to report`);
    }
    const commits = await commitsOf(story, request);
    const text = renderReport(story, { ...request, commits });
    publish(story, text, request);
  } catch (error) {
    warning(`the report could not be made: ${error instanceof Error ? error.message : String(error)}`);
  }
  return 0;
}

/** Every *.jsonl below a folder; the name is its path below. An unreadable one is one with nothing in it. */
function readJournals(folder: string): readonly ReadJournal[] {
  if (folder === "") return [];
  return pathsBelow(folder)
    .filter((path) => path.endsWith(".jsonl"))
    .sort()
    .map((path) => readJournal(path, readOrNothing(join(folder, path))));
}

function pathsBelow(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Only where somebody will ask what was in the bad version. */
async function commitsOf({ cast, ending }: Story, { desk }: ReportRequest): Promise<CommitRange | undefined> {
  const [from, to] = [cast?.from?.commit, cast?.to?.commit];
  if (!desk || !from || !to || from === to || !wentWrong(ending)) return undefined;
  return ending.kind === "gone-back" ? desk.commitsBetween(to, from) : desk.commitsBetween(from, to);
}

function publish(story: Story, text: string, { folder, summaryPath }: ReportRequest): void {
  const { ending, cast } = story;
  const isKept = wentWrong(ending);
  const path = join(folder, REPORT_FILE);
  if (isKept) writeFileSync(path, text);
  if (summaryPath) appendFileSync(summaryPath, text);
  setOutput("outcome", outcomeKindOf(ending));
  setOutput("reason", onOneLine(ending.reason));
  setOutput("gate", ending.kind === "rolled-back" ? ending.gate : "");
  setOutput("rollout", cast?.plan.rollout ?? "");
  setOutput("report", isKept ? path : "");
}

/** A rollback that a person asked for has reached what it was for. */
function outcomeKindOf({ kind }: Ending): Outcome["kind"] {
  switch (kind) {
    case "held":
    case "rolled-back":
    case "failed":
      return kind;
    default:
      return "reached";
  }
}
