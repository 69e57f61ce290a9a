import { parseDuration } from "./duration.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { type QueriesNode, queryFindings, type SourceKind } from "./query-findings.ts";
import { entryOf, itemsOf, type SourceNode, textOf } from "./source.ts";
import { CLOUDWATCH, sourceEntries } from "./source-findings.ts";
import { anyOfThese, nearest } from "./suggest.ts";

/** What verdicts of others than ratios are called. */
const TAKEN_NAMES = [
  "errors",
  "latency",
  "saturation",
  "alarms",
  "smoke",
  "tasks",
  "health",
  "recovery",
  "metrics",
  "gates",
  "approval",
  "cancelled",
  "held",
  "lost",
  "rollback",
] as const;

/** What is wrong among a service's gates, and between them and its sources. */
export function gateFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  const gates = entryOf(service, "gates")?.node;
  if (!gates) return [];
  const at = [...path, "gates"];
  const ratios = itemsOf(gates, "ratios").map((node, index): GateNode => {
    return { node, path: [...at, "ratios", index], keys: ["requests", "bad", "good"] };
  });
  const named = ["errors", "latency"].flatMap((key): readonly GateNode[] => {
    const node = entryOf(gates, key)?.node;
    return node ? [{ node, path: [...at, key], keys: ["requests", "bad"] }] : [];
  });
  return [
    ...[...named, ...ratios].flatMap((gate) => fromFindings(service, gate)),
    ...slowerThanFindings(entryOf(gates, "latency")?.node, [...at, "latency"]),
    ...nameFindings(ratios),
    ...repeatedFindings(entryOf(gates, "saturation")?.node, [...at, "saturation"]),
    ...alarmFindings(gates, at),
  ];
}

interface GateNode {
  readonly node: SourceNode;
  readonly path: SpecPath;
  readonly keys: QueriesNode["keys"];
}

const DEFAULT_PERIOD_MS = 60_000;

function fromFindings(service: SourceNode, gate: GateNode): readonly Finding[] {
  const from = entryOf(gate.node, "from")?.node;
  if (!from) return [];
  const path = [...gate.path, "from"];
  const periodMs = parseDuration(textOf(gate.node, "period") ?? "") ?? DEFAULT_PERIOD_MS;
  const kind = kindOf(service, from);
  const queries = { from, path, keys: gate.keys, kind, periodMs };
  return [...sourceNameFindings(service, from, path), ...queryFindings(queries)];
}

function kindOf(service: SourceNode, from: SourceNode): SourceKind {
  const name = entryOf(from, "source") ? textOf(from, "source") : CLOUDWATCH;
  if (name === CLOUDWATCH) return CLOUDWATCH;
  const source = sourceEntries(service).find(({ key }) => key === name)?.node;
  const kinds = (["prometheus", "http"] as const).filter((kind) => entryOf(source, kind));
  return kinds.length === 1 ? kinds[0] : undefined;
}

function sourceNameFindings(service: SourceNode, from: SourceNode, path: SpecPath): readonly Finding[] {
  const entry = entryOf(from, "source");
  const name = textOf(from, "source");
  const sources = entryOf(service, "sources")?.node;
  const areSound = sources === undefined || sources.kind === "map" || isEmpty(sources);
  if (!entry || name === undefined || name === "" || !areSound) return [];
  const entries = sourceEntries(service);
  const names = [CLOUDWATCH, ...entries.map(({ key }) => key)];
  if (names.includes(name)) return [];
  const shown = anyOfThese(names.map((one) => printable(one).slice(1, -1)));
  const seen = printable(name);
  const declare = entries.length === 0 ? " Declare it under the service's sources." : "";
  const message = `no source is called ${seen}; expected ${shown}.${declare}`;
  const ofKind = entries.filter(({ node }) => entryOf(node, name));
  const suggestion = nearest(name, names) ?? (ofKind.length === 1 ? ofKind[0]?.key : undefined);
  const base = { path: [...path, "source"], offset: entry.node.offset, message, seen, allowed: shown };
  return [suggestion === undefined ? base : { ...base, suggestion }];
}

const isEmpty = (node: SourceNode): boolean => node.kind === "scalar" && node.value === null;

/** Counts of another source are slow ones by its query; the load balancer's are by `slower-than`. */
function slowerThanFindings(latency: SourceNode | undefined, path: SpecPath): readonly Finding[] {
  const entry = entryOf(latency, "slower-than");
  if (!entry || !entryOf(latency, "from")) return [];
  const message =
    "slower-than is the limit of the load balancer's own figures; beside from nothing reads it, since its query of bad ones says what is slow. Remove one of the two.";
  const at = { path: [...path, "slower-than"], offset: entry.keyOffset };
  return [{ ...at, message, seen: "slower-than beside from", allowed: "slower-than or from" }];
}

function nameFindings(ratios: readonly GateNode[]): readonly Finding[] {
  const repeated = twice(
    ratios.map(({ node }) => node),
    (node) => textOf(node, "name"),
  );
  return ratios.flatMap(({ node, path }, index) => {
    const name = textOf(node, "name");
    const entry = entryOf(node, "name");
    if (name === undefined || !entry) return [];
    const isTaken = TAKEN_NAMES.some((taken) => taken === name);
    if (!isTaken && !repeated.some((one) => one.index === index)) return [];
    const seen = printable(name);
    const message = isTaken
      ? `${name} is what Sluice calls verdicts of its own. Choose another name.`
      : `a ratio is called ${seen} already. Choose another name.`;
    return [
      { path: [...path, "name"], offset: entry.node.offset, message, seen, allowed: "a name of its own" },
    ];
  });
}

function repeatedFindings(saturation: SourceNode | undefined, path: SpecPath): readonly Finding[] {
  const items = itemsOf(saturation, "of");
  return twice(items, (node) => (node.kind === "scalar" ? String(node.value) : undefined)).map(
    ({ node, index, name }) => ({
      path: [...path, "of", index],
      offset: node.offset,
      message: `${printable(name)} is given twice. Remove one.`,
      seen: printable(name),
      allowed: "each once",
    }),
  );
}

function alarmFindings(gates: SourceNode, path: SpecPath): readonly Finding[] {
  const nameOf = (node: SourceNode): string | undefined =>
    node.kind === "scalar" ? (typeof node.value === "string" ? node.value : undefined) : textOf(node, "name");
  const alarms = itemsOf(gates, "alarms");
  const arns = alarms.flatMap((node, index) => arnFinding(node, nameOf(node), [...path, "alarms", index]));
  const repeated = twice(alarms, nameOf).map(({ node, index, name }) => ({
    path: [...path, "alarms", index],
    offset: node.offset,
    message: `the alarm ${printable(name)} is given twice. Remove one.`,
    seen: printable(name),
    allowed: "each alarm once",
  }));
  return [...arns, ...repeated];
}

/** DescribeAlarms looks alarms up by name. */
function arnFinding(node: SourceNode, name: string | undefined, path: SpecPath): readonly Finding[] {
  const [, plain] = /^arn:aws[a-z-]*:cloudwatch:[^:]*:[^:]*:alarm:(.+)$/.exec(name ?? "") ?? [];
  if (plain === undefined) return [];
  const message =
    "alarms are named, not given as ARNs; they are looked up in the service's account and Region.";
  const base = { path, offset: node.offset, message, seen: printable(name, 200) };
  return [{ ...base, allowed: "an alarm's name", suggestion: plain }];
}

interface Repeated {
  readonly node: SourceNode;
  readonly index: number;
  readonly name: string;
}

function twice(
  items: readonly SourceNode[],
  nameOf: (node: SourceNode) => string | undefined,
): readonly Repeated[] {
  const before = new Set<string>();
  return items.flatMap((node, index) => {
    const name = nameOf(node);
    if (name === undefined) return [];
    const isTwice = before.has(name);
    before.add(name);
    return isTwice ? [{ node, index, name }] : [];
  });
}
