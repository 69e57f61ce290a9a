import { formatCount, formatRatio, formatShare, isAboutSame } from "../../core/count-words.ts";
import type { Arm } from "../../core/counts.ts";
import { besideOldRate, type Finding, findingOf } from "../../core/finding.ts";
import type { GateReading, Measured } from "../../core/story/gates.ts";
import type { Story } from "../../core/story/story.ts";
import type { Verdict } from "../../core/verdict.ts";
import { formatPercent } from "../../core/weights.ts";
import { asText, boundedList, boundedTable, clockTime, folded, listOf, paragraphs, section } from "./text.ts";

/** What each gate said last at each weight: its figures beside the old version's and its limit, then its words. */
export function gatesSection({ readings }: Pick<Story, "readings">): string {
  if (readings.length === 0) return "";
  const { head, rows } = filledColumns(readings);
  return section("Gates", boundedTable("verdicts", head, rows), wordsOf(readings), notesOn(readings));
}

/** Whatever has not passed says why; the words of the others are there for who wants them. */
function wordsOf(readings: readonly GateReading[]): string {
  const passed = readings.filter(({ verdict }) => verdict.kind === "healthy");
  const others = readings.filter((reading) => !passed.includes(reading));
  return paragraphs(
    boundedList("that have not passed, in words", others.map(wordsAt)),
    passed.length > 0 ? folded("What those that passed have seen", listOf(passed.map(wordsAt))) : "",
  );
}

function wordsAt({ percent, verdict }: GateReading): string {
  return `${gateName(verdict)} at ${formatPercent(percent)}: ${asText(verdict.reason)}`;
}

const COLUMNS: Readonly<Record<string, (reading: GateReading) => string>> = {
  "at weight": ({ percent }) => formatPercent(percent),
  gate: ({ verdict }) => verdict.gate,
  verdict: ({ verdict }) => signedWords(verdict),
  "new version": ({ measured }) => (measured ? shareText(measured, measured) : ""),
  "old version": ({ measured }) => (measured?.other ? shareText(measured.other, measured) : ""),
  "times the rate": ({ measured }) => (measured && besideOld(measured)?.cell) ?? "",
  "of its limit": (reading) => volumeOrLimit(reading)?.cell ?? "",
  "since (UTC)": ({ sinceMs }) => clockTime(sinceMs),
};

/** A column that nobody fills only makes the others narrow. */
function filledColumns(readings: readonly GateReading[]): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const columns = Object.entries(COLUMNS)
    .map(([name, cell]) => ({ name, cells: readings.map(cell) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ""));
  return {
    head: columns.map(({ name }) => name),
    rows: readings.map((_, row) => columns.map(({ cells }) => cells[row] ?? "")),
  };
}

const SIGNS: Readonly<Record<Finding, string>> = {
  healthy: "✅",
  shown: "✅",
  floor: "✅",
  regress: "❌",
  insufficient: "…",
  incident: "⚠️",
  error: "⚠️",
};

const WORDS: Readonly<Record<Finding, string>> = {
  healthy: "healthy",
  shown: "healthy, shown",
  floor: "nothing against it (time and volume)",
  regress: "regress",
  insufficient: "insufficient",
  incident: "incident",
  error: "error",
};

/** A gate in dry run has no sign: none of them is what happened. */
function signedWords(verdict: Verdict): string {
  const finding = findingOf(verdict);
  if (!verdict.isDryRun) return `${SIGNS[finding]} ${WORDS[finding]}`;
  return `dry run: ${finding === "regress" ? "would have rolled back" : WORDS[finding]}`;
}

/** "**payments** (dry run)". */
function gateName({ gate, isDryRun }: Verdict): string {
  return `**${asText(gate)}**${isDryRun ? " (dry run)" : ""}`;
}

const NOTES: Readonly<Partial<Record<Finding | "dry-run", string>>> = {
  floor:
    "*Nothing against it (time and volume)*: no sign of harm in as many requests as the gate needs, which are too few to show that there is none. With that it passes at the end of the bake.",
  incident:
    "*Incident*: what is wrong is wrong with the old version, too, or was so before. It is not this release's doing, and no time to go on: it holds up, and takes nothing back.",
  "dry-run": "*Dry run*: the gate only reports; it holds up and takes back nothing.",
};

function notesOn(readings: readonly GateReading[]): string {
  const present = new Set(
    readings.flatMap(({ verdict }) => [
      findingOf(verdict),
      ...(verdict.isDryRun ? ["dry-run" as const] : []),
    ]),
  );
  return [...present].flatMap((one) => NOTES[one] ?? []).join("  \n");
}

/** "12 of 480 (2.5 %)", whose percent sign stays with its number in a narrow cell. */
function shareText({ requests, bad }: Arm, { isGood }: Measured): string {
  const share = requests === 0 ? "" : ` (${formatShare((100 * bad) / requests).replace(" ", "\u00a0")})`;
  return `${formatCount(bad)} of ${formatCount(requests)}${isGood ? " good" : ""}${share}`;
}

/** A figure as a cell has it, whose column says of what, and as a sentence has it. */
interface Told {
  readonly cell: string;
  readonly phrase: string;
}

const alike = (text: string): Told => ({ cell: text, phrase: text });

/** The new version's rate over the old one's; undefined where there is nothing to hold it against. */
function besideOld({ bad, other, rateRatio }: Measured): Told | undefined {
  if (rateRatio === undefined) {
    if (!other || other.requests === 0 || other.bad > 0) return undefined;
    return alike(bad === 0 ? "none on either side" : "the old version has none");
  }
  const cell = isAboutSame(rateRatio) ? "about the same" : formatRatio(rateRatio);
  return { cell, phrase: besideOldRate(rateRatio) };
}

/** Bad requests as a share of those allowed; undefined where there is no limit. */
function ofLimit({ badPercent, allowedPercent }: Measured): Told | undefined {
  if (allowedPercent === undefined || allowedPercent >= 100) return undefined;
  if (allowedPercent === 0) return alike(badPercent === 0 ? "none, none allowed" : "some, none allowed");
  const ratio = badPercent / allowedPercent;
  if (ratio > 2) return { cell: formatRatio(ratio), phrase: `${formatRatio(ratio)} its limit` };
  const percent = `${Math.round(100 * ratio)} %`;
  return { cell: percent, phrase: `${percent} of its limit` };
}

/** Before a gate has as many requests as it needs to pass, how close they are to its limit says little; it may stop at fewer. */
function volumeOrLimit({ verdict, measured }: GateReading): Told | undefined {
  if (!measured) return undefined;
  const { requests, neededRequests = 0 } = measured;
  if (verdict.kind === "regress" || requests >= neededRequests) return ofLimit(measured);
  return alike(`${formatCount(requests)} of ${formatCount(neededRequests)} requests needed`);
}

/** "22 % of its limit, 1.1 times the old version's rate"; empty where there are no figures. */
function closeness(reading: GateReading): string {
  const { measured } = reading;
  if (!measured) return "";
  return [volumeOrLimit(reading), besideOld(measured)].flatMap((told) => told?.phrase ?? []).join(", ");
}

const DEEDS: Readonly<Record<Finding, string>> = {
  healthy: "had passed",
  shown: "had passed, shown",
  floor: "had nothing against it",
  regress: "was against it",
  insufficient: "was undecided",
  incident: "saw an incident",
  error: "could not measure",
};

/** "**latency** had passed, shown (1.1 times the old version's rate)": a gate that was not the cause of anything. */
export function saidOf(reading: GateReading): string {
  const { verdict } = reading;
  const finding = findingOf(verdict);
  const said = verdict.isDryRun && finding === "regress" ? "would have stopped it" : DEEDS[finding];
  const close = closeness(reading);
  return `${gateName(verdict)} ${said}${close ? ` (${close})` : ""}`;
}
