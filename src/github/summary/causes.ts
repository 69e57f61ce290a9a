import { shortArn } from "../../core/situation.ts";
import type { GateReading } from "../../core/story/gates.ts";
import type { Story, TaskStopped } from "../../core/story/story.ts";
import { formatPercent } from "../../core/weights.ts";
import type { CommitRange } from "../desk.ts";
import { saidOf } from "./gates.ts";
import { asText, clockTime, fenced, link, paragraphs, section, tableOfMarkdown } from "./text.ts";

const MOST_STOPS = 5;

/** Tasks of the new version that stopped, why, and what they had said last. */
export function stopsSection({ stops }: Pick<Story, "stops">): string {
  if (stops.length === 0) return "";
  const more = stops.length > MOST_STOPS ? `… and ${stops.length - MOST_STOPS} more.` : "";
  return section("Stopped tasks", ...stops.slice(0, MOST_STOPS).map(oneStop), more);
}

function oneStop({ stop, logs }: TaskStopped): string {
  const exits = stop.exits.map(({ container, exitCode, reason }) =>
    [`${container}:`, exitCode === undefined ? "no exit code" : `exit code ${exitCode}`, reason ?? ""].join(
      " ",
    ),
  );
  const why = [stop.stoppedReason || stop.stopCode, ...exits].map((text) => asText(text.trim())).join("; ");
  return paragraphs(
    `**${clockTime(stop.stoppedAtMs)}** task ${asText(shortArn(stop.taskArn))}: ${why}`,
    ...logs.map(({ container, lines, missing }) =>
      lines.length > 0
        ? paragraphs(`Last lines of ${asText(container)}:`, fenced("text", lines.join("\n")))
        : `No log of ${asText(container)}: ${asText(missing ?? "it said nothing")}`,
    ),
  );
}

const SHORT_SHA = 7;
const MOST_COMMITS = 50;

/** What the bad version has that the previous one had not. */
export function commitsSection({ cast }: Pick<Story, "cast">, range: CommitRange | undefined): string {
  const [base, head] = [cast?.from?.commit, cast?.to?.commit];
  if (!range) {
    if (!base || !head) return "";
    const span = `${base.slice(0, SHORT_SHA)}...${head.slice(0, SHORT_SHA)}`;
    return section("Commits between", `GitHub did not say which commits are in ${asText(span)}.`);
  }
  const rows = range.commits
    .slice(-MOST_COMMITS)
    .map(({ sha, title, author }) => [`\`${sha.slice(0, SHORT_SHA)}\``, asText(title), asText(author)]);
  const left = range.total - rows.length;
  return section(
    "Commits between",
    `${link(`${range.total} ${range.total === 1 ? "commit" : "commits"}`, range.url)}, oldest first${left > 0 ? `; the last ${rows.length}` : ""}:`,
    rows.length > 0 ? tableOfMarkdown(["commit", "title", "author"], rows) : "",
  );
}

/** Of a version that was taken back by hand: what the gates had said of it, and why that stopped nothing. */
export function whyNotCaught(story: Story): string {
  const { ending, cast, earlier } = story;
  if (ending.kind !== "taken-back" && ending.kind !== "gone-back") return "";
  const bad = ending.kind === "gone-back" ? cast?.from : cast?.to;
  const readings = ending.kind === "taken-back" ? story.readings : (earlier?.readings ?? []);
  const run = bad?.runUrl ? ` (${link("its run", bad.runUrl)})` : "";
  const limits =
    "A gate sees what it measures, while it measures: answers of the new version, until the bake is over. What moved later, or shows elsewhere, it does not see.";
  return section(
    "Why no gate caught it",
    readings.length > 0
      ? `When ${asText(bad?.name ?? "it")} was released${run}, its gates said last, at each weight:`
      : `When ${asText(bad?.name ?? "it")} was released, its gates may have spoken, but the journals of that are not here${run}.`,
    readings.map(saidThen).join("\n"),
    limits,
  );
}

function saidThen(reading: GateReading): string {
  return `- at ${formatPercent(reading.percent)}, ${saidOf(reading)}: ${asText(reading.verdict.reason)}`;
}
