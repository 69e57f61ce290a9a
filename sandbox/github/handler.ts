import type { Body, Parameters } from "./contract.ts";

/** A request that fits GitHub's description, from somebody who may make it. */
export interface ApiRequest {
  /** Path and query, defaults filled in. */
  readonly parameters: Parameters;
  readonly body: Body;
  /** Names of the query parameters that the client gave. */
  readonly given: ReadonlySet<string>;
  /** Who asks. */
  readonly login: string;
}

export interface ApiAnswer {
  readonly status: number;
  /** Undefined: none. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Does what the operation does; throws a GitHubError where GitHub refuses. */
export type Handler = (request: ApiRequest) => ApiAnswer;

/** By the operation's id in the description. */
export type Handlers = Readonly<Record<string, Handler>>;

export function ok(body: unknown): ApiAnswer {
  return { status: 200, body };
}

/** A parameter that the description says is text. */
export function text(values: Parameters, name: string): string {
  const value = values[name];
  if (typeof value !== "string") throw new TypeError(`${name} is no text: the description has changed`);
  return value;
}

/** A parameter that the description says is a whole number. */
export function integer(values: Parameters, name: string): number {
  const value = values[name];
  if (typeof value !== "number") throw new TypeError(`${name} is no number: the description has changed`);
  return value;
}

export function optionalText(values: Parameters, name: string): string | undefined {
  return values[name] === undefined || values[name] === null ? undefined : text(values, name);
}

export function flag(values: Parameters, name: string, byDefault: boolean): boolean {
  const value = values[name];
  return typeof value === "boolean" ? value : byDefault;
}
