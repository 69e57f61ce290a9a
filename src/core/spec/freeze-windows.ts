import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, itemsOf, type SourceNode, textOf } from "./source.ts";

/** Freeze windows that end before they begin, or at once: they would freeze nothing. */
export function freezeFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  return itemsOf(service, "freeze").flatMap((window, index) => {
    const from = textOf(window, "from");
    const until = textOf(window, "until");
    const entry = entryOf(window, "until");
    if (from === undefined || until === undefined || !entry) return [];
    if (!(Date.parse(until) <= Date.parse(from))) return [];
    const message = `the window ends before it begins: expected a time after ${printable(from)}, got ${printable(until)}.`;
    const at = { path: [...path, "freeze", index, "until"], offset: entry.node.offset };
    return [{ ...at, message, seen: printable(until), allowed: `a time after ${printable(from)}` }];
  });
}
