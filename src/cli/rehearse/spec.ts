import { parse, stringify } from "yaml";
import { SluiceError } from "../../core/errors.ts";
import { formatDuration, parseDuration } from "../../core/spec/duration.ts";
import { parseSpec } from "../../core/spec/parse.ts";
import { formatProblems } from "../../core/spec/problem.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { selectService } from "../../core/spec/select.ts";
import { clusterName } from "../../core/spec/semantics.ts";
import { LONGEST_WARM_UP_SECONDS, shortenSteps, smallestSharePercent } from "./steps.ts";

export type Strategy = ServiceSpec["strategy"];

/** The longest that a rehearsal waits for what takes minutes in production; by path in the spec. */
const LONGEST: readonly (readonly [readonly string[], string])[] = [
  [["settle"], "1s"],
  [["bake"], "6s"],
  [["split", "bake"], "5s"],
  [["gates", "warm-up"], `${LONGEST_WARM_UP_SECONDS}s`],
  [["gates", "errors", "period"], "1s"],
  [["gates", "errors", "patience"], "20s"],
  [["gates", "latency", "period"], "1s"],
  [["gates", "latency", "patience"], "20s"],
  [["timeouts", "stage"], "1m"],
];
const BATCH_BAKE = "3s";
/** How long the smallest step's traffic may take to come to the gate's `min-requests`. */
const EVIDENCE_SECONDS = 6.5;
const FEWEST_REQUESTS = 10;

export interface RehearsalOptions {
  /** Default: the spec's own. */
  readonly strategy?: Strategy | undefined;
  /** Which service of a spec with several. */
  readonly service?: string | undefined;
  readonly requestsPerSecond: number;
  readonly desiredCount: number;
}

export interface RehearsalSpec {
  /** The spec of one service, as the action gets it. */
  readonly text: string;
  /** The same, read. */
  readonly service: ServiceSpec;
  /** "bake 10m → 6s": what differs from the spec that was given, for people to know. */
  readonly changes: readonly string[];
}

/** One service's section of a spec, as its file has it. Known to be well formed. */
export type RawService = Record<string, unknown>;

/**
 * A spec with the waits of a rehearsal, and with evidence for its gates at every step. `rewrite` may replace
 * what only a real account has. Throws "configuration" with all problems of the spec given.
 */
export function shortenSpec(
  text: string,
  fileName: string,
  options: RehearsalOptions,
  rewrite?: (raw: RawService, service: ServiceSpec) => readonly string[],
): RehearsalSpec {
  const given = readSpec(text, fileName, options.service);
  const raw = rawService(text, given);
  const rewritten = rewrite?.(raw, given) ?? [];
  const chosen = chooseStrategy(raw, given, options.strategy);
  const foreign = leaveOutForeign(raw, given);
  const service = readSpec(stringify({ version: 1, ...raw }), fileName);
  const changes = [
    ...chosen,
    ...foreign,
    ...shortenWaits(raw, service),
    ...shortenSteps(raw, service, options),
    ...shortenBatch(raw, service),
    ...shortenEvidence(raw, service, options),
    ...thaw(raw),
    ...rewritten,
  ];
  const shortened = stringify({ version: 1, ...raw });
  return { text: shortened, service: readSpec(shortened, fileName), changes };
}

function readSpec(text: string, fileName: string, name?: string): ServiceSpec {
  const parsed = parseSpec(text, fileName);
  if (parsed.kind === "spec") return selectService(parsed.spec, name);
  throw new SluiceError("configuration", formatProblems(parsed.problems, fileName, text).join("\n"));
}

/** The service's own section; keys in it are all known by now. */
function rawService(text: string, wanted: ServiceSpec): RawService {
  const file: unknown = parse(text, { schema: "core", merge: true, stringKeys: true });
  if (!isRecord(file)) throw new SluiceError("internal", "the spec is no map after it was checked");
  const { version: _version, services, ...own } = file;
  if (!Array.isArray(services)) return own;
  const found = services.filter(isRecord).find((one) => {
    const cluster = typeof one.cluster === "string" ? one.cluster : "default";
    return one.service === wanted.service && clusterName(cluster) === clusterName(wanted.cluster);
  });
  if (!found) throw new SluiceError("internal", `the spec has lost its service ${wanted.service}`);
  return found;
}

/** What only another strategy has. */
const FOREIGN_KEYS: Readonly<Record<Strategy, readonly string[]>> = {
  canary: ["batch", "split"],
  rolling: ["steps", "split"],
  "blue-green": ["steps", "batch"],
};

/** Another strategy than the spec's own leaves out what only the spec's has. */
function chooseStrategy(
  raw: RawService,
  given: ServiceSpec,
  strategy: Strategy | undefined,
): readonly string[] {
  if (strategy === undefined) return [];
  raw.strategy = strategy;
  const foreign = FOREIGN_KEYS[strategy];
  const lost = foreign.filter((key) => key in raw);
  for (const key of lost) delete raw[key];
  return strategy === given.strategy ? [] : lost.map((key) => `${key} left out (strategy ${strategy})`);
}

function shortenWaits(raw: RawService, service: ServiceSpec): readonly string[] {
  return LONGEST.flatMap(([path, longest]) => {
    const seenMs = path.reduce<unknown>((node, key) => (isRecord(node) ? node[key] : undefined), service);
    if (typeof seenMs !== "number" || seenMs <= (parseDuration(longest) ?? 0)) return [];
    setIn(raw, path, longest);
    return [`${path.join(".")} ${formatDuration(seenMs)} → ${longest}`];
  });
}

function shortenBatch(raw: RawService, { strategy, batch }: ServiceSpec): readonly string[] {
  if (strategy !== "rolling" || batch.bake <= (parseDuration(BATCH_BAKE) ?? 0)) return [];
  setIn(raw, ["batch", "bake"], BATCH_BAKE);
  return [`batch.bake ${formatDuration(batch.bake)} → ${BATCH_BAKE}`];
}

/** So that the gate has what it needs within the smallest step. */
function shortenEvidence(
  raw: RawService,
  service: ServiceSpec,
  { requestsPerSecond, desiredCount }: RehearsalOptions,
): readonly string[] {
  const perSecond = (requestsPerSecond * smallestSharePercent(service, desiredCount)) / 100;
  const most = Math.max(FEWEST_REQUESTS, Math.floor(perSecond * EVIDENCE_SECONDS));
  return (["errors", "latency"] as const).flatMap((name) => {
    const gate = service.gates[name];
    const seen = gate ? gate["min-requests"] : 0;
    if (seen <= most) return [];
    setIn(raw, ["gates", name, "min-requests"], most);
    return [`gates.${name}.min-requests ${seen} → ${most}`];
  });
}

/** What only a real account and its neighbours publish. Errors and latency are measured at the sandbox's load balancer. */
function leaveOutForeign(raw: RawService, { gates }: ServiceSpec): readonly string[] {
  const section = raw.gates;
  if (!isRecord(section)) return [];
  const left = ["saturation", "ratios", "alarms"].filter((key) => key in section);
  for (const key of left) delete section[key];
  const moved = (["errors", "latency"] as const).filter((name) => {
    const gate = gates[name];
    const own = section[name];
    if (!gate || gate.from === undefined || !isRecord(own)) return false;
    delete own.from;
    return true;
  });
  return [
    ...left.map((key) => `gates.${key} left out`),
    ...moved.map((name) => `gates.${name}.from left out: counted at the load balancer`),
  ];
}

/** A rehearsal is no release. */
function thaw(raw: RawService): readonly string[] {
  if (!("freeze" in raw)) return [];
  delete raw.freeze;
  return ["freeze left out"];
}

/** Sets a member of nested maps; a section that is left out or empty comes to be. */
export function setIn(raw: RawService, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    raw[key] = value;
    return;
  }
  const child = raw[key];
  const section = isRecord(child) ? child : {};
  raw[key] = section;
  setIn(section, rest, value);
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
