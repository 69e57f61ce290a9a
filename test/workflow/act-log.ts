import { stripVTControlCharacters } from "node:util";

/** A job that ran; those that were skipped are not in act's log. */
export interface ActJob {
  readonly id: string;
  readonly startedMs: number;
  /** Undefined while it runs. */
  readonly result?: "success" | "failure";
  /** Of its own steps, not of those inside composite actions. A later step's stands. */
  readonly outputs: Readonly<Record<string, string>>;
  /** What its steps wrote as summary, in order. */
  readonly summary: string;
  /** What its steps wrote on their output. */
  readonly log: string;
}

/** One line of `act --json`, as far as it is read here. */
interface ActLine {
  readonly jobID?: string;
  readonly msg: string;
  readonly step?: string;
  /** The step's id, and below it those of a composite action's steps. */
  readonly stepID?: readonly string[];
  readonly jobResult?: "success" | "failure";
  readonly raw_output?: boolean;
  readonly command?: string;
  readonly name?: string;
  readonly arg?: string;
  readonly content?: string;
  /** A workflow command as it was written. */
  readonly raw?: string;
}

const SET_UP = "Set up job";
const ANNOTATIONS: ReadonlySet<string> = new Set(["error", "warning", "notice"]);
/** Where act took an action from; said at every step. */
const NOISE = "LocalRepositoryCache";

/** Reads the output of `act --json` as it comes. */
export class ActLog {
  /** In the order in which they began. */
  readonly jobs = new Map<string, ActJob>();
  /** All of it for people. */
  text = "";
  #rest = "";

  /** `chunk` may end in the middle of a line. */
  add(chunk: string, nowMs: number): void {
    const lines = (this.#rest + chunk).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("{")) this.#addLine(JSON.parse(line), nowMs);
      else this.text += `${line}\n`;
    }
  }

  #addLine(line: ActLine, nowMs: number): void {
    const msg = stripVTControlCharacters(line.msg);
    if (msg.startsWith(NOISE)) return;
    this.text += `${line.jobID ?? "act"} | ${msg.trimEnd()}\n`;
    const { jobID: id } = line;
    if (id === undefined) return;
    if (line.step === SET_UP && !this.jobs.has(id)) {
      this.jobs.set(id, { id, startedMs: nowMs, outputs: {}, summary: "", log: "" });
    }
    const job = this.jobs.get(id);
    if (job) this.jobs.set(id, { ...job, ...changeOf(job, line, msg) });
  }
}

function changeOf(job: ActJob, line: ActLine, msg: string): Partial<ActJob> {
  if (line.raw_output) return { log: job.log + msg };
  if (ANNOTATIONS.has(line.command ?? "")) return { log: `${job.log}${line.raw}\n` };
  if (line.jobResult) return { result: line.jobResult };
  if (line.command === "summary") return { summary: withSummary(job.summary, line.content ?? "") };
  const isOwnStep = line.stepID?.length === 1;
  if (line.command === "set-output" && isOwnStep && line.name !== undefined) {
    return { outputs: { ...job.outputs, [line.name]: line.arg ?? "" } };
  }
  return {};
}

/** act reads a composite action's summary twice: with its last step, and with itself. */
const withSummary = (summary: string, added: string): string =>
  summary.endsWith(added) ? summary : summary + added;
