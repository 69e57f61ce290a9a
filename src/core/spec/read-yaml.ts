import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from "yaml";
import { clip, type Finding, printable, type SpecPath } from "./problem.ts";
import type { Source, SourceEntry, SourceNode, SourceScalar } from "./source.ts";

/** More than any honest spec; they bound the work that a hostile one can cause. */
const MAX_CHARACTERS = 200_000;
const MAX_NODES = 20_000;
const MAX_DEPTH = 100;

/**
 * Reads YAML 1.2 (so `yes` is text) into a tree that knows every value's place. Anchors, aliases and merge keys
 * (`<<`) work; what they expand to is bounded. Duplicate keys are findings and the first one counts. Never throws.
 */
export function readYaml(text: string): Source {
  if (text.length > MAX_CHARACTERS) return unreadable([tooLong(text)], () => ({ line: 1, column: 1 }));
  const lines = new LineCounter();
  const end = text.trimEnd().length;
  const positionOf = (offset: number) => {
    const { line, col } = lines.linePos(Math.min(offset, end));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: "core",
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: false,
  });
  const broken = yamlFindings([...document.errors, ...document.warnings], positionOf);
  if (broken.length > 0) return unreadable(broken, positionOf);
  const reader: Reader = { anchors: new Map(), sizes: new Map(), findings: [], fatal: [] };
  const root = readNode(document.contents, [], { reader, offset: 0 });
  if (reader.fatal.length > 0) return unreadable(reader.fatal, positionOf);
  return { root, findings: reader.findings, positionOf };
}

function unreadable(findings: readonly Finding[], positionOf: Source["positionOf"]): Source {
  return { root: undefined, findings, positionOf };
}

const finding = (
  path: SpecPath,
  offset: number,
  message: string,
  seen: string,
  allowed: string,
): Finding => ({
  path,
  offset,
  message,
  seen,
  allowed,
});

function tooLong(text: string): Finding {
  const message = `the file has ${text.length} characters; a spec has at most ${MAX_CHARACTERS}.`;
  return finding([], 0, message, `${text.length} characters`, `at most ${MAX_CHARACTERS} characters`);
}

function tooDeep(offset: number): Finding {
  const message = "this is nested too deeply for a spec.";
  return finding([], offset, message, "deep nesting", `at most ${MAX_DEPTH} levels`);
}

/** The first error of each line: later ones are mostly its echo. */
function yamlFindings(errors: readonly YAMLError[], positionOf: Source["positionOf"]): readonly Finding[] {
  const seenLines = new Set<number>();
  const findings: Finding[] = [];
  for (const error of errors) {
    const line = positionOf(error.pos[0]).line;
    if (seenLines.has(line)) continue;
    seenLines.add(line);
    findings.push(finding([], error.pos[0], yamlMessage(error), "text that is not YAML", "YAML 1.2"));
  }
  return findings;
}

const YAML_MESSAGES: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: "a tab indents this line; YAML takes spaces only.",
  MULTIPLE_DOCS:
    "a second document begins here (---); a spec is one document. Several services go under services:.",
  BLOCK_AS_IMPLICIT_KEY:
    'this line has two ": "; put the value in quotes, or the second key on its own line.',
  BAD_SCALAR_START: "a value cannot begin with this character unless it is in quotes.",
  RESOURCE_EXHAUSTION: "this is nested too deeply for a spec.",
  NON_STRING_KEY: "a key must be text.",
};

function yamlMessage(error: YAMLError): string {
  if (error.code === "TAG_RESOLVE_FAILED")
    return "YAML tags (a word after !) mean nothing here; remove the tag.";
  return YAML_MESSAGES[error.code] ?? `this is not valid YAML: ${clip(firstLine(error.message), 160)}.`;
}

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

interface Reader {
  /** Filled in document order, after its node was read: an alias to itself finds nothing. */
  readonly anchors: Map<string, SourceNode>;
  /** How large each map and list is with its aliases expanded. */
  readonly sizes: Map<SourceNode, Size>;
  readonly findings: Finding[];
  readonly fatal: Finding[];
}

interface Size {
  readonly nodes: number;
  readonly depth: number;
}

interface Place {
  readonly reader: Reader;
  /** Where a value that is left empty would stand. */
  readonly offset: number;
}

const empty = (offset: number): SourceScalar => ({ kind: "scalar", offset, value: null });

function readNode(yaml: unknown, path: SpecPath, place: Place): SourceNode {
  const { reader } = place;
  if (path.length > MAX_DEPTH) {
    reader.fatal.push(tooDeep(place.offset));
    return empty(place.offset);
  }
  if (isAlias(yaml)) return readAlias(yaml.source, path, { reader, offset: yaml.range?.[0] ?? place.offset });
  const node = readContent(yaml, path, place);
  const anchor = isScalar(yaml) || isMap(yaml) || isSeq(yaml) ? yaml.anchor : undefined;
  if (anchor !== undefined) reader.anchors.set(anchor, node);
  return measured(node, reader);
}

function readContent(yaml: unknown, path: SpecPath, { reader, offset }: Place): SourceNode {
  if (isMap(yaml)) {
    const at = yaml.range?.[0] ?? offset;
    return { kind: "map", offset: at, entries: readEntries(yaml, path, { reader, offset: at }) };
  }
  if (isSeq(yaml)) {
    const at = yaml.range?.[0] ?? offset;
    const items = yaml.items.map((item, index) => readNode(item, [...path, index], { reader, offset: at }));
    return { kind: "list", offset: at, items };
  }
  if (!isScalar(yaml)) return empty(offset);
  const value: unknown = yaml.value;
  const isPlain = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return { kind: "scalar", offset: yaml.range?.[0] ?? offset, value: isPlain ? value : null };
}

/** Own keys first, then those of merge keys: a key of the map itself wins over a merged one, as YAML says. */
function readEntries(map: YAMLMap, path: SpecPath, place: Place): readonly SourceEntry[] {
  const entries = new Map<string, SourceEntry>();
  const merged: SourceEntry[] = [];
  for (const pair of map.items) {
    const entry = readEntry(pair, path, place);
    if (entry.key === "<<") merged.push(...mergedEntries(entry, path, place.reader));
    else if (entries.has(entry.key)) place.reader.findings.push(duplicate(entry, path));
    else entries.set(entry.key, entry);
  }
  for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
  return [...entries.values()];
}

function readEntry(pair: Pair<unknown, unknown>, path: SpecPath, place: Place): SourceEntry {
  const key = isScalar(pair.key) ? String(pair.key.value) : "";
  const keyOffset = isScalar(pair.key) ? (pair.key.range?.[0] ?? place.offset) : place.offset;
  if (!isScalar(pair.key) || key === "__proto__") {
    place.reader.fatal.push(
      finding(path, keyOffset, `${printable(key)} cannot be a key.`, printable(key), "a key that is text"),
    );
  }
  const node = readNode(pair.value, [...path, key], { reader: place.reader, offset: keyOffset });
  return { key, keyOffset, node };
}

function duplicate(entry: SourceEntry, path: SpecPath): Finding {
  const message = `the key ${printable(entry.key)} is given twice in this section; keep one.`;
  return finding([...path, entry.key], entry.keyOffset, message, printable(entry.key), "each key once");
}

function mergedEntries(entry: SourceEntry, path: SpecPath, reader: Reader): readonly SourceEntry[] {
  const sources = entry.node.kind === "list" ? entry.node.items : [entry.node];
  if (reader.fatal.length > 0) return [];
  if (sources.every((source) => source.kind === "map")) return sources.flatMap((source) => source.entries);
  const message = "<< merges sections: give it an alias such as *common.";
  reader.fatal.push(
    finding(path, entry.keyOffset, message, "<<", "an alias of a section, or a list of such"),
  );
  return [];
}

function readAlias(anchor: string, path: SpecPath, { reader, offset }: Place): SourceNode {
  const node = reader.anchors.get(anchor);
  if (node) return node;
  const message = `the alias *${clip(anchor, 40)} has no anchor &${clip(anchor, 40)} before it.`;
  reader.fatal.push(
    finding(path, offset, message, printable(`*${anchor}`), "an anchor given earlier in the file"),
  );
  return empty(offset);
}

function measured(node: SourceNode, reader: Reader): SourceNode {
  const children = childrenOf(node).map((child) => reader.sizes.get(child) ?? { nodes: 1, depth: 1 });
  const size: Size = {
    nodes: children.reduce((sum, child) => sum + child.nodes, 1),
    depth: children.reduce((deepest, child) => Math.max(deepest, child.depth), 0) + 1,
  };
  if (reader.fatal.length === 0 && size.nodes > MAX_NODES) {
    const message = `with its aliases expanded the file has more than ${MAX_NODES} values.`;
    reader.fatal.push(finding([], node.offset, message, "too many values", `at most ${MAX_NODES} values`));
  }
  if (reader.fatal.length === 0 && size.depth > MAX_DEPTH) reader.fatal.push(tooDeep(node.offset));
  reader.sizes.set(node, size);
  return node;
}

function childrenOf(node: SourceNode): readonly SourceNode[] {
  if (node.kind === "list") return node.items;
  return node.kind === "map" ? node.entries.map((entry) => entry.node) : [];
}
