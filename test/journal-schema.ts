import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";

interface LineSchema {
  readonly definitions: {
    readonly JournalLine: {
      readonly anyOf: readonly { readonly properties: { readonly kind: { readonly const: string } } }[];
    };
  };
}

const SCHEMA: LineSchema = JSON.parse(
  readFileSync(new URL("../schema/journal.schema.json", import.meta.url), "utf8"),
);

/** One for each kind of event, so that what is wrong is said of that kind alone. */
const VALIDATORS: ReadonlyMap<string, ValidateFunction> = new Map(
  SCHEMA.definitions.JournalLine.anyOf.map((branch) => [
    branch.properties.kind.const,
    new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile({
      ...branch,
      definitions: SCHEMA.definitions,
    }),
  ]),
);

export const KINDS: readonly string[] = [...VALIDATORS.keys()];

/** What schema/journal.schema.json says against lines as a journal file has them; empty where nothing. */
export function journalProblems(lines: readonly unknown[]): readonly string[] {
  return lines.flatMap((line, index) => {
    const kind = String((line as { kind?: unknown } | null)?.kind);
    const validate = VALIDATORS.get(kind);
    if (!validate) return [`line ${index + 1}: there is no event "${kind}" in the schema`];
    if (validate(line)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) =>
        `line ${index + 1}, ${kind}${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  });
}

/** Throws where a line is not as the schema says. */
export function expectJournal(lines: readonly unknown[]): void {
  const problems = journalProblems(lines);
  if (problems.length > 0) throw new Error(`the journal breaks its schema:\n${problems.join("\n")}`);
}
