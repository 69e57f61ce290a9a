import type { JournalLine } from "../../core/journal.ts";
import type { Outcome } from "../../core/outcome.ts";
import { imageTag, type Plan } from "../../core/plan.ts";
import { shortArn } from "../../core/situation.ts";
import { castOf } from "../../core/story/cast.ts";
import { isRevert } from "../../core/way-back.ts";
import type { Asked } from "./create.ts";

/** What is to stand on a rollout's Deployment. */
export interface Note {
  readonly plan: Plan;
  readonly state: "in_progress" | "success" | "failure" | "error";
  readonly text: string;
  /** "opening": before the first write of a job; "back": of a job that only takes back what another began. */
  readonly from: "opening" | "rollout" | "back";
}

export interface EndedJob {
  readonly phase: string;
  readonly outcome: Outcome;
  readonly asked: Asked | undefined;
}

/** Phases that begin a rollout or go on with it. */
const FORWARD: ReadonlySet<string> = new Set(["stage", "verify", "shift", "promote", "rollout"]);

/** Whether a phase takes a rollout further, so that it may be the first to record it. */
export function goesForward(phase: string): boolean {
  return FORWARD.has(phase);
}

export function openingNote(plan: Plan): Note {
  return { plan, state: "in_progress", text: "begun", from: "opening" };
}

/** What a job leaves on the Deployments of the rollouts that it had to do with, in their order. Pure. */
export function notesOf(lines: readonly JournalLine[], job: EndedJob): readonly Note[] {
  const parts = partsOf(lines);
  return parts.flatMap((part, index) => noteOf(part, job, index === parts.length - 1) ?? []);
}

/** One rollout's part of a journal: a rollback may take back one, and then release another. */
interface Part {
  readonly plan: Plan;
  readonly lines: readonly JournalLine[];
}

function partsOf(lines: readonly JournalLine[]): readonly Part[] {
  const parts = new Map<string, { plan: Plan; lines: JournalLine[] }>();
  let part: { plan: Plan; lines: JournalLine[] } | undefined;
  for (const line of lines) {
    if (line.kind === "planned") {
      part = parts.get(line.plan.rollout) ?? { plan: line.plan, lines: [] };
      parts.set(line.plan.rollout, part);
    }
    part?.lines.push(line);
  }
  return [...parts.values()];
}

function noteOf({ plan, lines }: Part, job: EndedJob, isLast: boolean): Note | undefined {
  const isOwn = goesForward(job.phase) || isRevert(plan.rollout);
  const about = { plan, from: isOwn ? "rollout" : "back" } as const;
  const hasBegun = (phase: string): boolean =>
    lines.some((line) => line.kind === "phase-begun" && line.phase === phase);
  const hasReached = (phase: string): boolean =>
    lines.some(
      (line) => line.kind === "phase-ended" && line.phase === phase && line.outcome.kind === "reached",
    );
  if (hasReached("rollback")) return { ...about, state: "failure", text: whyBack(lines, job) };
  if (hasBegun("rollback")) return { ...about, state: "error", text: `half taken back: ${reasonOf(job)}` };
  if (hasReached("promote")) return { ...about, state: "success", text: versions(lines, plan, job) };
  if (!isOwn || !isLast) return undefined;
  if (job.outcome.kind === "failed") return { ...about, state: "error", text: reasonOf(job) };
  return { ...about, state: "in_progress", text: `${job.phase}: ${reasonOf(job)}` };
}

function whyBack(lines: readonly JournalLine[], { asked }: EndedJob): string {
  const cause = lines.findLast((line) => line.kind === "rolling-back");
  if (cause) return `rolled back (${cause.gate}): ${cause.reason}`;
  return `rolled back${by(asked)}`;
}

/** "orders:1 → orders:2". */
function versions(lines: readonly JournalLine[], plan: Plan, { asked }: EndedJob): string {
  const cast = castOf(lines);
  const to = cast?.to?.name ?? plan.spec.service;
  const text = cast?.from ? `${cast.from.name} → ${to}` : to;
  return isRevert(plan.rollout) ? `${text}${by(asked)}` : text;
}

function reasonOf({ outcome }: EndedJob): string {
  return outcome.kind === "failed" ? outcome.error.message : outcome.reason;
}

/** ", by octocat: it was slow". */
function by(asked: Asked | undefined): string {
  if (!asked) return "";
  return `, by ${asked.by}${asked.reason ? `: ${asked.reason}` : ""}`;
}

/** "orders: 2, canary"; of a release back, who wanted it and why. */
export function descriptionOf(plan: Plan, asked: Asked | undefined): string {
  const { service, strategy } = plan.spec;
  const version = versionOf(plan);
  if (isRevert(plan.rollout)) return `${service}: back${version ? ` to ${version}` : ""}${by(asked)}`;
  return `${service}: ${version ? `${version}, ` : ""}${strategy}`;
}

function versionOf({ release: { source } }: Plan): string | undefined {
  switch (source.kind) {
    case "image":
      return imageTag(source.image);
    case "task-definition":
      return shortArn(source.taskDefinition);
    case "definition":
      return source.image && imageTag(source.image);
    case "staged":
      return undefined;
  }
}
