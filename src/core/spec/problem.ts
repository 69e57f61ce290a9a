/** One thing wrong with a spec, where it is and what would be right. */
export interface Problem {
  /** As a person would say it: `traffic.production[0].listener-rule`; empty for the file as a whole. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** A whole sentence or two, without the suggestion. */
  readonly message: string;
  /** A short printable form of what is there; "nothing" for what is missing. */
  readonly seen: string;
  /** What is allowed, in words. */
  readonly allowed: string;
  /** The key or value that was probably meant. */
  readonly suggestion?: string;
  /** What is there may be a secret, so its line is not shown. */
  readonly isSecret?: true;
}

export type SpecPath = readonly (string | number)[];

/** A problem before its place in the file was worked out. `offset` counts characters from the file's start. */
export interface Finding {
  readonly path: SpecPath;
  readonly offset: number;
  readonly message: string;
  readonly seen: string;
  readonly allowed: string;
  readonly suggestion?: string;
  /** What is there may be a secret, so its line is not shown. */
  readonly isSecret?: true;
}

/** Control characters, line separators, and marks that change the direction of text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

const PLAIN_KEY = /^[\w$-]{1,40}$/;

export function formatPath(path: SpecPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    if (!PLAIN_KEY.test(step)) return `${text}[${printable(step)}]`;
    return text === "" ? step : `${text}.${step}`;
  }, "");
}

/** `value` as JSON in at most `length` characters, control characters escaped, so that a terminal stays safe. */
export function printable(value: unknown, length = 60): string {
  const json = JSON.stringify(typeof value === "string" ? clip(value, length) : value) ?? String(value);
  return clip(escaped(json), length + 2);
}

/** `text` with its control characters escaped as JSON would. */
export function escaped(text: string): string {
  return text.replace(UNPRINTABLE, escapeCharacter);
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** At most `length` characters of `text`, its middle left out: the ends of an ARN tell most. */
export function clip(text: string, length: number): string {
  if (text.length <= length) return text;
  const head = Math.ceil((length - 1) / 2);
  return `${text.slice(0, head)}…${text.slice(text.length - (length - 1 - head))}`;
}

/**
 * Lines for people: `sluice.yml:7:5  traffic.test  is missing …`, one a problem; with the file's `text`, each is
 * followed by the line in question and a mark under the place.
 */
export function formatProblems(
  problems: readonly Problem[],
  fileName: string,
  text?: string,
): readonly string[] {
  const source = text?.split(/\r?\n/);
  return problems.flatMap((problem) => {
    const place = `${fileName}:${problem.line}:${problem.column}`;
    const head = [place, problem.path, sentence(problem)].filter((part) => part !== "").join("  ");
    return [head, ...(problem.isSecret ? [] : excerpt(problem, source?.[problem.line - 1]))];
  });
}

function sentence(problem: Problem): string {
  return problem.suggestion === undefined
    ? problem.message
    : `${problem.message} Did you mean ${printable(problem.suggestion, 200)}?`;
}

const EXCERPT_LENGTH = 110;

function excerpt(problem: Problem, line: string | undefined): readonly string[] {
  if (line === undefined || line.trim() === "") return [];
  const shown = line.slice(0, EXCERPT_LENGTH).replace(UNPRINTABLE, " ");
  const number = String(problem.line).padStart(5);
  const quoted = `${number} | ${shown}${line.length > EXCERPT_LENGTH ? "…" : ""}`;
  if (problem.column > EXCERPT_LENGTH) return [quoted];
  return [quoted, `${" ".repeat(number.length)} | ${" ".repeat(problem.column - 1)}^`];
}
