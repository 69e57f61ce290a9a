import type { ServiceFacts } from "../core/advise/facts.ts";
import type { Outlook } from "../core/advise/outlook.ts";
import { percent, rate, time } from "../core/advise/words.ts";
import type { Advice } from "../core/advise.ts";
import type { Regression } from "../core/outlook.ts";

/** Advice for people: what to write, why, what to mind, and the figures that it rests on. */
export function adviceText(service: string, advice: Advice, facts: ServiceFacts): string {
  const parts = [
    [`${service}: ${advice.strategy}`],
    advice.snippet
      .trimEnd()
      .split("\n")
      .map((line) => `    ${line}`),
    section("Why", advice.reasons),
    section("Mind", advice.warnings),
    figures(advice, facts),
  ];
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  - ${line}`)];
}

function figures({ outlooks }: Advice, { traffic }: ServiceFacts): readonly string[] {
  if (!traffic) return [];
  const { peak, median, quiet } = traffic.perMinute;
  const bad = percent((100 * traffic.bad) / traffic.requests);
  return [
    `Traffic of the last ${time(traffic.spanMs)}: ${rate(median)} requests a minute (median), ${rate(peak)} at the peak, ${rate(quiet)} in quiet hours; ${bad} went bad`,
    ...tableOf(outlooks),
  ];
}

function tableOf(outlooks: readonly Outlook[]): readonly string[] {
  const [first] = outlooks;
  if (!first) return [];
  const head = [
    "weight",
    "requests/min",
    "evidence after",
    ...first.caught.map(({ regression }) => `${columnOf(regression)} caught`),
  ];
  const rows = outlooks.map((outlook) => [
    `${outlook.percent} %`,
    rate(outlook.requestsPerMinute),
    timeOrNever(outlook.judgedMs),
    ...outlook.caught.map(({ ms }) => timeOrNever(ms)),
  ]);
  const widths = head.map((cell, column) =>
    Math.max(cell.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows].map(
    (row) => `  ${row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join("   ")}`,
  );
}

const columnOf = (regression: Regression): string =>
  regression.kind === "share" ? `${regression.percent} % bad` : `${regression.times} times`;

function timeOrNever(ms: number | undefined): string {
  return ms === undefined ? "never" : time(ms);
}
