import type { ServiceTags, TaskSetOrigin } from "./observation.ts";

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
} as const;

export type Tags = Readonly<Record<string, string>>;

export function parseServiceTags(tags: Tags): ServiceTags {
  const step = parseStep(tags[TAG.step]);
  return {
    ...optional("shifted", tags[TAG.shifted]),
    ...optional("aborted", tags[TAG.aborted]),
    ...optional("idleGroup", tags[TAG.idleGroup]),
    ...(step ? { step } : {}),
  };
}

export function parseOrigin(tags: Tags): TaskSetOrigin | undefined {
  const rollout = tags[TAG.rollout];
  const replaces = tags[TAG.replaces];
  if (!rollout || !replaces) return undefined;
  return {
    rollout,
    replaces,
    previousTaskDefinition: tags[TAG.previousTaskDefinition] ?? "",
    ...optional("commit", tags[TAG.commit]),
    ...optional("runUrl", tags[TAG.run]),
  };
}

export function originTags(origin: TaskSetOrigin): Tags {
  return {
    [TAG.rollout]: origin.rollout,
    [TAG.replaces]: origin.replaces,
    [TAG.previousTaskDefinition]: origin.previousTaskDefinition,
    ...(origin.commit ? { [TAG.commit]: origin.commit } : {}),
    ...(origin.runUrl ? { [TAG.run]: origin.runUrl } : {}),
  };
}

/** "100@2026-01-05T09:00:00.000Z". */
export function formatStep(weightPercent: number, atMs: number): string {
  return `${weightPercent}@${new Date(atMs).toISOString()}`;
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
