import type { JournalEvent, JournalLine } from "../journal.ts";
import type { Observation } from "../observation.ts";
import { blameOf } from "../task-stops.ts";
import type { Verdict } from "../verdict.ts";
import { type Cast, castOf } from "./cast.ts";
import { type Decision, type Ending, endingOf } from "./ending.ts";
import { type GateReading, readingsOf, recoveryOf } from "./gates.ts";
import { type Passage, passagesOf } from "./passages.ts";
import { merge, type ReadJournal, type ToldLine } from "./read.ts";
import { type TrafficSpan, trafficOf } from "./traffic.ts";

/** A rollout as its journals tell it, all jobs together, for people. */
export interface Story {
  /** Undefined where nothing was planned. */
  readonly cast: Cast | undefined;
  readonly ending: Ending;
  /** From the first line to the last; undefined where there is none. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly passages: readonly Passage[];
  readonly traffic: readonly TrafficSpan[];
  readonly readings: readonly GateReading[];
  /** After a rollback: whether the old version is as good as it was. */
  readonly recovery: Verdict | undefined;
  /** Oldest first, each once. */
  readonly decisions: readonly Decision[];
  readonly stops: readonly TaskStopped[];
  readonly compared: Compared | undefined;
  /** Of a rollback by hand: the rollout that was replaced, where its journals are there, too. */
  readonly earlier: Story | undefined;
  readonly last: Observation | undefined;
  readonly told: readonly ToldLine[];
  /** Lines that could not be read. */
  readonly skipped: number;
}

export type TaskStopped = Extract<JournalEvent, { kind: "task-stopped" }>;
export type Compared = Extract<JournalEvent, { kind: "compared" }>;

/**
 * Tells the story of the last rollout of `journals`, and what people decided beside them. Journals that know nothing of
 * it are those of an earlier one. Pure; never throws.
 */
export function tellStory(journals: readonly ReadJournal[], decided: readonly Decision[] = []): Story {
  const rollout = merge(journals).findLast(({ line }) => line.kind === "planned")?.line;
  const name = rollout?.kind === "planned" ? rollout.plan.rollout : undefined;
  const own = journals.filter(({ lines }) => isOf(lines, name));
  const earlier = journals.filter((journal) => !own.includes(journal));
  return tellOne(own, decided, earlier.length > 0 ? tellStory(earlier) : undefined);
}

/** A job that planned nothing failed before it could: that is told with the others. */
function isOf(lines: readonly JournalLine[], rollout: string | undefined): boolean {
  const plans = lines.flatMap((line) => (line.kind === "planned" ? [line.plan] : []));
  return plans.length === 0 || plans.some((plan) => plan.rollout === rollout);
}

function tellOne(
  journals: readonly ReadJournal[],
  decided: readonly Decision[],
  earlier: Story | undefined,
): Story {
  const told = merge(journals);
  const lines = told.map(({ line }) => line);
  const cast = castOf(lines);
  const traffic = cast ? trafficOf(lines, cast) : [];
  const passages = passagesOf(told);
  const decisions = once(lines, decided);
  const isWayBack = cast?.plan.release.isRollback === true;
  return {
    cast,
    ending: endingOf({ told, passages, decisions, isWayBack }),
    fromMs: lines[0]?.atMs,
    toMs: lines.at(-1)?.atMs,
    passages,
    traffic,
    readings: cast ? readingsOf(lines, cast, traffic) : [],
    recovery: recoveryOf(lines),
    decisions,
    stops: stopsIn(lines),
    compared: lines.findLast((line) => line.kind === "compared"),
    earlier,
    last: lines.findLast((line) => line.kind === "observed")?.observation,
    told,
    skipped: journals.reduce((sum, { skipped }) => sum + skipped, 0),
  };
}

/** Every job after an approval has it on record. One whose time GitHub does not say was made when it was read. */
function once(lines: readonly JournalLine[], decided: readonly Decision[]): readonly Decision[] {
  const known = new Map<string, Decision>();
  const add = (decision: Decision, readAtMs: number | undefined): void => {
    const { what, by, environment, comment, decidedAtMs } = decision;
    const key = JSON.stringify([what, by, environment, comment, decidedAtMs]);
    if (known.has(key)) return;
    known.set(key, decidedAtMs === undefined && readAtMs ? { ...decision, decidedAtMs: readAtMs } : decision);
  };
  for (const line of lines) if (line.kind === "decided") add(line, line.atMs);
  for (const decision of decided) add(decision, undefined);
  return [...known.values()].sort((a, b) => (a.decidedAtMs ?? 0) - (b.decidedAtMs ?? 0));
}

/** Newest first, each task once; without those that scaling, a rollback or a host has stopped. */
function stopsIn(lines: readonly JournalEvent[]): readonly TaskStopped[] {
  const byTask = new Map<string, TaskStopped>();
  for (const line of lines) {
    if (line.kind === "task-stopped" && blameOf(line.stop) !== "foreign") byTask.set(line.stop.taskArn, line);
  }
  return [...byTask.values()].sort((a, b) => b.stop.stoppedAtMs - a.stop.stoppedAtMs);
}
