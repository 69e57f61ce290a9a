import type { z } from "zod";
import { hintFor } from "./hints.ts";
import { nodeAt, type SchemaNode, type SpecForm } from "./json-schema.ts";
import type { Finding, SpecPath } from "./problem.ts";
import { entryOf, nodeIn, offsetOf, type SourceNode } from "./source.ts";
import { allowedWords, seenWords } from "./words.ts";

/** An issue of zod's, brought to what an explanation needs. */
export type FlatIssue =
  | { readonly kind: "unknown-keys"; readonly path: SpecPath; readonly keys: readonly string[] }
  | { readonly kind: "key"; readonly path: SpecPath }
  | { readonly kind: "rule"; readonly path: SpecPath; readonly words: string }
  | { readonly kind: "value"; readonly path: SpecPath };

/** Flattens unions: the issues of the alternative that was meant, or the value as a whole where none fits. */
export function flatten(issues: readonly z.core.$ZodIssue[], at: SpecPath = []): readonly FlatIssue[] {
  return issues.flatMap((issue): readonly FlatIssue[] => {
    const path = [...at, ...issue.path.map((step) => (typeof step === "symbol" ? String(step) : step))];
    if (issue.code === "unrecognized_keys") return [{ kind: "unknown-keys", path, keys: issue.keys }];
    if (issue.code === "invalid_key") return [{ kind: "key", path }];
    if (issue.code === "custom" && issue.message.startsWith("exactly"))
      return [{ kind: "rule", path, words: issue.message }];
    if (issue.code !== "invalid_union") return [{ kind: "value", path }];
    const meant = issue.errors.find((branch) => !branch.some(isOfAnotherKind));
    return meant ? flatten(meant, path) : [{ kind: "value", path }];
  });
}

/** Was the whole value refused, as of another type than the alternative takes? */
function isOfAnotherKind(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && issue.code !== "unrecognized_keys" && issue.code !== "custom";
}

/** Explains an issue that is not about unknown keys. */
export function explain(form: SpecForm, root: SourceNode, issue: FlatIssue): Finding {
  const { path } = issue;
  const node = nodeIn(root, path);
  const isSecret = mayBeSecret(form, path, node);
  const seen = isSecret ? "text that is none" : seenWords(node);
  const base = { path, offset: offsetOf(root, path), seen, ...(isSecret ? { isSecret: true as const } : {}) };
  if (issue.kind === "rule")
    return { ...base, allowed: issue.words, message: ruleMessage(issue.words, node) };
  if (issue.kind === "key") return explainKey(form, root, path);
  const schema = nodeAt(form, path) ?? {};
  const allowed = allowedWords(schema);
  if (!node) return { ...base, allowed, message: missingMessage(schema, allowed) };
  const { note, suggestion } = hintFor(schema, node);
  const message = [`expected ${allowed}, got ${base.seen}.`, note].filter(Boolean).join(" ");
  return { ...base, allowed, message, ...(suggestion === undefined ? {} : { suggestion }) };
}

/** A token where its variable's name belongs is not to reach a log. */
function mayBeSecret(form: SpecForm, path: SpecPath, node: SourceNode | undefined): boolean {
  return node?.kind === "scalar" && nodeAt(form, path)?.valueKind === "environment";
}

function missingMessage(schema: SchemaNode, allowed: string): string {
  const [purpose] = schema.description?.split(/(?<=\.) (?=[A-Z])/) ?? [];
  return [`is missing; expected ${allowed}.`, purpose].filter(Boolean).join(" ");
}

function ruleMessage(words: string, node: SourceNode | undefined): string {
  if (node?.kind !== "map") return `expected ${words}, got ${seenWords(node)}.`;
  const choices = words.replace(/^exactly one of /, "").split(/, | and /);
  const given = choices.filter((choice) => entryOf(node, choice));
  const isPair = choices.length === 2;
  const none = isPair ? "neither" : "none of them";
  const some = isPair ? "both" : given.join(" and ");
  return `expected ${words}, got ${given.length === 0 ? none : some}.`;
}

function explainKey(form: SpecForm, root: SourceNode, path: SpecPath): Finding {
  const key = String(path.at(-1));
  const parent = path.slice(0, -1);
  const allowed = allowedWords(nodeAt(form, parent)?.propertyNames ?? {});
  const offset = entryOf(nodeIn(root, parent), key)?.keyOffset ?? offsetOf(root, parent);
  const seen = JSON.stringify(key);
  return { path, offset, seen, allowed, message: `expected ${allowed}, got ${seen}.` };
}
