import type { Operation } from "./description.ts";

export interface Route {
  readonly operation: Operation;
  /** Decoded values of the path's placeholders. */
  readonly path: Readonly<Record<string, string>>;
}

/** Finds the operation that a method and a path (without query) ask for, by the description's own templates. */
export function createRouter(
  operations: readonly Operation[],
): (method: string, path: string) => Route | undefined {
  const routes = operations.map((operation) => ({ operation, pattern: patternOf(operation) }));
  return (method, path) => {
    for (const { operation, pattern } of routes) {
      if (operation.method !== method.toLowerCase()) continue;
      const groups = pattern.exec(path)?.groups;
      if (groups) return { operation, path: decoded(groups) };
    }
    return undefined;
  };
}

function patternOf({ path, parameters }: Operation): RegExp {
  const many = new Set(parameters.filter(({ multiSegment }) => multiSegment).map(({ name }) => name));
  const source = path.replace(
    /\{(\w+)\}/g,
    (_, name: string) => `(?<${name}>${many.has(name) ? ".+" : "[^/]+"})`,
  );
  return new RegExp(`^${source}$`);
}

function decoded(groups: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}
