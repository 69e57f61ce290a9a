import { BlockList, isIPv6 } from "node:net";
import type { RuleCondition } from "@aws-sdk/client-elastic-load-balancing-v2";
import { matchesGlob } from "./glob.ts";

/** What a rule can look at in a request. */
export interface RequestFacts {
  readonly method: string;
  /** As sent, without the query. */
  readonly path: string;
  /** Key and value pairs of the query, as sent. */
  readonly query: readonly (readonly [string, string])[];
  readonly host: string;
  /** Values by lower-case header name; a header sent several times has several. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly sourceIp: string;
}

/** A rule condition, ready to be matched. `never` is one of a kind this balancer does not know. */
export type Condition =
  | { readonly kind: "path"; readonly patterns: Patterns }
  | { readonly kind: "host"; readonly patterns: Patterns }
  | { readonly kind: "header"; readonly name: string; readonly patterns: Patterns }
  | { readonly kind: "query"; readonly pairs: readonly { readonly key?: string; readonly value: string }[] }
  | { readonly kind: "method"; readonly methods: readonly string[] }
  | { readonly kind: "source-ip"; readonly ranges: BlockList }
  | { readonly kind: "never" };

interface Patterns {
  readonly globs: readonly string[];
  readonly expressions: readonly RegExp[];
}

/** Reads a condition in either of ELBv2's two spellings: `Values`, or the config of its field. */
export function conditionOf(condition: RuleCondition): Condition {
  switch (condition.Field) {
    case "path-pattern":
      return { kind: "path", patterns: patternsOf(condition, condition.PathPatternConfig, "") };
    case "host-header":
      return { kind: "host", patterns: patternsOf(condition, condition.HostHeaderConfig, "i") };
    case "http-header":
      return {
        kind: "header",
        name: (condition.HttpHeaderConfig?.HttpHeaderName ?? "").toLowerCase(),
        patterns: patternsOf(condition, condition.HttpHeaderConfig, "i"),
      };
    case "query-string":
      return { kind: "query", pairs: queryPairs(condition) };
    case "http-request-method":
      return { kind: "method", methods: condition.HttpRequestMethodConfig?.Values ?? condition.Values ?? [] };
    case "source-ip":
      return {
        kind: "source-ip",
        ranges: rangesOf(condition.SourceIpConfig?.Values ?? condition.Values ?? []),
      };
    default:
      return { kind: "never" };
  }
}

/**
 * Whether a request meets a condition, that is any one of its values.
 * Case: paths and methods count it; hosts, header values and query strings do not (ELBv2 API reference).
 */
export function meets(condition: Condition, request: RequestFacts): boolean {
  switch (condition.kind) {
    case "path":
      return matchesAny(condition.patterns, request.path, false);
    case "host":
      return matchesAny(condition.patterns, withoutPort(request.host), true);
    case "header":
      return (request.headers[condition.name] ?? []).some((value) =>
        matchesAny(condition.patterns, value, true),
      );
    case "query":
      return condition.pairs.some((pair) => request.query.some((sent) => matchesPair(pair, sent)));
    case "method":
      return condition.methods.includes(request.method);
    case "source-ip":
      return condition.ranges.check(request.sourceIp, isIPv6(request.sourceIp) ? "ipv6" : "ipv4");
    case "never":
      return false;
  }
}

/** Whether `range` is a CIDR block, as source-ip conditions take them. */
export function isCidr(range: string): boolean {
  try {
    rangesOf([range]);
    return range.includes("/");
  } catch {
    return false;
  }
}

function patternsOf(
  condition: RuleCondition,
  config: { Values?: string[] | undefined; RegexValues?: string[] | undefined } | undefined,
  flags: string,
): Patterns {
  return {
    globs: config?.Values ?? condition.Values ?? [],
    expressions: (config?.RegexValues ?? condition.RegexValues ?? []).map(
      (value) => new RegExp(value, flags),
    ),
  };
}

function queryPairs(condition: RuleCondition): readonly { readonly key?: string; readonly value: string }[] {
  return (condition.QueryStringConfig?.Values ?? []).map(({ Key, Value }) => ({
    ...(Key === undefined ? {} : { key: Key }),
    value: Value ?? "",
  }));
}

function matchesPair(
  pair: { readonly key?: string; readonly value: string },
  [key, value]: readonly [string, string],
): boolean {
  const options = { ignoreCase: true, escapes: true };
  if (pair.key !== undefined) {
    return matchesGlob(pair.key, key, options) && matchesGlob(pair.value, value, options);
  }
  return matchesGlob(pair.value, key, options) || matchesGlob(pair.value, value, options);
}

function matchesAny(patterns: Patterns, text: string, ignoreCase: boolean): boolean {
  return (
    patterns.globs.some((glob) => matchesGlob(glob, text, { ignoreCase, escapes: false })) ||
    patterns.expressions.some((expression) => expression.test(text))
  );
}

function rangesOf(cidrs: readonly string[]): BlockList {
  const ranges = new BlockList();
  for (const cidr of cidrs) {
    const [address = "", prefix = ""] = cidr.split("/");
    ranges.addSubnet(address, Number(prefix), isIPv6(address) ? "ipv6" : "ipv4");
  }
  return ranges;
}

const withoutPort = (host: string): string => host.replace(/:\d+$/, "");
