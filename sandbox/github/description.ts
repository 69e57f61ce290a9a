import document from "./description.json" with { type: "json" };

/** A JSON Schema, as far as anything here looks into it. */
export interface Schema {
  readonly [keyword: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  /** The value may have slashes that are not encoded, as branches in a comparison have. */
  readonly multiSegment?: boolean;
  readonly schema: Schema;
}

/** An operation as GitHub describes it. */
export interface Operation {
  /** "repos/create-deployment". */
  readonly id: string;
  /** In lower case. */
  readonly method: string;
  /** With placeholders: "/repos/{owner}/{repo}/deployments". */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Schema;
  /** By status; null where the answer has no JSON. */
  readonly answers: Readonly<Record<string, Schema | null>>;
}

/** What scripts/github-description.ts took from GitHub's OpenAPI description. */
export interface Description {
  readonly operations: readonly Operation[];
  readonly $defs: Readonly<Record<string, Schema>>;
}

export const description = document as unknown as Description;
