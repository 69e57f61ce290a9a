import { fitting } from "./history.ts";
import type { ObservedCohort, ServiceTags, TaskSetOrigin } from "./observation.ts";

/** The tags in which a rollout's state lives. AWS allows letters, digits, spaces and + - = . _ : / @ in them. */
export const TAG = {
  rollout: "sluice:rollout",
  replaces: "sluice:replaces",
  previousTaskDefinition: "sluice:previous-task-definition",
  commit: "sluice:commit",
  run: "sluice:run",
  shifted: "sluice:shifted",
  step: "sluice:step",
  aborted: "sluice:aborted",
  idleGroup: "sluice:idle-group",
  strategy: "sluice:strategy",
  cohort: "sluice:cohort",
  scaleIn: "sluice:scale-in",
  freeze: "sluice:freeze",
  history: "sluice:history",
  rolledBackBy: "sluice:rolled-back-by",
  route: "sluice:route",
} as const;

export type Tags = Readonly<Record<string, string>>;

export function parseServiceTags(tags: Tags): ServiceTags {
  const step = parseStep(tags[TAG.step]);
  const history = words(tags[TAG.history]);
  const rolledBackBy = words(tags[TAG.rolledBackBy]);
  const cohort = parseStep(tags[TAG.cohort]);
  const [aborted, ...abortedBefore] = words(tags[TAG.aborted]);
  return {
    ...optional("shifted", tags[TAG.shifted]),
    ...optional("aborted", aborted),
    ...(abortedBefore.length > 0 ? { abortedBefore } : {}),
    ...optional("idleGroup", tags[TAG.idleGroup]),
    ...optional("scaleIn", tags[TAG.scaleIn]),
    ...optional("freeze", freezeReason(tags)),
    ...(step ? { step } : {}),
    ...(cohort ? { cohort: { steps: cohort.weightPercent, atMs: cohort.atMs } } : {}),
    ...(history.length > 0 ? { history } : {}),
    ...(rolledBackBy.length > 0 ? { rolledBackBy } : {}),
  };
}

/** Whether a rollout was taken back, and may not ship any more. */
export function wasAborted(tags: ServiceTags, rollout: string): boolean {
  return tags.aborted === rollout || (tags.abortedBefore ?? []).includes(rollout);
}

/** `sluice:aborted` once `rollout` is taken back, too: the latest first, as many as fit. */
export function abortedTag({ aborted, abortedBefore = [] }: ServiceTags, rollout: string): string {
  const before = [...(aborted ? [aborted] : []), ...abortedBefore].filter((other) => other !== rollout);
  return fitting([rollout, ...before]).join(" ");
}

function words(text: string | undefined): readonly string[] {
  return text ? text.split(" ") : [];
}

/** A tag may be set without a value, and freezes all the same. */
function freezeReason(tags: Tags): string | undefined {
  return tags[TAG.freeze] === "" ? "no reason was given" : tags[TAG.freeze];
}

/** What `replaces` says of a service's first task set. */
export const REPLACES_NONE = "none";

export function parseOrigin(tags: Tags): TaskSetOrigin | undefined {
  const rollout = tags[TAG.rollout];
  const replaces = tags[TAG.replaces];
  if (!rollout || !replaces) return undefined;
  return {
    rollout,
    replaces,
    strategy: parseStrategy(tags[TAG.strategy]),
    previousTaskDefinition: tags[TAG.previousTaskDefinition] ?? "",
    ...optional("commit", tags[TAG.commit]),
    ...optional("runUrl", tags[TAG.run]),
  };
}

export function originTags(origin: TaskSetOrigin): Tags {
  return {
    [TAG.rollout]: origin.rollout,
    [TAG.replaces]: origin.replaces,
    [TAG.strategy]: origin.strategy,
    ...(origin.previousTaskDefinition ? { [TAG.previousTaskDefinition]: origin.previousTaskDefinition } : {}),
    ...(origin.commit ? { [TAG.commit]: origin.commit } : {}),
    ...(origin.runUrl ? { [TAG.run]: origin.runUrl } : {}),
  };
}

/** On a cohort rule, from its creation. */
export type CohortTags = Pick<ObservedCohort, "rollout" | "routeArn" | "step">;

/** Undefined for the tags of any other rule. */
export function parseCohort(tags: Tags): CohortTags | undefined {
  const rollout = tags[TAG.rollout];
  const routeArn = tags[TAG.route];
  const step = /^\d{1,4}$/.exec(tags[TAG.cohort] ?? "")?.[0];
  return rollout && routeArn && step ? { rollout, routeArn, step: Number(step) } : undefined;
}

export function cohortTags({ rollout, routeArn, step }: CohortTags): Tags {
  return { [TAG.rollout]: rollout, [TAG.cohort]: String(step), [TAG.route]: routeArn };
}

function parseStrategy(text: string | undefined): TaskSetOrigin["strategy"] {
  return text === "canary" || text === "rolling" ? text : "blue-green";
}

/** "100@2026-01-05T09:00:00.000Z". */
export function formatStep(weightPercent: number, atMs: number): string {
  return `${Math.round(weightPercent * 100) / 100}@${new Date(atMs).toISOString()}`;
}

/** That the new version lost its last traffic at `atMs`. */
export function takenBackTags(mark: { readonly aborted?: string }, atMs: number): Tags {
  return { ...(mark.aborted ? { [TAG.aborted]: mark.aborted } : {}), [TAG.step]: formatStep(0, atMs) };
}

/** Undefined for anything that Sluice did not write: the bake then starts anew. */
function parseStep(text: string | undefined): ServiceTags["step"] {
  const [, weight, time] = /^(\d{1,3}(?:\.\d+)?)@(.+)$/.exec(text ?? "") ?? [];
  const atMs = Date.parse(time ?? "");
  return weight === undefined || Number.isNaN(atMs) ? undefined : { weightPercent: Number(weight), atMs };
}

function optional<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value ? ({ [key]: value } as Record<K, string>) : {};
}
