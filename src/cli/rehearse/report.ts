import Table from "cli-table3";
import type { Paint } from "./paint.ts";
import type { TimelineEvent } from "./timeline.ts";
import { counted, formatCount } from "./words.ts";

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
  readonly timeline: readonly TimelineEvent[];
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
  const sentence = paint(conclude(report), report.ok ? "good" : "bad");
  return [...rows.map((line) => `  ${line}`.trimEnd()), "", `  ${sentence}`].join("\n");
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
  if (release.violations.length > 0) return `broke ${counted(release.violations.length, "safety rule")}`;
  return `failed ${counted(release.failed, "request")}`;
}
