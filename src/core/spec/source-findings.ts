import { compile } from "@jmespath-community/jmespath";
import { QUERY_PLACEHOLDERS, VERSION_PLACEHOLDERS } from "../metric-source.ts";
import { unknownPlaceholders } from "./placeholders.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, itemsOf, type SourceEntry, type SourceNode, textOf } from "./source.ts";

/** The source that needs no declaration. */
export const CLOUDWATCH = "cloudwatch";

/** What an HTTP source's addresses and bodies may have. */
export const REQUEST_PLACEHOLDERS = [
  "query",
  "from-seconds",
  "from-milliseconds",
  "from-iso",
  "to-seconds",
  "to-milliseconds",
  "to-iso",
  "period-seconds",
] as const;

/** What the requests that follow may have besides. */
const TAKEN = "taken";

/** What is wrong with a service's sources, each of whose values is well formed by itself. */
export function sourceFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  return sourceEntries(service).flatMap((entry) => {
    const at = [...path, "sources", entry.key];
    return [
      ...nameFindings(entry, at),
      ...prometheusFindings(entryOf(entry.node, "prometheus")?.node, [...at, "prometheus"]),
      ...httpFindings(entryOf(entry.node, "http")?.node, [...at, "http"]),
    ];
  });
}

export function sourceEntries(service: SourceNode): readonly SourceEntry[] {
  const node = entryOf(service, "sources")?.node;
  return node?.kind === "map" ? node.entries : [];
}

function nameFindings({ key, keyOffset }: SourceEntry, path: SpecPath): readonly Finding[] {
  if (key !== CLOUDWATCH) return [];
  const message = `${CLOUDWATCH} is there without being declared. Call this source something else.`;
  return [{ path, offset: keyOffset, message, seen: printable(key), allowed: "another name" }];
}

function prometheusFindings(prometheus: SourceNode | undefined, path: SpecPath): readonly Finding[] {
  const token = entryOf(prometheus, "bearer-token");
  if (!token || !entryOf(prometheus, "sigv4")) return [];
  const message =
    "a request has one signature: expected bearer-token or sigv4, got both. Amazon Managed Service for Prometheus takes sigv4.";
  const at = { path: [...path, "bearer-token"], offset: token.keyOffset };
  return [{ ...at, message, seen: "bearer-token", allowed: "bearer-token or sigv4" }];
}

function httpFindings(http: SourceNode | undefined, path: SpecPath): readonly Finding[] {
  if (!http) return [];
  const followUps = itemsOf(http, "follow-up").map((node, index) => ({
    node,
    path: [...path, "follow-up", index],
  }));
  return [
    ...queryPlaceFindings(http, path, followUps),
    ...requestFindings(http, path, REQUEST_PLACEHOLDERS),
    ...followUps.flatMap(({ node, path: at }) => requestFindings(node, at, [...REQUEST_PLACEHOLDERS, TAKEN])),
    ...[{ node: http, path }, ...followUps].flatMap(({ node, path: at }) =>
      ["points", "take", "until"].flatMap((key) => expressionFindings(node, at, key)),
    ),
    ...headerFindings(http, path),
  ];
}

interface PlacedNode {
  readonly node: SourceNode;
  readonly path: SpecPath;
}

/** Without the query every gate would be told the same. */
function queryPlaceFindings(
  http: SourceNode,
  path: SpecPath,
  followUps: readonly PlacedNode[],
): readonly Finding[] {
  const url = entryOf(http, "url");
  const texts = [http, ...followUps.map(({ node }) => node)].flatMap((node) => [
    textOf(node, "url"),
    textOf(node, "body"),
  ]);
  const isThere = texts.some(
    (text) =>
      text && (text.includes("${query}") || unknownPlaceholders(text, REQUEST_PLACEHOLDERS).length > 0),
  );
  if (!url || textOf(http, "url") === undefined || isThere) return [];
  const message = "the gate's query goes nowhere: put ${query} into url or body.";
  return [
    {
      path: [...path, "url"],
      offset: url.node.offset,
      message,
      seen: printable(textOf(http, "url")),
      allowed: "${query} in url or body",
    },
  ];
}

const OF_QUERIES = new RegExp(`^"\\$\\{(${[...VERSION_PLACEHOLDERS, ...QUERY_PLACEHOLDERS].join("|")})\\}"$`);

function requestFindings(node: SourceNode, path: SpecPath, known: readonly string[]): readonly Finding[] {
  return ["url", "body"].flatMap((key) => {
    const entry = entryOf(node, key);
    const text = textOf(node, key);
    if (!entry || text === undefined) return [];
    const base = { path: [...path, key], offset: entry.node.offset, seen: printable(text) };
    return unknownPlaceholders(text, known).map((found) => {
      const note = OF_QUERIES.test(found.seen) ? " That one belongs into the gate's query." : "";
      return { ...base, ...found, message: `${found.message}${note}` };
    });
  });
}

function expressionFindings(node: SourceNode, path: SpecPath, key: string): readonly Finding[] {
  const entry = entryOf(node, key);
  const text = textOf(node, key);
  if (!entry || text === undefined || text === "") return [];
  const problem = jmespathProblem(text);
  if (problem === undefined) return [];
  const seen = printable(text);
  const message = `expected a JMESPath expression, got ${seen}: ${problem}.`;
  const base = { path: [...path, key], offset: entry.node.offset, seen, message };
  const allowed = "a JMESPath expression";
  const undotted = text.replace(/^\s*\.(?=\w)/, "");
  const isJq = undotted !== text && jmespathProblem(undotted) === undefined;
  return [{ ...base, allowed, ...(isJq ? { suggestion: undotted } : {}) }];
}

/** What the parser says; it has words for people, but not for every broken literal. */
function jmespathProblem(text: string): string | undefined {
  try {
    compile(text);
    return undefined;
  } catch (error) {
    const words = error instanceof SyntaxError || error instanceof Error ? error.message : "";
    return /^Syntax error: [^\n]+$/.test(words) && !words.includes("undefined")
      ? words.replace(/^Syntax error: /, "").replace(/\.$/, "")
      : "it does not parse";
  }
}

/** Names of headers have no case (RFC 9110, 5.1), so one of the two would be lost. */
function headerFindings(http: SourceNode, path: SpecPath): readonly Finding[] {
  const plain = entryOf(http, "headers")?.node;
  const names = plain?.kind === "map" ? plain.entries.map(({ key }) => key.toLowerCase()) : [];
  const secret = entryOf(http, "secret-headers")?.node;
  if (secret?.kind !== "map") return [];
  return secret.entries
    .filter(({ key }) => names.includes(key.toLowerCase()))
    .map(({ key, keyOffset }) => ({
      path: [...path, "secret-headers", key],
      offset: keyOffset,
      message: `the header ${printable(key)} is given twice: it is in headers too. Remove one.`,
      seen: printable(key),
      allowed: "each header once",
    }));
}
