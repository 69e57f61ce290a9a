import type { ReleasedDefinition } from "../core/preflight/infrastructure.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a task set depends on in a task definition, AWS's own or a file's, whatever else may be in that. */
export function releasedDefinition(definition: Fields): ReleasedDefinition {
  const { networkMode } = definition;
  return {
    networkMode: typeof networkMode === "string" ? networkMode : undefined,
    containers: recordsIn(definition.containerDefinitions).map((container) => ({
      name: String(container.name ?? ""),
      ports: recordsIn(container.portMappings)
        .map(({ containerPort }) => containerPort)
        .filter((port) => typeof port === "number"),
    })),
  };
}

function recordsIn(list: unknown): readonly Fields[] {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}
