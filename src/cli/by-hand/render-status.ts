import Table from "cli-table3";
import { formatDuration } from "../../core/spec/duration.ts";
import type { NextStatus, RouteStatus, Status, TaskSetStatus } from "../../core/status.ts";
import type { Paint, Tone } from "../rehearse/paint.ts";

/** A status for people: one paragraph of facts, a table of task sets, what comes next. Ends in a newline. */
export function renderStatus(status: Status, paint: Paint): string {
  const atMs = Date.parse(status.at);
  const blocks = [
    heading(status, paint),
    tableOf(status, atMs, paint),
    facts(status, paint),
    outlook(status, paint),
  ];
  return `${blocks.filter(Boolean).join("\n\n")}\n`;
}

function heading(status: Status, paint: Paint): string {
  const name = paint(`${status.service} (cluster ${status.cluster})`, "strong");
  switch (status.situation) {
    case "at-rest":
      return `${name}: at rest`;
    case "empty":
      return `${name}: no task set`;
    case "unclear":
      return `${name}: ${paint(status.problem ?? "unclear", "bad")}`;
    case "first":
      return `${name}: first deployment, by ${rolloutWords(status, paint)}`;
    case "under-way":
      return `${name}: ${rolloutWords(status, paint)}`;
  }
}

function rolloutWords({ rollout, at, situation }: Status, paint: Paint): string {
  if (!rollout) return "";
  const { name, strategy, step, takenBack, runUrl, commit } = rollout;
  const since = step && formatDuration(Math.max(0, Date.parse(at) - Date.parse(step.since)));
  const words = [
    `${strategy} rollout ${name}${takenBack ? paint(" was taken back", "bad") : " is under way"}`,
    ...(step
      ? [`at ${step.weightPercent} % for ${since}`]
      : [situation === "first" ? "not promoted yet" : "no weight yet"]),
    ...(commit ? [`commit ${commit.slice(0, 12)}`] : []),
    ...(runUrl ? [runUrl] : []),
  ];
  return words.join(", ");
}

const NO_LINES = Object.fromEntries(
  [
    ...["top", "top-mid", "top-left", "top-right", "bottom", "bottom-mid", "bottom-left", "bottom-right"],
    ...["left", "left-mid", "mid", "mid-mid", "right", "right-mid"],
  ].map((part) => [part, ""]),
);

function tableOf({ taskSets, routes }: Status, atMs: number, paint: Paint): string {
  if (taskSets.length === 0) return "";
  const head = ["", "version", "task set", "traffic", "healthy", "of desired", "rollout", "since"];
  const table = new Table({
    head: head.map((title) => paint(title, "faint")),
    chars: { ...NO_LINES, middle: "   " },
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  for (const set of taskSets) table.push(row(set, routes, atMs, paint));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const ROLE_TONES: Readonly<Record<TaskSetStatus["role"], Tone>> = {
  stable: "good",
  new: "warn",
  other: "bad",
  leaving: "faint",
};

function row(set: TaskSetStatus, routes: readonly RouteStatus[], atMs: number, paint: Paint): string[] {
  const health = `${set.healthy} of ${set.computed}`;
  const why = set.unhealthyReasons.length > 0 ? ` (${set.unhealthyReasons.join(", ")})` : "";
  return [
    paint(set.role, ROLE_TONES[set.role]),
    `${set.taskDefinition}${set.image ? `, ${set.image}` : ""}`,
    `${set.id}${set.primary ? " PRIMARY" : ""}`,
    sharesOf(set.id, routes),
    paint(`${health}${why}`, set.healthy < set.computed ? "bad" : "plain"),
    `${set.scalePercent} %`,
    set.rollout ?? "",
    `${formatDuration(Math.max(0, atMs - Date.parse(set.since)))} ago`,
  ];
}

/** "5 %", or by route where they differ: "5 %, 25 %"; the test route is said where it leads to the set. */
function sharesOf(id: string, routes: readonly RouteStatus[]): string {
  const share = (route: RouteStatus): number =>
    route.shares.find(({ taskSet }) => taskSet === id)?.percent ?? 0;
  const production = routes.filter(({ kind }) => kind !== "test").map((route) => `${share(route)} %`);
  const isTested = routes.some((route) => route.kind === "test" && share(route) > 0);
  return [...new Set(production), ...(isTested ? ["test"] : [])].join(", ");
}

function facts({ routes, cohorts, tags, scaling, desiredCount }: Status, paint: Paint): string {
  const lines: readonly (readonly [string, string])[] = [
    ["desired", `${desiredCount} tasks`],
    ...routes.map(({ kind, arn, weights }) => [kind, `${weights}  ${paint(arn, "faint")}`] as const),
    ...cohorts.map(
      ({ rollout, step, targetGroup, ruleArn }) =>
        ["cohort", `step ${step + 1} of ${rollout} to ${targetGroup}  ${paint(ruleArn, "faint")}`] as const,
    ),
    ...(tags.freeze ? [["freeze", paint(tags.freeze, "warn")] as const] : []),
    ...(tags.aborted ? [["taken back", tags.aborted] as const] : []),
    ...(tags.shifted ? [["shifted", tags.shifted] as const] : []),
    ...(scaling ? [["scale-in", scaleInWords(scaling.scaleInSuspended, tags.scaleIn)] as const] : []),
    ...(tags.history ? [["history", tags.history.join(" ")] as const] : []),
  ];
  return lines.map(([name, text]) => `${paint(name.padEnd(13), "faint")}  ${text}`).join("\n");
}

function scaleInWords(suspended: boolean, by: string | undefined): string {
  if (!suspended) return "allowed";
  return by ? `suspended by rollout ${by}` : "suspended, by nobody's rollout";
}

function outlook({ next, wayBack }: Status, paint: Paint): string {
  if (!next) return "";
  const back = wayBack && wayBack !== next ? [nextLine("way back", wayBack, paint)] : [];
  return [nextLine("next", next, paint), ...back].join("\n");
}

function nextLine(name: string, next: NextStatus, paint: Paint): string {
  const { waitsFor, write, writeInMs = 0, heldAt, writes, endsInMs, end, reason } = next;
  const count = writes === 1 ? "1 write" : `${writes} writes`;
  const lines = [
    ...(waitsFor ? [waitsFor] : []),
    ...(write ? [`${writeInMs > 0 ? `in ${formatDuration(writeInMs)}: ` : ""}${write}`] : []),
    ...(heldAt ? [`unless people have let it pass, held on the way: ${heldAt}`] : []),
    `${END_WORDS[end]} after ${count}${endsInMs > 0 ? ` in ${formatDuration(endsInMs)} at the earliest` : ""}: ${reason}`,
  ];
  return lines
    .map((line, index) => `${index === 0 ? paint(name.padEnd(13), "faint") : " ".repeat(13)}  ${line}`)
    .join("\n");
}

const END_WORDS: Readonly<Record<NextStatus["end"], string>> = {
  reached: "done",
  held: "held for a person",
  waits: "waits",
  refused: "refused",
  "rolled-back": "rolled back",
};
