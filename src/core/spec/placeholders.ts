import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, itemsOf, type SourceNode } from "./source.ts";
import { anyOfThese, nearest } from "./suggest.ts";

/** What `${…}` may name in a smoke check. */
const PLACEHOLDER_NAMES = ["version", "image", "rollout", "task-definition"] as const;

/** The keys of a smoke check in which placeholders are replaced. */
const KEYS_WITH_PLACEHOLDERS = ["path", "headers", "body", "contains", "json"] as const;

/** The placeholders in a service's smoke checks that stand for nothing. */
export function placeholderFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  return itemsOf(service, "smoke-checks").flatMap((check, index) =>
    KEYS_WITH_PLACEHOLDERS.flatMap((key) => {
      const entry = entryOf(check, key);
      return entry ? inNode(entry.node, [...path, "smoke-checks", index, key]) : [];
    }),
  );
}

function inNode(node: SourceNode, path: SpecPath): readonly Finding[] {
  if (node.kind === "map")
    return node.entries.flatMap(({ key, node: member }) => inNode(member, [...path, key]));
  if (node.kind === "list") return node.items.flatMap((item, index) => inNode(item, [...path, index]));
  if (typeof node.value !== "string") return [];
  const base = { path, offset: node.offset };
  return unknownPlaceholders(node.value, PLACEHOLDER_NAMES).map((found) => ({ ...base, ...found }));
}

const PLACEHOLDER = /\$\{([^{}]*)\}/g;

/** The placeholders of `text` that are none of `known`. */
export function unknownPlaceholders(
  text: string,
  known: readonly string[],
): readonly Pick<Finding, "message" | "seen" | "allowed" | "suggestion">[] {
  const allowed = anyOfThese(known.map((name) => `\${${name}}`));
  return [...text.matchAll(PLACEHOLDER)].flatMap(([whole, name = ""]) => {
    if (known.includes(name)) return [];
    const near = nearest(name, known);
    const seen = printable(whole);
    const message = `expected one of the placeholders ${allowed}, got ${seen}.`;
    return [{ message, seen, allowed, ...(near === undefined ? {} : { suggestion: `\${${near}}` }) }];
  });
}
