import { stripVTControlCharacters } from "node:util";
import { markdownTable } from "markdown-table";

/** A table of plain text: whatever a cell holds stays in it. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return tableOfMarkdown(
    head,
    rows.map((row) => row.map(asText)),
  );
}

/** A table whose cells are Markdown already: whoever calls has escaped others' words in them. */
export function tableOfMarkdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return markdownTable([[...head], ...rows.map((row) => [...row])], { alignDelimiters: false });
}

/** Rows beyond these are of use to nobody, and a summary holds 1 MiB (GitHub). */
const MOST_ROWS = 60;
/** What is longer is folded away. */
const MOST_OPEN = 12;

/** As `tableOf`, folded away where it is long, and cut in its middle where it is too long. */
export function boundedTable(
  what: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const gap = (left: number): readonly string[] => head.map((_, index) => ["…", `${left} more`][index] ?? "");
  return foldedIfLong(what, rows.length, tableOf(head, shortened(rows, MOST_ROWS, gap)));
}

/** A list whose items are Markdown, cut in its middle where it is too long. */
export function listOf(items: readonly string[]): string {
  return shortened(items, MOST_ROWS, (left) => `… ${left} more`)
    .map((item) => `- ${item}`)
    .join("\n");
}

/** As `listOf`, folded away where it is long. */
export function boundedList(what: string, items: readonly string[]): string {
  return foldedIfLong(what, items.length, listOf(items));
}

function foldedIfLong(what: string, count: number, content: string): string {
  return count > MOST_OPEN ? folded(`${count} ${what}`, content) : content;
}

/** Others' words (an answer's body, a stopped reason) as plain text on one line, whatever they hold. */
export function asText(words: string): string {
  return plain(words)
    .replaceAll(/\s*[\r\n]+\s*/g, " ")
    .replaceAll(/[\\`*_{}[\]#|!~]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/^>/, "&gt;");
}

/** Our own words, which may have lines to paste in backticks; others' words go through `asText`. */
export function asSentence(words: string): string {
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}.`;
}

/** Colours and other commands of a terminal mean nothing on a page. */
export function plain(words: string): string {
  return stripVTControlCharacters(words).replaceAll(/(?![\t\n\r])\p{Cc}/gu, " ");
}

/** Text that keeps its lines, in a fence that nothing in it can close. */
export function fenced(language: string, text: string): string {
  const kept = plain(text);
  const longest = Math.max(2, ...[...kept.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return [`${fence}${language}`, kept, fence].join("\n");
}

/** What is hidden until somebody asks. `content` is Markdown. */
export function folded(title: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${content}\n\n</details>`;
}

/** A heading and what is below it; nothing where that is nothing. */
export function section(heading: string, ...content: readonly string[]): string {
  const parts = content.filter(Boolean);
  return parts.length === 0 ? "" : [`### ${heading}`, ...parts].join("\n\n");
}

export function paragraphs(...texts: readonly string[]): string {
  return texts.filter(Boolean).join("\n\n");
}

/** A link whose text is plain; the text alone where `url` is not one. */
export function link(text: string, url: string | undefined): string {
  return url && /^https?:\/\/[^\s()<>]+$/.test(url) ? `[${asText(text)}](${url})` : asText(text);
}

/** "09:00:40". */
export function clockTime(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** "2026-01-05 09:00 UTC". */
export function dateTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** The first and the last of too many, and between them how many are left out. */
export function shortened<T>(items: readonly T[], most: number, gap: (left: number) => T): readonly T[] {
  if (items.length <= most) return items;
  const head = Math.ceil(most / 2);
  const tail = most - head;
  return [...items.slice(0, head), gap(items.length - most), ...items.slice(items.length - tail)];
}
