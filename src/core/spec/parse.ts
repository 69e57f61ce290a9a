import { explain, type FlatIssue, flatten } from "./explain.ts";
import type { SpecForm } from "./json-schema.ts";
import { escaped, type Finding, formatPath, type Problem, type SpecPath } from "./problem.ts";
import { readYaml } from "./read-yaml.ts";
import { listSchema, type ServiceSpec, type Spec, singleSchema } from "./schema.ts";
import { type ServiceNode, semanticFindings } from "./semantics.ts";
import { entryOf, itemsOf, nodeIn, renameKey, type Source, type SourceNode, toPlain } from "./source.ts";
import { kebabCase, nearest } from "./suggest.ts";
import { explainUnknownKey } from "./unknown-keys.ts";
import { seenWords } from "./words.ts";

export type ParsedSpec =
  | { readonly kind: "spec"; readonly spec: Spec }
  | { readonly kind: "problems"; readonly problems: readonly Problem[] };

/**
 * Reads a `sluice.yml`. Pure; never throws. All problems come at once, in the order of the file. `fileName` is
 * for messages about the file as a whole.
 */
export function parseSpec(text: string, fileName: string): ParsedSpec {
  const source = readYaml(text);
  if (!source.root) return problems(source.findings, source);
  const { root } = source;
  if (root.kind === "scalar") return problems([notASpec(root, fileName)], source);
  const { form, tree, findings } = formOf(root);
  const checked = check(form, tree);
  const all = [...source.findings, ...findings, ...checked.findings];
  return all.length === 0 && checked.spec ? { kind: "spec", spec: checked.spec } : problems(all, source);
}

function problems(findings: readonly Finding[], source: Source): ParsedSpec {
  const placed = findings.map(({ path, offset, message, seen, ...rest }): Problem => {
    const words = { message: escaped(message), seen: escaped(seen) };
    return { path: formatPath(path), ...source.positionOf(offset), ...words, ...rest };
  });
  return { kind: "problems", problems: placed.sort((a, b) => a.line - b.line || a.column - b.column) };
}

const SMALLEST = "version: 1, service and traffic at least";

function notASpec(root: SourceNode, fileName: string): Finding {
  const isEmpty = root.kind === "scalar" && root.value === null;
  const message = isEmpty
    ? `${fileName} is empty; expected a spec: ${SMALLEST}.`
    : `expected a spec (${SMALLEST}), got ${seenWords(root)}.`;
  return { path: [], offset: root.offset, message, seen: seenWords(root), allowed: `a spec: ${SMALLEST}` };
}

interface Form {
  readonly form: SpecForm;
  readonly tree: SourceNode;
  readonly findings: readonly Finding[];
}

/** The form that the author meant: a list wherever there are services in one, by whatever name. */
function formOf(root: SourceNode): Form {
  if (root.kind === "list") {
    const message =
      "a list cannot stand at the top level: begin with version: 1, and put the list under services:.";
    const finding = { path: [], offset: root.offset, message, seen: seenWords(root), allowed: "a section" };
    return { form: "list", tree: wrapped(root), findings: [finding] };
  }
  const entries = root.kind === "map" ? root.entries : [];
  const isList = entries.some(
    ({ key, node }) => key === "services" || (node.kind === "list" && isLikeServices(key)),
  );
  return { form: isList ? "list" : "single", tree: root, findings: [] };
}

function isLikeServices(key: string): boolean {
  return kebabCase(key) === "service" || nearest(key, ["services"]) === "services";
}

function wrapped(list: SourceNode): SourceNode {
  const { offset } = list;
  const version: SourceNode = { kind: "scalar", offset, value: 1 };
  const entries = [
    { key: "version", keyOffset: offset, node: version },
    { key: "services", keyOffset: offset, node: list },
  ];
  return { kind: "map", offset, entries };
}

interface Checked {
  readonly spec?: Spec;
  readonly findings: readonly Finding[];
}

/** Deep enough for a wrong key inside a wrong key inside … */
const MAX_ROUNDS = 6;

/**
 * Checks the tree against the schema. A wrong key whose right one is evident is read as the right one, so that
 * what is below it is checked too, and nothing is called missing that is only misspelt.
 */
function check(form: SpecForm, original: SourceNode): Checked {
  let tree = original;
  const findings: Finding[] = [];
  for (let round = 1; ; round++) {
    const result = safeParse(form, tree);
    const issues = result.kind === "issues" ? result.issues : [];
    const unknown = unknownKeys(form, tree, issues);
    const renames = round < MAX_ROUNDS ? unknown.flatMap(({ rename }) => rename ?? []) : [];
    if (renames.length === 0) {
      findings.push(...unknown.map(({ finding }) => finding), ...valueFindings(form, tree, issues));
      findings.push(...semanticFindings(serviceNodes(form, tree)));
      return result.kind === "spec" ? { spec: result.spec, findings } : { findings };
    }
    for (const one of unknown) {
      const { rename } = one;
      if (!rename || nodeIn(tree, [...rename.path, rename.to])) continue;
      findings.push(one.finding);
      tree = renameKey(tree, rename.path, rename.from, rename.to);
    }
  }
}

type Result =
  | { readonly kind: "spec"; readonly spec: Spec }
  | { readonly kind: "issues"; readonly issues: readonly FlatIssue[] };

function safeParse(form: SpecForm, tree: SourceNode): Result {
  if (form === "list") {
    const result = listSchema.safeParse(toPlain(tree));
    if (!result.success) return { kind: "issues", issues: flatten(result.error.issues) };
    return { kind: "spec", spec: { services: result.data.services } };
  }
  const result = singleSchema.safeParse(toPlain(tree));
  if (!result.success) return { kind: "issues", issues: flatten(result.error.issues) };
  const { version: _, ...service } = result.data;
  return { kind: "spec", spec: { services: [service satisfies ServiceSpec] } };
}

function unknownKeys(form: SpecForm, tree: SourceNode, issues: readonly FlatIssue[]) {
  return issues.flatMap((issue) =>
    issue.kind === "unknown-keys"
      ? issue.keys.map((key) => explainUnknownKey(form, tree, issue.path, key))
      : [],
  );
}

/**
 * One finding a path: what zod says of a value again (its pattern, then its range) would say the same. A section
 * with an unknown key is not also told that it lacks the key which that one may stand for.
 */
function valueFindings(form: SpecForm, tree: SourceNode, issues: readonly FlatIssue[]): readonly Finding[] {
  const unknown = new Set(
    issues.filter(({ kind }) => kind === "unknown-keys").map(({ path }) => JSON.stringify(path)),
  );
  const byPath = new Map<string, Finding>();
  for (const issue of issues) {
    const key = JSON.stringify(issue.path);
    if (issue.kind === "unknown-keys" || byPath.has(key)) continue;
    if (issue.kind === "rule" && unknown.has(key)) continue;
    byPath.set(key, explain(form, tree, issue));
  }
  return [...byPath.values()];
}

function serviceNodes(form: SpecForm, tree: SourceNode): readonly ServiceNode[] {
  if (form === "single") return [{ node: tree, path: [] }];
  const at: SpecPath = entryOf(tree, "services") ? ["services"] : [];
  return itemsOf(tree, "services").map((node, index) => ({ node, path: [...at, index] }));
}
