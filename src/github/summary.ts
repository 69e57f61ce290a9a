import { markdownTable } from "markdown-table";
import { describeEvent, describeWrite } from "../core/describe.ts";
import type { SluiceError } from "../core/errors.ts";
import type { JournalLine } from "../core/journal.ts";
import type { GroupWeight, RouteRef } from "../core/observation.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Plan } from "../core/plan.ts";
import { shortArn, situationOf } from "../core/situation.ts";
import { formatDuration } from "../core/spec/duration.ts";
import type { RequestCounts, Verdict } from "../core/verdict.ts";
import { groupName, shareRange, withShare } from "../core/weights.ts";

/** What a person reads first: what happened, why, in which numbers, and what to do. Markdown. Pure. */
export function renderSummary(lines: readonly JournalLine[], outcome: Outcome): string {
  const plan = lines.find((line) => line.kind === "planned")?.plan;
  const service = plan?.spec.service ?? "service";
  return [
    `## ${headline(outcome)} \`${service}\`${versions(lines)}`,
    "",
    explanation(outcome),
    ...verdictSection(lines),
    ...timelineSection(lines, plan),
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

function explanation(outcome: Outcome): string {
  switch (outcome.kind) {
    case "failed":
      return paragraphs([messageOf(outcome.error), asText(outcome.error.hint ?? "")]);
    case "rolled-back":
      return paragraphs([
        `${cause(outcome)}: ${asText(outcome.reason)}. The previous version has all traffic again.`,
        hurt(outcome.counts),
        asText(outcome.hint ?? ""),
      ]);
    default:
      return `${asText(outcome.reason)}.`;
  }
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
      const isBookkeeping = line.write.kind === "tag-service" || line.write.kind === "untag-service";
      return isBookkeeping ? undefined : `${line.write.reason} (${describeWrite(line.write)})`;
    }
    case "planned":
    case "rolling-back":
    case "phase-ended":
      return describeEvent(line, plan)?.text;
    default:
      return undefined;
  }
}

function weightOf(
  observation: Extract<JournalLine, { kind: "observed" }>["observation"],
  plan: Plan,
): string {
  const situation = situationOf(observation.taskSets);
  if (situation.kind !== "under-way") return "";
  const share = shareRange(observation.routes, plan.groups, situation.fresh.targetGroupArn ?? "");
  return `${Math.round(share.largest)} %, ${situation.fresh.healthyCount}/${situation.fresh.computedDesiredCount} healthy`;
}

/** For when GitHub, or Sluice, is not there: all traffic to the stable version, as plain `aws` commands. */
function byHandSection(
  lines: readonly JournalLine[],
  plan: Plan | undefined,
  outcome: Outcome,
): readonly string[] {
  const written = lines.some((line) => line.kind === "writing" && line.write.kind === "set-weights");
  const last = lines.filter((line) => line.kind === "observed").at(-1)?.observation;
  const situation = last && situationOf(last.taskSets);
  const isDone = outcome.kind === "reached" || outcome.kind === "rolled-back";
  if (!plan || !written || isDone || situation?.kind !== "under-way" || !last) return [];
  const stableGroup = situation.stable.targetGroupArn ?? plan.groups[0];
  return [
    "",
    "### By hand",
    "",
    `All traffic back to ${groupName(stableGroup)} (an action list with more than a forward needs its other actions, too):`,
    "",
    "```sh",
    ...last.routes.map((route) =>
      takeBackCommand(route, withShare(route.weights, plan.groups, stableGroup, 100)),
    ),
    "```",
  ];
}

function takeBackCommand(route: RouteRef, weights: readonly GroupWeight[]): string {
  const groups = weights
    .map((entry) => `{TargetGroupArn=${entry.groupArn},Weight=${entry.weight}}`)
    .join(",");
  const [verb, flag, actions] =
    route.kind === "listener-rule"
      ? ["modify-rule", "--rule-arn", "--actions"]
      : ["modify-listener", "--listener-arn", "--default-actions"];
  return `aws elbv2 ${verb} ${flag} ${route.arn} ${actions} 'Type=forward,ForwardConfig={TargetGroups=[${groups}]}'`;
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
  const longest = Math.max(2, ...[...message.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}text`, message, fence].join("\n");
}

function clockTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}
