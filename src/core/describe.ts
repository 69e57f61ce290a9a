import { describeVerdict, findingOf } from "./finding.ts";
import type { JournalEvent, JournalLine } from "./journal.ts";
import { longJobText } from "./long-jobs.ts";
import type { Write } from "./moves.ts";
import type { Observation } from "./observation.ts";
import { isDoubtful, outlookSentence } from "./outlook-words.ts";
import type { Plan } from "./plan.ts";
import { shortArn, situationOf } from "./situation.ts";
import { formatDuration } from "./spec/duration.ts";
import { describeStop } from "./task-stops.ts";
import type { Verdict } from "./verdict.ts";
import { formatWeights, groupName, shareRange } from "./weights.ts";

export interface Said {
  readonly tone: "plain" | "good" | "bad" | "note";
  readonly text: string;
}

/** A journal event as one sentence for people, or undefined where it is only for the record. Pure. */
export function describeEvent(event: JournalEvent, plan: Plan | undefined): Said | undefined {
  switch (event.kind) {
    case "planned":
      return { tone: "plain", text: describePlan(event.plan) };
    case "phase-begun":
      return { tone: "plain", text: `${event.phase}: begun` };
    case "observed":
      return plan ? { tone: "plain", text: describeObservation(event.observation, plan) } : undefined;
    case "writing":
      return { tone: "note", text: `${describeWrite(event.write)} (${event.write.reason})` };
    case "verdict":
      return { tone: toneOf(event.verdict), text: describeVerdict(event.verdict) };
    case "waiting":
      return { tone: "plain", text: event.reason };
    case "look-failed":
      return { tone: "bad", text: `${event.message}; looking again in ${formatDuration(event.againInMs)}` };
    case "rolling-back":
      return { tone: "bad", text: `rolling back, because of ${event.gate}: ${event.reason}` };
    case "decided":
      return { tone: "note", text: describeDecision(event) };
    case "task-stopped":
      return { tone: "bad", text: describeStopped(event) };
    case "compared":
    case "job-ended":
      return undefined;
    case "foreseen":
      return { tone: "plain", text: describeForeseen(event) };
    case "outlook":
      return {
        tone: isDoubtful(event.outlook) ? "note" : "plain",
        text: outlookSentence(event.outlook),
      };
    case "long-job":
      return { tone: "note", text: longJobText(event.job) };
    case "phase-ended":
      return describeEnd(event);
  }
}

function toneOf({ kind, isDryRun, isIncident }: Verdict): Said["tone"] {
  if (isDryRun) return "plain";
  if (isIncident) return "note";
  return kind === "healthy" ? "good" : kind === "regress" ? "bad" : "plain";
}

/** "approved by octocat in production-approval: looks good". */
export function describeDecision({
  what,
  by,
  environment,
  comment,
  withoutEvidence,
}: Extract<JournalEvent, { kind: "decided" }>): string {
  const words = {
    approved: "approved",
    rejected: "rejected",
    promotion: withoutEvidence ? "promotion without evidence asked for" : "promotion asked for",
    rollback: "rollback asked for",
  };
  const where = environment ? ` in ${environment}` : "";
  return `${words[what]} by ${by}${where}${comment ? `: ${comment}` : ""}`;
}

/** "task 1f2e3d: Essential container in task exited (app exit code 1); app said last: no database". */
function describeStopped({ stop, logs }: Extract<JournalEvent, { kind: "task-stopped" }>): string {
  const spoke = logs.find(({ lines }) => lines.length > 0);
  const last = spoke ? `; ${spoke.container} said last: ${spoke.lines.at(-1)}` : "";
  return `${describeStop(stop)}${last}`;
}

/** A failed gate has its say in the rollback that follows. */
function describeEnd({ phase, outcome }: Extract<JournalEvent, { kind: "phase-ended" }>): Said | undefined {
  switch (outcome.kind) {
    case "reached":
      return { tone: "good", text: `${phase}: ${outcome.reason}` };
    case "held":
      return { tone: "note", text: `${phase}: held for a person: ${outcome.reason}` };
    case "rolled-back":
      return undefined;
    case "failed":
      return { tone: "bad", text: `${phase}: ${outcome.error.message}` };
  }
}

function describePlan(plan: Plan): string {
  const routes =
    plan.routes.length === 1 ? "one production route" : `${plan.routes.length} production routes`;
  return `plan: ${plan.spec.service} by ${plan.spec.strategy}, ${routes}, rollout ${plan.rollout}`;
}

/** "orders:1 4/4 at 100 %; new orders:2 2/4 at 0 %". */
export function describeObservation(observation: Observation, plan: Plan): string {
  const situation = situationOf(observation.taskSets, observation.service.tags);
  const one = (set: Observation["taskSets"][number]): string => {
    const share = shareRange(observation.routes, plan.groups, set.targetGroupArn ?? "");
    const percent =
      share.smallest === share.largest
        ? `${Math.round(share.largest)}`
        : `${Math.round(share.smallest)}-${Math.round(share.largest)}`;
    return `${shortArn(set.taskDefinitionArn)} ${set.healthyCount}/${set.computedDesiredCount} healthy at ${percent} %`;
  };
  switch (situation.kind) {
    case "at-rest":
      return one(situation.stable);
    case "first":
      return `first: ${one(situation.fresh)}`;
    case "under-way":
      return `${one(situation.stable)}; new: ${one(situation.fresh)}`;
    case "empty":
      return "no task set";
    case "unclear":
      return situation.reason;
  }
}

/** "+2m 10s  ModifyRule orders-blue 95, orders-green 5 (…)". */
function describeForeseen(event: Extract<JournalEvent, { kind: "foreseen" }>): string {
  return `+${formatDuration(event.inMs)}  ${describeMove(event)} (${event.move.reason})`;
}

/** A foreseen move without its reason. */
export function describeMove({ forMs, move }: Extract<JournalEvent, { kind: "foreseen" }>): string {
  switch (move.kind) {
    case "wait":
      return `wait ${formatDuration(forMs ?? 0)}`;
    case "hold":
      return "held for a person";
    default:
      return describeWrite(move);
  }
}

export function describeWrite(write: Write): string {
  switch (write.kind) {
    case "create-task-set":
      return `CreateTaskSet at ${write.scalePercent} %`;
    case "scale-task-set":
      return `UpdateTaskSet ${shortArn(write.taskSetArn)} to ${write.scalePercent} %`;
    case "set-weights": {
      const call = write.route.kind === "listener" ? "ModifyListener" : "ModifyRule";
      return `${call} ${formatWeights(write.to)}`;
    }
    case "create-cohort":
      return `CreateRule for ${write.cohort.kind} ${write.cohort.name} to ${groupName(write.groupArn)}`;
    case "delete-cohort":
      return `DeleteRule ${shortArn(write.ruleArn)}`;
    case "suspend-scale-in":
      return "RegisterScalableTarget, scaling in suspended";
    case "resume-scale-in":
      return "RegisterScalableTarget, scaling in resumed";
    case "tag-service":
      return `TagResource ${Object.entries(write.tags)
        .map(([key, value]) => `${key}=${value}`)
        .join(" ")}`;
    case "untag-service":
      return `UntagResource ${write.keys.join(" ")}`;
    case "set-primary":
      return `UpdateServicePrimaryTaskSet ${shortArn(write.taskSetArn)}`;
    case "delete-task-set":
      return `DeleteTaskSet ${shortArn(write.taskSetArn)}`;
  }
}

/** What changes with every look is said when it begins, and then every so often. */
const REPEAT_WAIT_MS = 15_000;
/** A gate that goes on saying the same, in other numbers: about a period of most metrics. */
const REPEAT_VERDICT_MS = 60_000;

/** What is told again and again: while its shape stays, only every `repeatMs`, and never twice in the same words. */
interface Topic {
  readonly name: string;
  readonly shape: string;
  readonly repeatMs: number;
}

function topicOf(line: JournalLine, text: string): Topic | undefined {
  switch (line.kind) {
    case "observed":
      return { name: "observed", shape: text, repeatMs: Number.POSITIVE_INFINITY };
    case "waiting":
      return { name: "waiting", shape: text.replaceAll(/\d[\d.,]*/g, "#"), repeatMs: REPEAT_WAIT_MS };
    case "verdict": {
      const { gate, isDryRun } = line.verdict;
      const name = `verdict ${gate}${isDryRun ? " (dry run)" : ""}`;
      return { name, shape: findingOf(line.verdict), repeatMs: REPEAT_VERDICT_MS };
    }
    default:
      return undefined;
  }
}

/** Tells what of a journal a person should see while it is written. Stateful; one for each journal. */
export function createNarrator(): (line: JournalLine) => Said | undefined {
  let plan: Plan | undefined;
  const told = new Map<string, { readonly shape: string; readonly text: string; readonly atMs: number }>();
  const isNews = (line: JournalLine, text: string): boolean => {
    const topic = topicOf(line, text);
    if (!topic) return true;
    const { name, shape, repeatMs } = topic;
    const last = told.get(name);
    if (last?.text === text || (last?.shape === shape && line.atMs - last.atMs < repeatMs)) return false;
    told.set(name, { shape, text, atMs: line.atMs });
    return true;
  };
  return (line) => {
    if (line.kind === "planned") plan = line.plan;
    const said = describeEvent(line, plan);
    return said && isNews(line, said.text) ? said : undefined;
  };
}
