import { countWildcards, MOST_WILDCARDS } from "../cohorts.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, itemsOf, type SourceNode, textOf } from "./source.ts";

/** Of an http-header condition (HttpHeaderConditionConfig of the ELBv2 API). */
const LONGEST_NAME = 40;
const LONGEST_VALUE = 128;

/** A cookie is looked for anywhere in the Cookie header, at the least as "*name=value*"; see `matchCohort`. */
const WILDCARDS_OF_A_COOKIE = 2;

/** What a listener rule could not match, or would never: names and values of a route step's header or cookie. */
export function cohortFindings(route: SourceNode | undefined, path: SpecPath): readonly Finding[] {
  return (["header", "cookie"] as const).flatMap((kind) => {
    const node = entryOf(route, kind)?.node;
    if (!node) return [];
    const at = [...path, kind];
    const name = textOf(node, "name");
    const values = valuesOf(node, at);
    return [
      ...nameFindings(kind, node, at),
      ...values.flatMap((value) => valueFindings(kind, value, name ?? "")),
      ...wildcardFindings(kind, values, node, at),
    ];
  });
}

interface Value {
  readonly text: string;
  readonly offset: number;
  readonly path: SpecPath;
}

function valuesOf(node: SourceNode, path: SpecPath): readonly Value[] {
  return itemsOf(node, "values").flatMap((item, index) =>
    item.kind === "scalar" && typeof item.value === "string"
      ? [{ text: item.value, offset: item.offset, path: [...path, "values", index] }]
      : [],
  );
}

function nameFindings(kind: "header" | "cookie", node: SourceNode, path: SpecPath): readonly Finding[] {
  const entry = entryOf(node, "name");
  const name = textOf(node, "name");
  const wrong = entry && name !== undefined ? wrongName(kind, name) : undefined;
  if (!entry || name === undefined || !wrong) return [];
  const at = { path: [...path, "name"], offset: entry.node.offset };
  return [{ ...at, ...wrong, seen: printable(name) }];
}

function wrongName(
  kind: "header" | "cookie",
  name: string,
): { readonly message: string; readonly allowed: string } | undefined {
  if (name.includes("*")) {
    const message = `a ${kind}'s name has no wildcards; only its values do.`;
    return { message, allowed: `the ${kind}'s whole name` };
  }
  if (kind === "cookie") return undefined;
  if (name.length > LONGEST_NAME) {
    const message = `expected a header name of at most ${LONGEST_NAME} characters, got ${name.length}: listener rules match no longer ones.`;
    return { message, allowed: `at most ${LONGEST_NAME} characters` };
  }
  if (name.toLowerCase() !== "host") return undefined;
  const message = "a listener rule's header conditions do not match the Host header. Choose another header.";
  return { message, allowed: "another header than Host" };
}

/** Printable ASCII; an ALB's rules look at nothing else. */
const VISIBLE = /^[\x20-\x7e]*$/;

/** What a cookie's value cannot hold (RFC 6265, 4.1.1), so that a rule on it would match nobody. */
const NOT_IN_COOKIES = /[\s",;\\]/;

function valueFindings(kind: "header" | "cookie", value: Value, name: string): readonly Finding[] {
  const { text, offset, path } = value;
  const found = (message: string, allowed: string): readonly Finding[] => [
    { path, offset, message, allowed, seen: printable(text) },
  ];
  if (!VISIBLE.test(text)) {
    return found(
      "listener rules match printable ASCII only; this value would match nobody.",
      "printable ASCII",
    );
  }
  if (kind === "header") return [];
  if (NOT_IN_COOKIES.test(text)) {
    return found(
      "a cookie's value has no spaces, quotes, commas, semicolons or backslashes; this one would match nobody.",
      "a value that a cookie can have",
    );
  }
  const length = `*${name}=${text}*`.length;
  if (length <= LONGEST_VALUE) return [];
  return found(
    `name and value of a cookie are matched together, in at most ${LONGEST_VALUE - 3} characters; these have ${length - 3}. Shorten the value with a wildcard (*).`,
    `at most ${LONGEST_VALUE - 3} characters with the name`,
  );
}

function wildcardFindings(
  kind: "header" | "cookie",
  values: readonly Value[],
  node: SourceNode,
  path: SpecPath,
): readonly Finding[] {
  const own = countWildcards(values.map(({ text }) => text));
  const added = kind === "cookie" ? WILDCARDS_OF_A_COOKIE * values.length : 0;
  if (own + added <= MOST_WILDCARDS) return [];
  const each = kind === "cookie" ? ", two of them for each value of a cookie" : "";
  const message = `a listener rule has at most ${MOST_WILDCARDS} wildcards, and these values need ${own + added}${each}.`;
  const seen = `${own + added} wildcards`;
  const offset = entryOf(node, "values")?.node.offset ?? node.offset;
  return [
    { path: [...path, "values"], offset, message, seen, allowed: `at most ${MOST_WILDCARDS} wildcards` },
  ];
}
