import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, itemsOf, type SourceNode } from "./source.ts";
import { anyOfThese, nearest } from "./suggest.ts";

/** What `${…}` may name in a smoke check. */
const PLACEHOLDER_NAMES = ["version", "image", "rollout", "task-definition"] as const;

/** The keys of a smoke check in which placeholders are replaced. */
const KEYS_WITH_PLACEHOLDERS = ["path", "headers", "body", "contains", "json"] as const;

const PLACEHOLDER = /\$\{([^}]*)\}/g;
const ALLOWED = anyOfThese(PLACEHOLDER_NAMES.map((name) => `\${${name}}`));

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
  return [...node.value.matchAll(PLACEHOLDER)].flatMap(([text, name = ""]) => {
    if (PLACEHOLDER_NAMES.some((known) => known === name)) return [];
    const near = nearest(name, PLACEHOLDER_NAMES);
    const seen = printable(text);
    const message = `expected one of the placeholders ${ALLOWED}, got ${seen}.`;
    const base = { path, offset: node.offset, message, seen, allowed: ALLOWED };
    return [near === undefined ? base : { ...base, suggestion: `\${${near}}` }];
  });
}
