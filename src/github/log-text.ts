import { plain } from "./summary/text.ts";

/**
 * Others' words (a stopped reason, an answer's body) as text for a line of the log, whatever they hold. A runner takes
 * a line that begins with "::" for a command, and what follows "##[" anywhere in one (actions/runner, ActionCommand.cs).
 */
export function onOneLine(words: string): string {
  return onItsLines(words)
    .replaceAll(/\s*[\r\n\u2028\u2029]+\s*/g, " | ")
    .replace(/^(\s*):(?=:)/, "$1: ");
}

/** The same for an annotation, which keeps its lines: a runner writes them into the log. */
export function onItsLines(words: string): string {
  return plain(words).replaceAll("##[", "## [");
}
