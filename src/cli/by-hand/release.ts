import { tmpdir } from "node:os";
import { join } from "node:path";
import { createNarrator, describeMove, type Said } from "../../core/describe.ts";
import type { JournalLine } from "../../core/journal.ts";
import { longJobText } from "../../core/long-jobs.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Release } from "../../core/plan.ts";
import { formatDuration } from "../../core/spec/duration.ts";
import { asSluiceError, type Clock } from "../../phases/controller.ts";
import { openJournal } from "../../phases/journal.ts";
import { type RunRequest, run } from "../../phases/run.ts";
import { createPaint, type Paint, type Tone } from "../rehearse/paint.ts";
import { loadService, regionOf, rolloutNamed, sourceOf } from "./input.ts";
import { outlookText } from "./outlook-text.ts";

/** 0: reached, or held for a person. 1: rolled back, or failed. 2: a bad option or spec. */
export type ExitStatus = 0 | 1 | 2;

export interface Screen {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** What every command of a person at a terminal has. */
export interface Surroundings {
  readonly out: Screen;
  readonly err: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface ReleaseOptions {
  readonly command: "plan" | "rollback" | "promote";
  readonly spec: string;
  readonly service?: string | undefined;
  /** Default: of `plan`, "manual"; else whichever is under way. */
  readonly rollout?: string | undefined;
  readonly region?: string | undefined;
  readonly journal?: string | undefined;
  readonly json: boolean;
  /** Nothing is written; what would be is printed, with its command by hand. */
  readonly dryRun: boolean;
  /** Of `plan`: what is to be released. */
  readonly image?: string | undefined;
  readonly taskDefinition?: string | undefined;
  /** Of `rollback`, after a finished rollout: what to go back to, and whether the spec's gates hold for it. */
  readonly to?: string | undefined;
  readonly gates?: boolean | undefined;
  /** Of `promote`: the old version is removed, too. */
  readonly finish?: boolean | undefined;
  /** Of `promote`: what its gates lack is let pass. */
  readonly withoutEvidence?: boolean | undefined;
}

/** `sluice plan`, `rollback` and `promote`: the action's phases by hand, with the environment's credentials. */
export async function releaseCommand(options: ReleaseOptions, around: Surroundings): Promise<ExitStatus> {
  const screen = options.json ? around.err : around.out;
  const paint = createPaint(screen, around.env);
  const startedAtMs = around.clock.nowMs();
  let request: Omit<RunRequest, "record">;
  try {
    request = requestOf(options, around);
  } catch (error) {
    const { message, hint } = asSluiceError(error);
    around.err.write(`${[message, hint].filter(Boolean).join("\n")}\n`);
    return 2;
  }
  const path = options.journal ?? join(tmpdir(), `sluice-${options.command}-${startedAtMs}.jsonl`);
  const narrate = createNarrator();
  const journal = openJournal(path, around.clock.nowMs, (line) => {
    const said = narrate(line);
    if (line.kind === "foreseen") screen.write(foreseenText(line, options.dryRun, paint));
    else if (line.kind === "outlook") screen.write(outlookText(line.outlook, paint));
    else if (line.kind === "long-job") screen.write(`${paint(`! ${longJobText(line.job)}`, "warn")}\n`);
    else if (said) screen.write(progressLine(line.atMs - startedAtMs, said, paint));
  });
  const outcome = await run({ ...request, record: journal.record });
  if (options.json) around.out.write(`${JSON.stringify(toJson(options, outcome, journal), null, 2)}\n`);
  screen.write(conclusion(outcome, options, path, paint));
  return outcome.kind === "reached" || outcome.kind === "held" ? 0 : 1;
}

function requestOf(options: ReleaseOptions, { clock, signal }: Surroundings): Omit<RunRequest, "record"> {
  const { command, to, gates, finish, withoutEvidence } = options;
  const spec = loadService(options.spec, options.service);
  const source: Release["source"] =
    command === "plan" ? sourceOf(options.image, options.taskDefinition) : { kind: "staged" };
  return {
    phase: command,
    spec,
    rollout: rolloutNamed(options.rollout ?? (command === "plan" ? "manual" : "current")),
    release: { source },
    approvals: 0,
    ...(to ? { to } : {}),
    ...(gates ? { gates } : {}),
    ...(finish ? { thenFinish: finish } : {}),
    ...(withoutEvidence ? { withoutEvidence } : {}),
    dryRun: options.dryRun,
    region: regionOf(spec, options.region),
    clock,
    random: Math.random,
    signal,
  };
}

const TONES: Readonly<Record<Said["tone"], Tone>> = {
  plain: "plain",
  good: "good",
  bad: "bad",
  note: "warn",
};

function progressLine(elapsedMs: number, { tone, text }: Said, paint: Paint): string {
  const elapsed = formatDuration(elapsedMs).padStart(7);
  return `${paint(elapsed, "faint")}  ${paint(onOneLine(text), TONES[tone])}\n`;
}

/** A foreseen move with its time and reason, and in a dry run with its command. */
function foreseenText(
  line: Extract<JournalLine, { kind: "foreseen" }>,
  withCommand: boolean,
  paint: Paint,
): string {
  const head = `${`+${formatDuration(line.inMs)}`.padEnd(9)} ${describeMove(line)}`;
  const reason = paint(onOneLine(line.move.reason), "faint");
  if (!withCommand) return `${head}  ${reason}\n`;
  const command = (line.command ?? "").split("\n").filter(Boolean);
  return `${[head, ...[reason, ...command].map((text) => `          ${text}`)].join("\n")}\n`;
}

function conclusion(
  outcome: Outcome,
  { dryRun, command }: ReleaseOptions,
  journal: string,
  paint: Paint,
): string {
  const { tone, text, hint } = ending(outcome);
  const isOnlyTold = dryRun || command === "plan";
  const lines = [
    paint(text, tone),
    ...(hint ? [hint] : []),
    ...(isOnlyTold ? ["Nothing was written."] : []),
    paint(`journal: ${journal}`, "faint"),
  ];
  return `${lines.join("\n")}\n`;
}

function ending(outcome: Outcome): { readonly tone: Tone; readonly text: string; readonly hint?: string } {
  switch (outcome.kind) {
    case "reached":
      return { tone: "good", text: outcome.reason };
    case "held":
      return { tone: "warn", text: `held for a person: ${outcome.reason}` };
    case "rolled-back": {
      const text = `rolled back, because of ${outcome.gate}: ${outcome.reason}`;
      return { tone: "bad", text, ...(outcome.hint ? { hint: outcome.hint } : {}) };
    }
    case "failed": {
      const { message, hint } = outcome.error;
      return { tone: "bad", text: message, ...(hint ? { hint } : {}) };
    }
  }
}

/** Version 1. `foreseen` is there where nothing was written. */
function toJson(
  { command, dryRun }: ReleaseOptions,
  outcome: Outcome,
  { path, lines }: { readonly path: string; readonly lines: readonly JournalLine[] },
): object {
  const plan = lines.findLast((line) => line.kind === "planned")?.plan;
  const outlook = lines.findLast((line) => line.kind === "outlook")?.outlook;
  const longJobs = lines.flatMap((line) => (line.kind === "long-job" ? [line.job] : []));
  const { text: reason, hint } = ending(outcome);
  const foreseen = lines.flatMap((line) => {
    if (line.kind !== "foreseen") return [];
    const { inMs, forMs, move, command } = line;
    const words = { what: describeMove(line), reason: move.reason, kind: move.kind };
    return [{ inMs, ...(forMs ? { forMs } : {}), ...words, ...(command ? { command } : {}) }];
  });
  return {
    version: 1,
    command,
    ...(plan ? { service: plan.spec.service, rollout: plan.rollout } : {}),
    dryRun: dryRun || command === "plan",
    outcome: outcome.kind,
    reason,
    ...(outcome.kind === "rolled-back" ? { gate: outcome.gate } : {}),
    ...(hint ? { hint } : {}),
    ...(dryRun || command === "plan" ? { foreseen } : {}),
    ...(outlook ? { outlook } : {}),
    ...(longJobs.length > 0 ? { longJobs } : {}),
    journal: path,
  };
}

/** Others' words (a stopped reason, an answer's body) stay on their line. */
function onOneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " | ");
}
