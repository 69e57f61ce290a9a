import { aliasOf } from "./aliases.ts";
import { formSchema, nodeAt, type SchemaNode, type SpecForm, sectionOf } from "./json-schema.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, nodeIn, type SourceNode } from "./source.ts";
import { anyOfThese, kebabCase, nearest } from "./suggest.ts";

/** An unknown key, and what to read it as, where that is evident and the right key is not there too. */
export interface UnknownKey {
  readonly finding: Finding;
  readonly rename?: { readonly path: SpecPath; readonly from: string; readonly to: string };
}

/** Explains one key of the section at `path` that the schema does not have. */
export function explainUnknownKey(form: SpecForm, root: SourceNode, path: SpecPath, key: string): UnknownKey {
  const map = nodeIn(root, path);
  const section = nodeAt(form, path);
  const known = section ? Object.keys(sectionOf(section).properties ?? {}) : [];
  const allowed = `one of the keys ${anyOfThese(known)}`;
  const entry = entryOf(map, key);
  const base = { path: [...path, key], offset: entry?.keyOffset ?? 0, seen: printable(key), allowed };
  const meaning = meaningOf(form, path, key, known);
  if (meaning.kind === "note")
    return { finding: { ...base, message: `unknown key ${base.seen}. ${meaning.note}` } };
  const to = meaning.key;
  const isTaken = entryOf(map, to) !== undefined;
  const finding = { ...base, message: unknownMessage(base.seen, to, isTaken), suggestion: to };
  return isTaken ? { finding } : { finding, rename: { path, from: key, to } };
}

function unknownMessage(seen: string, to: string, isTaken: boolean): string {
  return isTaken ? `unknown key ${seen}; ${to} is already given in this section.` : `unknown key ${seen}.`;
}

type Meaning =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "note"; readonly note: string };

function meaningOf(form: SpecForm, path: SpecPath, key: string, known: readonly string[]): Meaning {
  const word = kebabCase(key);
  const section = sectionName(form, path);
  if (known.includes(word)) return { kind: "key", key: word };
  const alias = section === undefined ? undefined : aliasOf(section, word);
  if (alias && (alias.kind === "note" || known.includes(alias.key))) return alias;
  const near = nearest(key, known);
  if (near !== undefined) return { kind: "key", key: near };
  const homes = nearestHomes(section, homesOf(word, formSchema(form)));
  if (homes.length > 0) return { kind: "note", note: `It belongs under ${anyOfThese(homes)}.` };
  return { kind: "note", note: `The keys here are ${known.join(", ")}.` };
}

/** Stands for a name that the spec's author chose, such as a source's. */
const ANY_NAME = "NAME";

/**
 * The path without indexes and chosen names, counted from the service; undefined for the top level of a list of
 * services.
 */
function sectionName(form: SpecForm, path: SpecPath): string | undefined {
  const steps = path.flatMap((step, depth) => {
    if (typeof step === "number") return [];
    const parent = nodeAt(form, path.slice(0, depth));
    const isChosen = parent !== undefined && sectionOf(parent).properties === undefined;
    return [isChosen ? ANY_NAME : step];
  });
  if (form === "single") return steps.join(".");
  return steps[0] === "services" ? steps.slice(1).join(".") : undefined;
}

/** Those within the section itself, where there are any. */
function nearestHomes(section: string | undefined, homes: readonly string[]): readonly string[] {
  const within = homes.filter((home) => section && home.startsWith(`${section}.`));
  return within.length > 0 ? within : homes;
}

/** The sections, as paths, that have `key`. */
function homesOf(key: string, node: SchemaNode, path = ""): readonly string[] {
  const homes: string[] = [];
  for (const [name, member] of Object.entries(sectionOf(node).properties ?? {})) {
    if (name === key && path !== "") homes.push(path);
    const child = path === "" ? name : `${path}.${name}`;
    homes.push(...homesOf(key, member, child), ...homesInItems(key, member, child));
  }
  const { additionalProperties: named } = sectionOf(node);
  if (typeof named === "object") homes.push(...homesOf(key, named, `${path}.${ANY_NAME}`));
  return homes;
}

function homesInItems(key: string, node: SchemaNode, path: string): readonly string[] {
  const { items } = node;
  if (items === undefined || isTuple(items)) return [];
  return homesOf(key, items, `${path}[]`);
}

function isTuple(items: SchemaNode | readonly SchemaNode[]): items is readonly SchemaNode[] {
  return Array.isArray(items);
}
