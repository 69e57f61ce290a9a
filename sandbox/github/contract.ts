import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { type Description, description, type Operation, type Schema } from "./description.ts";

/** Path and query together, as the operation's description names them; numbers and booleans are such. */
export type Parameters = Readonly<Record<string, unknown>>;
export type Body = Readonly<Record<string, unknown>>;

export type Checked<T> =
  | { readonly kind: "fits"; readonly value: T }
  | { readonly kind: "misfit"; readonly problems: readonly string[] };

/** GitHub's own description as a judge of requests and answers. */
export interface Contract {
  /** Defaults are filled in; what the description does not name is a misfit. */
  parameters(operation: Operation, given: Readonly<Record<string, string>>): Checked<Parameters>;
  /** The same, for a body. `given` undefined: the request has none. */
  body(operation: Operation, given: unknown): Checked<Body>;
  /** What does not fit in an answer of ours; [] when it does. */
  answer(operation: Operation, status: number, body: unknown): readonly string[];
}

const DEFS_ID = "github.json";

/** GitHub gives "" where it has no URL, and says so in the description's own defaults. */
const FORMATS = {
  uri: (text: string) => text === "" || URL.canParse(text),
  "date-time": /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/,
  email: /^[^@\s]+@[^@\s]+$/,
  int64: { type: "number" as const, validate: Number.isSafeInteger },
};

/** Ajv only warns of a format that it does not know. */
const STRICT_LOGGER = {
  log: () => undefined,
  warn: fail,
  error: fail,
};

/** The contract of description.json. Schemas are compiled when first needed, once a process. */
export const contract: Contract = createContract(description);

function createContract({ $defs }: Description): Contract {
  const closedDefs = mapValues($defs, closed);
  const judges = {
    parameters: judge(closedDefs, { coerceTypes: true, useDefaults: true }),
    body: judge(closedDefs, { useDefaults: true }),
    answer: judge(closedDefs, {}),
    error: judge($defs, {}),
  };
  return {
    parameters(operation, given) {
      const value: Record<string, unknown> = { ...given };
      const problems = judges.parameters(operation.id, () => parameterSchema(operation), value);
      return problems.length === 0 ? { kind: "fits", value } : { kind: "misfit", problems };
    },
    body(operation, given) {
      const schema = operation.body;
      if (!schema) return given === undefined ? { kind: "fits", value: {} } : misfit("takes no body");
      if (!isObject(given)) return misfit("a JSON object is expected as body");
      const value = structuredClone(given);
      const problems = judges.body(operation.id, () => closed(schema), value);
      return problems.length === 0 ? { kind: "fits", value } : { kind: "misfit", problems };
    },
    answer(operation, status, body) {
      const described = operation.answers[status];
      if (status >= 400) {
        const schema = described ?? { $ref: `${DEFS_ID}#/$defs/basic-error` };
        return judges.error(`${operation.id} ${status}`, () => schema, body);
      }
      if (described === undefined) return [`the description has no answer ${status}`];
      if (described === null) return body === undefined ? [] : ["an answer without a body is expected"];
      return judges.answer(`${operation.id} ${status}`, () => closed(described), body);
    },
  };
}

type Judge = (key: string, schema: () => Schema, value: unknown) => readonly string[];

function judge(
  $defs: Readonly<Record<string, Schema>>,
  options: { coerceTypes?: true; useDefaults?: true },
): Judge {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    formats: FORMATS,
    logger: STRICT_LOGGER,
    ...options,
  });
  ajv.addSchema({ $id: DEFS_ID, $defs });
  const validators = new Map<string, ValidateFunction>();
  return (key, schema, value) => {
    const validate = validators.get(key) ?? ajv.compile(schema());
    validators.set(key, validate);
    return validate(value) ? [] : (validate.errors ?? []).map(words);
  };
}

function fail(message: string): never {
  throw new Error(message);
}

function words({ instancePath, message, params }: ErrorObject): string {
  const extra = params.additionalProperty ?? params.allowedValues;
  return `${instancePath || "/"} ${message}${extra === undefined ? "" : ` (${extra})`}`;
}

function parameterSchema({ parameters }: Operation): Schema {
  return {
    type: "object",
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

/** The schema without room for properties that it does not name: a misspelt one would pass else. */
function closed(schema: Schema): Schema {
  const inner = mapValues(schema, (value, keyword) => {
    if (keyword === "properties" && isObject(value)) return mapValues(value, closedOrPlain);
    if (Array.isArray(value)) return value.map(closedOrPlain);
    return keyword === "items" ? closedOrPlain(value) : value;
  });
  const isOpen = schema.properties !== undefined && schema.additionalProperties === undefined;
  return isOpen ? { ...inner, additionalProperties: false } : inner;
}

function closedOrPlain(value: unknown): unknown {
  return isObject(value) ? closed(value) : value;
}

function mapValues<T, U>(
  object: Readonly<Record<string, T>>,
  change: (value: T, key: string) => U,
): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]));
}

function misfit(problem: string): { readonly kind: "misfit"; readonly problems: readonly string[] } {
  return { kind: "misfit", problems: [problem] };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
