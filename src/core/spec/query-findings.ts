import { QUERY_PLACEHOLDERS, VERSION_PLACEHOLDERS } from "../metric-source.ts";
import { unknownPlaceholders } from "./placeholders.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { promqlProblem } from "./promql-findings.ts";
import { entryOf, type SourceMap, type SourceNode } from "./source.ts";
import { anyOfThese } from "./suggest.ts";

/** What answers a gate's queries; undefined where that is not known, since the spec is wrong there. */
export type SourceKind = "cloudwatch" | "prometheus" | "http" | undefined;

/** A `from` of a gate. */
export interface QueriesNode {
  readonly from: SourceNode;
  readonly path: SpecPath;
  /** Of its queries, as its gate has them. */
  readonly keys: readonly ("requests" | "bad" | "good")[];
  readonly kind: SourceKind;
  readonly periodMs: number;
}

const KNOWN = [...VERSION_PLACEHOLDERS, ...QUERY_PLACEHOLDERS];
const TELLING = anyOfThese(VERSION_PLACEHOLDERS.map((name) => `\${${name}}`));

/** What is wrong with a gate's queries: of a kind that its source does not take, or the same for both versions. */
export function queryFindings({ from, path, keys, kind, periodMs }: QueriesNode): readonly Finding[] {
  return keys.flatMap((key) => {
    const node = entryOf(from, key)?.node;
    if (node === undefined) return [];
    const at = [...path, key];
    if (node.kind === "map") return metricFindings(node, at, kind);
    if (node.kind !== "scalar" || typeof node.value !== "string" || node.value === "") return [];
    return textFindings({ text: node.value, node, path: at }, kind, periodMs);
  });
}

interface TextQuery {
  readonly text: string;
  readonly node: SourceNode;
  readonly path: SpecPath;
}

function textFindings(query: TextQuery, kind: SourceKind, periodMs: number): readonly Finding[] {
  const { text, node, path } = query;
  const base = { path, offset: node.offset, seen: printable(text) };
  if (kind === "cloudwatch") {
    const message =
      "CloudWatch takes a metric, not a query as text. Give its namespace, metric and dimensions, or name a source of the spec as source.";
    return [{ ...base, message, allowed: "a metric: namespace, metric, dimensions" }];
  }
  const promql = kind === "prometheus" ? promqlProblem(text, periodMs) : undefined;
  return [
    ...unknownIn(text).map((found) => ({ ...base, ...found })),
    ...foreignPlaceholders(text).map((found) => ({ ...base, ...found })),
    ...(isTelling([text]) ? [] : [{ ...base, ...sameForBoth(`Put one of ${TELLING} into it.`) }]),
    ...(promql ? [{ ...base, ...promql }] : []),
  ];
}

function metricFindings(metric: SourceMap, path: SpecPath, kind: SourceKind): readonly Finding[] {
  if (kind === "prometheus" || kind === "http") {
    const message = `this source takes a query as text, not a CloudWatch metric. For the metric, leave source out of the section.`;
    const base = { path, offset: metric.offset, seen: "a section" };
    return [{ ...base, message, allowed: "a query as text" }];
  }
  const dimensions = entryOf(metric, "dimensions")?.node;
  const values = dimensions?.kind === "map" ? dimensions.entries.flatMap(textValue) : [];
  const misplaced = metric.entries
    .flatMap(textValue)
    .filter(({ text }) => text.includes("${"))
    .map(({ text, key, offset }) => ({
      path: [...path, key],
      offset,
      seen: printable(text),
      message: "only the values of dimensions have placeholders.",
      allowed: `a ${key} without placeholders`,
    }));
  const unknown = values.flatMap(({ text, key, offset }) => {
    const base = { path: [...path, "dimensions", key], offset, seen: printable(text) };
    return unknownIn(text).map((found) => ({ ...base, ...found }));
  });
  return [...misplaced, ...unknown, ...sameDimensions(metric, path, dimensions, values)];
}

interface TextValue {
  readonly key: string;
  readonly text: string;
  readonly offset: number;
}

function textValue({ key, node }: { readonly key: string; readonly node: SourceNode }): readonly TextValue[] {
  if (node.kind !== "scalar" || typeof node.value !== "string") return [];
  return [{ key, text: node.value, offset: node.offset }];
}

function sameDimensions(
  metric: SourceMap,
  path: SpecPath,
  dimensions: SourceNode | undefined,
  values: readonly TextValue[],
): readonly Finding[] {
  if (dimensions && (dimensions.kind !== "map" || dimensions.entries.length !== values.length)) return [];
  if (isTelling(values.map(({ text }) => text))) return [];
  const where = dimensions ? [...path, "dimensions"] : path;
  const offset = dimensions?.offset ?? metric.offset;
  const seen = values.length === 0 ? "no dimensions" : printable(values.map(({ key }) => key).join(", "));
  return [{ path: where, offset, seen, ...sameForBoth(`Give a dimension the value ${TELLING}.`) }];
}

function sameForBoth(remedy: string): Pick<Finding, "message" | "allowed"> {
  const message = `both versions would be measured as one: nothing here tells them apart. ${remedy}`;
  return { message, allowed: `one of ${TELLING}` };
}

/** Also true where a placeholder is unknown: it has a problem of its own, and is probably one of these misspelt. */
function isTelling(texts: readonly string[]): boolean {
  return texts.some(
    (text) =>
      VERSION_PLACEHOLDERS.some((name) => text.includes(`\${${name}}`)) ||
      unknownIn(text).length > 0 ||
      foreignPlaceholders(text).length > 0,
  );
}

/** `${1}` and the like are of regular expressions, such as label_replace of PromQL has. */
const unknownIn = (text: string) => unknownPlaceholders(text.replaceAll(/\$\{\d+\}/g, ""), KNOWN);

/** As Argo Rollouts and Flagger write them. Neither PromQL nor JSON has two braces side by side. */
const FOREIGN = /\{\{-?\s*([\w.-]+)\s*-?\}\}/g;

function foreignPlaceholders(text: string): readonly Pick<Finding, "message" | "allowed">[] {
  return [...text.matchAll(FOREIGN)].map(([whole]) => ({
    message: `${printable(whole)} is another tool's placeholder; here they are written as ${anyOfThese(KNOWN.map((name) => `\${${name}}`))}.`,
    allowed: "placeholders as ${name}",
  }));
}
