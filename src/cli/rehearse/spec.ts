import { isMap, parseDocument } from "yaml";
import { SluiceError } from "../../core/errors.ts";
import { formatDuration, parseDuration } from "../../core/spec/duration.ts";
import { parseSpec } from "../../core/spec/parse.ts";
import { formatProblems } from "../../core/spec/problem.ts";

/** The longest that a rehearsal waits for what takes minutes in production; by path in the spec. */
const LONGEST: readonly (readonly [readonly string[], string])[] = [
  [["settle"], "2s"],
  [["bake"], "12s"],
  [["gates", "errors", "period"], "1s"],
  [["gates", "errors", "patience"], "20s"],
];

export interface RehearsalSpec {
  /** The spec as the bundles get it. */
  readonly text: string;
  /** "bake 10m → 12s": what was shortened, for people to know. */
  readonly shortened: readonly string[];
}

/** A spec with the waits of a rehearsal. Throws "configuration" with all problems of the one given. */
export function shortenSpec(text: string, fileName: string): RehearsalSpec {
  const parsed = parseSpec(text, fileName);
  if (parsed.kind === "problems") {
    throw new SluiceError("configuration", formatProblems(parsed.problems, fileName, text).join("\n"));
  }
  const [service] = parsed.spec.services;
  const document = parseDocument(text);
  const shortened = LONGEST.flatMap(([path, longest]) => {
    const seenMs = path.reduce<unknown>(
      (node, key) => (node as Record<string, unknown> | undefined)?.[key],
      service,
    );
    if (typeof seenMs !== "number" || seenMs <= (parseDuration(longest) ?? 0)) return [];
    for (let depth = 1; depth < path.length; depth++) {
      const parent = path.slice(0, depth);
      if (!isMap(document.getIn(parent))) document.setIn(parent, document.createNode({}));
    }
    document.setIn(path, longest);
    return [`${path.join(".")} ${formatDuration(seenMs)} → ${longest}`];
  });
  return { text: document.toString(), shortened };
}
