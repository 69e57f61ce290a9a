import { markdownTable } from "markdown-table";
import { scriptOf } from "../core/by-hand.ts";
import { describeEvent, describeMove, describeWrite } from "../core/describe.ts";
import type { SluiceError } from "../core/errors.ts";
import { type ForeseenStep, foresee } from "../core/foresee.ts";
import type { JournalLine } from "../core/journal.ts";
import { isWrite, type Write } from "../core/moves.ts";
import type { Observation } from "../core/observation.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Plan } from "../core/plan.ts";
import { shortArn, situationOf } from "../core/situation.ts";
import { formatDuration } from "../core/spec/duration.ts";
import type { RequestCounts, Verdict } from "../core/verdict.ts";
import { shareRange } from "../core/weights.ts";

/** What a person reads first: what happened, why, in which numbers, and what to do. Markdown. Pure. */
export function renderSummary(lines: readonly JournalLine[], outcome: Outcome): string {
  const plan = lines.find((line) => line.kind === "planned")?.plan;
  const service = plan?.spec.service ?? "service";
  return [
    `## ${headline(outcome)} \`${service}\`${versions(lines)}`,
    "",
    explanation(outcome, lines),
    ...verdictSection(lines),
    ...timelineSection(lines, plan),
    ...foreseenSection(lines),
    ...byHandSection(lines, plan, outcome),
    "",
  ].join("\n");
}

function headline(outcome: Outcome): string {
  switch (outcome.kind) {
    case "reached":
      return "✅ Done:";
    case "held":
      return "⏸️ Held for a person:";
    case "rolled-back":
      return "↩️ Rolled back:";
    case "failed":
      return "❌ Failed:";
  }
}

function explanation(outcome: Outcome, lines: readonly JournalLine[]): string {
  switch (outcome.kind) {
    case "failed":
      return paragraphs([messageOf(outcome.error), asText(outcome.error.hint ?? "")]);
    case "rolled-back":
      return paragraphs([
        `${cause(outcome)}: ${asText(outcome.reason)}. ${wasFirst(lines) ? "It was the service's first: it is deleted, and nothing serves now." : "The previous version has all traffic again."}`,
        hurt(outcome.counts),
        asText(outcome.hint ?? ""),
      ]);
    default:
      return `${asText(outcome.reason)}.`;
  }
}

/** The last look of a rollback that left nothing. */
function wasFirst(lines: readonly JournalLine[]): boolean {
  const last = lines.findLast((line) => line.kind === "observed");
  return last !== undefined && situationOf(last.observation.taskSets).kind === "empty";
}

/** What is not a gate of the release's own (a denied call, a cancelled job) did not judge it. */
function cause({ gate }: Extract<Outcome, { kind: "rolled-back" }>): string {
  const judged = !["aws", "transient", "internal", "deadline", "cancelled"].includes(gate);
  return judged ? `The gate **${asText(gate)}** stopped this release` : "This release could not go on";
}

function hurt(counts: RequestCounts | undefined): string {
  if (!counts) return "";
  return `By what CloudWatch has so far, ${counts.bad} of the ${counts.requests} requests that the new version got went bad.`;
}

function paragraphs(texts: readonly string[]): string {
  return texts.filter(Boolean).join("\n\n");
}

/** ": orders:1 → orders:2". */
function versions(lines: readonly JournalLine[]): string {
  for (const line of lines.slice().reverse()) {
    if (line.kind !== "observed") continue;
    const situation = situationOf(line.observation.taskSets);
    if (situation.kind === "first") return `, ${shortArn(situation.fresh.taskDefinitionArn)}`;
    if (situation.kind !== "under-way") continue;
    return `, ${shortArn(situation.stable.taskDefinitionArn)} → ${shortArn(situation.fresh.taskDefinitionArn)}`;
  }
  return "";
}

/** The last word of each gate, and when it first said so. */
function verdictSection(lines: readonly JournalLine[]): readonly string[] {
  const last = new Map<string, { verdict: Verdict; sinceMs: number }>();
  for (const line of lines) {
    if (line.kind !== "verdict") continue;
    const before = last.get(line.verdict.gate);
    const sinceMs = before?.verdict.kind === line.verdict.kind ? before.sinceMs : line.atMs;
    last.set(line.verdict.gate, { verdict: line.verdict, sinceMs });
  }
  if (last.size === 0) return [];
  const rows = [...last.values()].map(({ verdict, sinceMs }) => [
    verdict.gate,
    verdict.kind,
    clockTime(sinceMs),
    verdict.reason,
  ]);
  return ["", "### Gates", "", tableOf(["gate", "verdict", "since (UTC)", "what was seen"], rows)];
}

function timelineSection(lines: readonly JournalLine[], plan: Plan | undefined): readonly string[] {
  const [first] = lines;
  if (!first) return [];
  let weight = "";
  const rows = lines.flatMap((line) => {
    if (line.kind === "observed" && plan) weight = weightOf(line.observation, plan);
    const text = milestone(line, plan);
    return text ? [[clockTime(line.atMs), `+${formatDuration(line.atMs - first.atMs)}`, weight, text]] : [];
  });
  return ["", "### Timeline", "", tableOf(["UTC", "", "new version", "what"], rows)];
}

/** What belongs in a timeline for people: what changed for users and tasks, and what each phase came to. */
function milestone(line: JournalLine, plan: Plan | undefined): string | undefined {
  switch (line.kind) {
    case "writing": {
      return BOOKKEEPING.has(line.write.kind)
        ? undefined
        : `${line.write.reason} (${describeWrite(line.write)})`;
    }
    case "planned":
    case "rolling-back":
    case "phase-ended":
      return describeEvent(line, plan)?.text;
    default:
      return undefined;
  }
}

function weightOf(observation: Observation, plan: Plan): string {
  const situation = situationOf(observation.taskSets);
  if (!("fresh" in situation)) return "";
  const share = shareRange(observation.routes, plan.groups, situation.fresh.targetGroupArn ?? "");
  return `${Math.round(share.largest)} %, ${situation.fresh.healthyCount}/${situation.fresh.computedDesiredCount} healthy`;
}

/** Rows beyond these are of use to nobody, and a summary holds 1 MiB (GitHub). */
const MOST_FORESEEN = 200;

/** Of a plan: all that the release would do, and when. */
function foreseenSection(lines: readonly JournalLine[]): readonly string[] {
  const foreseen = lines.flatMap((line) => (line.kind === "foreseen" ? [line] : []));
  if (foreseen.length === 0) return [];
  const rows = foreseen
    .slice(0, MOST_FORESEEN)
    .map((line) => [`+${formatDuration(line.inMs)}`, describeMove(line), line.move.reason]);
  const left = foreseen.length - rows.length;
  return [
    "",
    "### What would happen",
    "",
    "At the earliest, if every gate passes:",
    "",
    tableOf(["at", "what", "why"], rows),
    ...(left > 0 ? ["", `… and ${left} more.`] : []),
  ];
}

/** For when GitHub, or Sluice, is not there: all that would take the rollout back, as plain `aws` commands. */
function byHandSection(
  lines: readonly JournalLine[],
  plan: Plan | undefined,
  outcome: Outcome,
): readonly string[] {
  const last = lines.findLast((line) => line.kind === "observed")?.observation;
  const isOpen = outcome.kind === "held" || outcome.kind === "failed";
  const isOnlyTold = lines.some((line) => line.kind === "foreseen");
  if (!plan || !last || !isOpen || isOnlyTold) return [];
  const steps = wayBack(plan, last);
  const undoes = steps.some(({ move }) => isWrite(move) && !BOOKKEEPING.has(move.kind));
  if (!undoes) return [];
  return [
    "",
    "### By hand",
    "",
    "What would take it back now, if no rollback can run (`sluice rollback --spec FILE` does the same from a laptop):",
    "",
    fenced("sh", scriptOf(steps, plan)),
  ];
}

const BOOKKEEPING: ReadonlySet<string> = new Set<Write["kind"]>(["tag-service", "untag-service"]);

/** A summary is written whatever happens: where the way back cannot be foreseen, it has none. */
function wayBack(plan: Plan, observation: Observation): readonly ForeseenStep[] {
  try {
    return foresee(plan, "rollback", observation, observation.atMs).steps;
  } catch {
    return [];
  }
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable([[...head], ...rows.map((row) => row.map(asText))], { alignDelimiters: false });
}

/** Others' words (an answer's body, a stopped reason) as plain text on one line, whatever they hold. */
function asText(words: string): string {
  return words
    .replaceAll(/\s*[\r\n]+\s*/g, " ")
    .replaceAll(/[\\`*_{}[\]#|!~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/^>/, "&gt;");
}

/** A list of what is wrong with spec or infrastructure keeps its lines, in a fence that nothing in it can close. */
function messageOf({ kind, message }: SluiceError): string {
  if (kind !== "configuration" || !message.includes("\n")) return asText(message);
  return fenced("text", message);
}

function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, text, fence].join("\n");
}

function clockTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}
