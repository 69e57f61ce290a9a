import { markdownTable } from "markdown-table";
import { describeEvent, describeWrite } from "../core/describe.ts";
import type { JournalLine } from "../core/journal.ts";
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
  if (outcome.kind === "failed") return paragraphs(outcome.error.message, outcome.error.hint);
  if (outcome.kind === "rolled-back") {
    return paragraphs(
      `The gate **${outcome.gate}** stopped this release: ${outcome.reason}. The previous version has all traffic again.`,
      [hurt(outcome.counts), outcome.hint ?? ""].filter(Boolean).join("\n\n"),
    );
  }
  return paragraphs(`${outcome.reason}.`, undefined);
}

function hurt(counts: RequestCounts | undefined): string {
  if (!counts) return "";
  return `By what CloudWatch has so far, ${counts.bad} of the ${counts.requests} requests that the new version got went bad.`;
}

function paragraphs(text: string, hint: string | undefined): string {
  return hint ? `${text}\n\n${hint}` : text;
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
  return [
    "",
    "### Gates",
    "",
    markdownTable([["gate", "verdict", "since (UTC)", "what was seen"], ...rows].map(escaped)),
  ];
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
  return ["", "### Timeline", "", markdownTable([["UTC", "", "new version", "what"], ...rows].map(escaped))];
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

/** For when GitHub, or Sluice, is not there: the weights as they were, as plain `aws` commands. */
function byHandSection(
  lines: readonly JournalLine[],
  plan: Plan | undefined,
  outcome: Outcome,
): readonly string[] {
  const first = lines.find((line) => line.kind === "observed")?.observation;
  const shifted = lines.some((line) => line.kind === "writing" && line.write.kind === "set-weights");
  if (!plan || !first || !shifted || outcome.kind === "reached" || outcome.kind === "rolled-back") return [];
  const commands = first.routes.map((route) => {
    const groups = route.weights
      .map((entry) => `{TargetGroupArn=${entry.groupArn},Weight=${entry.weight}}`)
      .join(",");
    const [verb, flag, actions] =
      route.kind === "listener-rule"
        ? ["modify-rule", "--rule-arn", "--actions"]
        : ["modify-listener", "--listener-arn", "--default-actions"];
    return `aws elbv2 ${verb} ${flag} ${route.arn} ${actions} 'Type=forward,ForwardConfig={TargetGroups=[${groups}]}'`;
  });
  return [
    "",
    "### By hand",
    "",
    "The weights as this job found them (an action list with more than a forward needs its other actions, too):",
    "",
    "```sh",
    ...commands,
    "```",
  ];
}

function escaped(cells: readonly string[]): string[] {
  return cells.map((cell) =>
    cell
      .replaceAll("|", "\\|")
      .replaceAll(/\s*\n\s*/g, " ")
      .replaceAll("<", "&lt;"),
  );
}

function clockTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}
