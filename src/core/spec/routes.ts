import { ARN_PATTERNS, type ElbArn, parseElbArn } from "./elb-arn.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, itemsOf, type SourceNode, textOf } from "./source.ts";

/** An ARN of a service's traffic section that is well formed; others have been refused already. */
interface Reference {
  readonly path: SpecPath;
  readonly offset: number;
  readonly text: string;
  readonly arn: ElbArn;
}

/**
 * What is wrong among a service's routes and target groups, each by itself well formed: the same one twice, or
 * parts of different load balancers, Regions or accounts.
 */
export function routeFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  const traffic = entryOf(service, "traffic")?.node;
  const at = [...path, "traffic"];
  const production = itemsOf(traffic, "production").flatMap((route, index) =>
    routeReferences(route, [...at, "production", index]),
  );
  const test = routeReferences(entryOf(traffic, "test")?.node, [...at, "test"]);
  const groups = groupReferences(traffic, at);
  return [
    ...repeated(production, (first) => `this route is given twice: it is ${first} too. Remove one.`),
    ...testRouteFindings(production, test),
    ...repeated(groups, () => "both target groups are the same; blue and green need one each."),
    ...foreignFindings([...production, ...test, ...groups]),
  ];
}

function routeReferences(route: SourceNode | undefined, path: SpecPath): readonly Reference[] {
  return (["listener-rule", "listener"] as const).flatMap((key) => {
    const node = entryOf(route, key)?.node;
    return node ? reference(node, textOf(route, key), ARN_PATTERNS[key], [...path, key]) : [];
  });
}

function groupReferences(traffic: SourceNode | undefined, path: SpecPath): readonly Reference[] {
  return itemsOf(traffic, "target-groups").flatMap((node, index) => {
    const text = node.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
    return reference(node, text, ARN_PATTERNS.targetgroup, [...path, "target-groups", index]);
  });
}

function reference(
  node: SourceNode,
  text: string | undefined,
  pattern: RegExp,
  path: SpecPath,
): readonly Reference[] {
  const arn = text !== undefined && pattern.test(text) ? parseElbArn(text) : undefined;
  return text !== undefined && arn ? [{ path, offset: node.offset, text, arn }] : [];
}

function finding({ path, offset, text }: Reference, message: string, allowed: string): Finding {
  return { path, offset, message, allowed, seen: printable(text, 200) };
}

function repeated(references: readonly Reference[], say: (first: string) => string): readonly Finding[] {
  return references.flatMap((one, index) => {
    const first = references.findIndex((other) => other.text === one.text);
    if (first === index) return [];
    return [finding(one, say(shortName(references[first] ?? one)), "each ARN once")];
  });
}

/** The last two steps of a route's path: `production[0]`. */
function shortName({ path }: Reference): string {
  const index = path.findLast((step) => typeof step === "number");
  return `production[${index}]`;
}

function testRouteFindings(production: readonly Reference[], test: readonly Reference[]): readonly Finding[] {
  return test
    .filter((one) => production.some((other) => other.text === one.text))
    .map((one) =>
      finding(
        one,
        "the test route is a production route too: the new version's tests would meet users. Give it a rule or a listener of its own.",
        "a listener rule or listener that no production route names",
      ),
    );
}

type Aspect = readonly [name: string, of: (arn: ElbArn) => string | undefined];

const ASPECTS: readonly Aspect[] = [
  ["account", (arn) => arn.accountId],
  ["Region", (arn) => arn.region],
  ["load balancer", (arn) => arn.balancer?.id],
];

/** At most one finding an ARN: of another account, else another Region, else another load balancer. */
function foreignFindings(references: readonly Reference[]): readonly Finding[] {
  return references.flatMap((one) => {
    for (const [name, of] of ASPECTS) {
      const own = of(one.arn);
      const expected = references.map(({ arn }) => of(arn)).find((value) => value !== undefined);
      if (own === undefined || own === expected) continue;
      const message = `another ${name} than the routes before it: expected ${expected}, got ${own}. All routes and target groups of a service belong to one load balancer.`;
      return [finding(one, message, `the ${name} ${expected}`)];
    }
    return [];
  });
}
