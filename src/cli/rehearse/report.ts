import Table from "cli-table3";
import type { AllAtOnce } from "./exposure.ts";
import type { Paint } from "./paint.ts";
import type { TimelineEvent } from "./timeline.ts";
import { counted, formatCount, formatPercent } from "./words.ts";

/** How a release ended. `failed`: neither released, nor taken back, nor left for a person to decide. */
export type Outcome = "released" | "rolled-back" | "held" | "failed";

export interface VersionReport {
  readonly requests: number;
  readonly failed: number;
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** One rehearsed release, as `--json` writes it. */
export interface ReleaseReport {
  readonly name: string;
  readonly strategy: string;
  readonly outcome: Outcome;
  /** How a good pipeline ends it. */
  readonly expected: Outcome;
  /** It ended as expected, and nothing happened on the way that must not. */
  readonly ok: boolean;
  readonly requests: number;
  readonly failed: number;
  /** The safety rules that were broken, each in a sentence. */
  readonly violations: readonly string[];
  readonly seconds: number;
  readonly perVersion: Readonly<Record<string, VersionReport>>;
  /** Of a release that was taken back: what caught it, and when. */
  readonly takenBack?: TakenBackReport;
  /** What it would have cost, had all users had it for as long as some of them did. */
  readonly allAtOnce?: AllAtOnce;
  readonly timeline: readonly TimelineEvent[];
}

export interface TakenBackReport {
  readonly gate: string;
  readonly reason: string;
  /** The new version's weight when it was caught. */
  readonly atPercent: number;
  /** From its first user until it was caught; absent where it had none. */
  readonly afterSeconds?: number;
  /** From its first user to the way back. */
  readonly exposedSeconds?: number;
}

/** A whole rehearsal, as `--json FILE` writes it. `ok` is the exit code. */
export interface RehearsalReport {
  readonly releases: readonly ReleaseReport[];
  readonly ok: boolean;
}

export function reportOf(releases: readonly ReleaseReport[]): RehearsalReport {
  return { releases, ok: releases.length > 0 && releases.every((release) => release.ok) };
}

const WORDS: Readonly<Record<Outcome, string>> = {
  released: "released",
  "rolled-back": "rolled back",
  held: "held",
  failed: "failed",
};

const NO_LINES = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** What a person reads at the end: a table of the releases, and one sentence. Pure. */
export function renderSummary(report: RehearsalReport, paint: Paint): string {
  const head = ["", "release", "strategy", "outcome", "requests", "failed", "violations", "seconds"];
  const table = new Table({
    head: head.map((title) => paint(title, "faint")),
    chars: NO_LINES,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
    colAligns: ["left", "left", "left", "left", "right", "right", "right", "right"],
  });
  for (const release of report.releases) table.push(row(release, paint));
  const rows = table.toString().split("\n");
  const caught = report.releases.flatMap(describeCatch);
  const sentence = paint(conclude(report), report.ok ? "good" : "bad");
  return [
    ...rows.map((line) => `  ${line}`.trimEnd()),
    "",
    ...(caught.length > 0 ? [...caught.map((line) => `  ${line}`), ""] : []),
    `  ${sentence}`,
  ].join("\n");
}

/** What caught a bad release, whom it had hurt by then, and beside it what all at once would have cost. */
export function describeCatch(release: ReleaseReport): readonly string[] {
  const { takenBack, strategy, failed } = release;
  if (!takenBack) return [];
  const { gate, atPercent, afterSeconds, exposedSeconds } = takenBack;
  if (afterSeconds === undefined || exposedSeconds === undefined) {
    return [`${release.name}: caught by ${gate}, before any user reached it.`];
  }
  const at = atPercent > 0 ? `at ${formatPercent(atPercent)} of the traffic` : "at a route step";
  const hurt = `${counted(failed, "request")} failed.`;
  const caught = `${release.name}: caught by ${gate} ${at}, ${afterSeconds} s after its first user. ${hurt}`;
  if (strategy === "blue-green" || !release.allAtOnce) return [caught];
  const { failedShare, failed: instead, requests } = release.allAtOnce;
  const share = formatPercent(100 * failedShare);
  return [
    caught,
    `All at once it would have been ${formatCount(instead)}: the ${share} of its requests that failed, of all ${formatCount(requests)} in the ${exposedSeconds} s until the way back.`,
  ];
}

function row(release: ReleaseReport, paint: Paint): string[] {
  const surprise = release.outcome === release.expected ? "" : `, not ${WORDS[release.expected]}`;
  const figure = (count: number) => paint(formatCount(count), count > 0 ? "bad" : "plain");
  return [
    release.ok ? paint("✓", "good") : paint("✗", "bad"),
    release.name,
    release.strategy,
    WORDS[release.outcome] + surprise,
    formatCount(release.requests),
    release.expected === "released" ? figure(release.failed) : formatCount(release.failed),
    figure(release.violations.length),
    formatCount(release.seconds),
  ];
}

/** The rehearsal in one plain sentence. */
export function conclude({ releases, ok }: RehearsalReport): string {
  if (releases.length === 0) return "Nothing was rehearsed.";
  const bad = releases.filter((release) => !release.ok);
  if (!ok) {
    const who = bad.map((release) => `${release.name} ${complaint(release)}`).join("; ");
    return `${formatCount(bad.length)} of ${counted(releases.length, "release")} went wrong: ${who}.`;
  }
  const total = (of: readonly ReleaseReport[], figure: "requests" | "failed"): number =>
    of.reduce((sum, release) => sum + release[figure], 0);
  const takenBack = releases.filter((release) => release.expected !== "released");
  const failed = total(releases, "failed") - total(takenBack, "failed");
  const hurt =
    takenBack.length === 0
      ? ""
      : `, ${formatCount(total(takenBack, "failed"))} hurt before a bad release was taken back`;
  const all =
    ["Nothing", "The release", "Both releases"][releases.length] ?? `All ${releases.length} releases`;
  const requests = counted(total(releases, "requests"), "request");
  const dropped = failed === 0 ? "none" : formatCount(failed);
  return `${all} ended as expected: ${requests}, ${dropped} failed${hurt}, and no safety rule was broken.`;
}

function complaint(release: ReleaseReport): string {
  if (release.outcome !== release.expected) {
    return `ended ${WORDS[release.outcome]} instead of ${WORDS[release.expected]}`;
  }
  if (release.violations.length === 0 && release.expected === "rolled-back") {
    return `was taken back by ${release.takenBack?.gate ?? "nothing"}, which says nothing of the release`;
  }
  if (release.violations.length > 0) return `broke ${counted(release.violations.length, "safety rule")}`;
  return `failed ${counted(release.failed, "request")}`;
}
