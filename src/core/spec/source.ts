import type { Finding, SpecPath } from "./problem.ts";

/** A value of the file together with its place. Aliases share nodes, so a tree may be a graph without cycles. */
export type SourceNode = SourceMap | SourceList | SourceScalar;

export interface SourceMap {
  readonly kind: "map";
  readonly offset: number;
  readonly entries: readonly SourceEntry[];
}

export interface SourceEntry {
  readonly key: string;
  readonly keyOffset: number;
  readonly node: SourceNode;
}

export interface SourceList {
  readonly kind: "list";
  readonly offset: number;
  readonly items: readonly SourceNode[];
}

export interface SourceScalar {
  readonly kind: "scalar";
  readonly offset: number;
  readonly value: string | number | boolean | null;
}

/** The plain value, for the schema. Keys become own properties, whatever their names. */
export function toPlain(node: SourceNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(toPlain);
  return Object.fromEntries(node.entries.map(({ key, node: member }) => [key, toPlain(member)]));
}

/** The node at `path`, or undefined where there is none. */
export function nodeIn(root: SourceNode, path: SpecPath): SourceNode | undefined {
  let node: SourceNode | undefined = root;
  for (const step of path) node = node && childOf(node, step);
  return node;
}

function childOf(node: SourceNode, step: string | number): SourceNode | undefined {
  if (node.kind === "list") return typeof step === "number" ? node.items[step] : undefined;
  return node.kind === "map" ? entryOf(node, String(step))?.node : undefined;
}

export function entryOf(node: SourceNode | undefined, key: string): SourceEntry | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** The text of a member, where it is text. */
export function textOf(node: SourceNode | undefined, key: string): string | undefined {
  const member = entryOf(node, key)?.node;
  return member?.kind === "scalar" && typeof member.value === "string" ? member.value : undefined;
}

/** The value of a member, where it is a single one. */
export function scalarOf(node: SourceNode | undefined, key: string): SourceScalar["value"] | undefined {
  const member = entryOf(node, key)?.node;
  return member?.kind === "scalar" ? member.value : undefined;
}

/** The items of a member, where it is a list; else none. */
export function itemsOf(node: SourceNode | undefined, key: string): readonly SourceNode[] {
  const member = entryOf(node, key)?.node;
  return member?.kind === "list" ? member.items : [];
}

/** Where `path` is in the file: its value, or for what is missing the key of the section that lacks it. */
export function offsetOf(root: SourceNode, path: SpecPath): number {
  let node = root;
  let offset = root.offset;
  for (const [depth, step] of path.entries()) {
    const child = childOf(node, step);
    if (!child) return offset;
    const isLast = depth === path.length - 1;
    offset = isLast ? child.offset : (entryOf(node, String(step))?.keyOffset ?? child.offset);
    node = child;
  }
  return offset;
}

/** The tree with one key of the map at `path` renamed. */
export function renameKey(root: SourceNode, path: SpecPath, from: string, to: string): SourceNode {
  const [step, ...rest] = path;
  if (step === undefined) {
    if (root.kind !== "map") return root;
    return {
      ...root,
      entries: root.entries.map((entry) => (entry.key === from ? { ...entry, key: to } : entry)),
    };
  }
  if (root.kind === "list") {
    const items = root.items.map((item, index) => (index === step ? renameKey(item, rest, from, to) : item));
    return { ...root, items };
  }
  if (root.kind !== "map") return root;
  const entries = root.entries.map((entry) =>
    entry.key === step ? { ...entry, node: renameKey(entry.node, rest, from, to) } : entry,
  );
  return { ...root, entries };
}

/** What reading the file's text gave. Without `root` the findings make it unreadable as YAML. */
export interface Source {
  readonly root: SourceNode | undefined;
  readonly findings: readonly Finding[];
  positionOf(offset: number): { readonly line: number; readonly column: number };
}
