import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/**
 * Writes sandbox/github/description.json: what GitHub's own OpenAPI description says about the operations that the
 * sandbox answers, and nothing else of its 13 MB. With `--check` it writes nothing and fails if the file is out of
 * date. The package is 385 MB, so it is no dependency: it is installed into .tools/github when it is missing.
 */
const PACKAGE = "@octokit/openapi";
const VERSION = "23.0.2";
const TOOLS = new URL("../.tools/github/", import.meta.url);
const SOURCE_FOLDER = new URL(`node_modules/${PACKAGE}/`, TOOLS);
const DESCRIPTION_FILE = new URL("../sandbox/github/description.json", import.meta.url);

/** By GitHub's own ids. A handler in sandbox/github belongs to each. */
const OPERATIONS = [
  "actions/create-workflow-dispatch",
  "actions/get-pending-deployments-for-run",
  "actions/get-reviews-for-run",
  "actions/get-workflow-run",
  "actions/list-jobs-for-workflow-run",
  "actions/list-jobs-for-workflow-run-attempt",
  "repos/compare-commits-with-basehead",
  "repos/create-deployment",
  "repos/create-deployment-status",
  "repos/get-all-deployment-protection-rules",
  "repos/get-all-environments",
  "repos/get-commit",
  "repos/get-deployment",
  "repos/get-deployment-status",
  "repos/get-environment",
  "repos/list-deployment-statuses",
  "repos/list-deployments",
];

/** Of the operations' error answers that the description leaves out. */
const COMMON_ERROR = "basic-error";

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/** Keywords that hold words or numbers, kept as they are; the others hold schemas or are for readers only. */
const PLAIN_KEYWORDS = new Set(
  "type format enum default required minimum maximum minLength maxLength minItems maxItems maxProperties pattern".split(
    " ",
  ),
);
const LISTS = ["oneOf", "anyOf", "allOf"] as const;

/** The text of sandbox/github/description.json. Throws when `source` lacks one of the operations in `wanted`. */
export function descriptionText(source: JsonObject, wanted: readonly string[] = OPERATIONS): string {
  const defs = new Map<string, Json>();
  const operations = operationsOf(source, wanted).map(([path, method, operation]) => ({
    id: operation.operationId ?? null,
    method,
    path,
    parameters: arrayOf(operation.parameters).map((parameter) => parameterOf(source, parameter, defs)),
    ...bodyOf(source, operation, defs),
    answers: answersOf(source, operation, defs),
  }));
  schemaOf(source, { $ref: `#/components/schemas/${COMMON_ERROR}` }, defs);
  const found = operations.map(({ id }) => id);
  const missing = wanted.filter((id) => !found.includes(id));
  if (missing.length > 0) throw new Error(`${PACKAGE} ${VERSION} does not know ${missing.join(", ")}`);
  const $defs = Object.fromEntries([...defs].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ source: `${PACKAGE}@${VERSION}`, operations, $defs }, null, 1)}\n`;
}

function operationsOf(
  source: JsonObject,
  wanted: readonly string[],
): readonly (readonly [string, string, JsonObject])[] {
  return Object.entries(objectOf(source.paths)).flatMap(([path, methods]) =>
    Object.entries(objectOf(methods)).flatMap(([method, operation]) => {
      const object = objectOf(operation);
      return wanted.includes(String(object.operationId)) ? [[path, method, object] as const] : [];
    }),
  );
}

function parameterOf(source: JsonObject, parameter: Json, defs: Map<string, Json>): Json {
  const given = followed(source, parameter);
  return {
    name: given.name ?? null,
    in: given.in ?? null,
    required: given.required ?? false,
    ...(given["x-multi-segment"] === true ? { multiSegment: true } : {}),
    schema: schemaOf(source, given.schema ?? {}, defs),
  };
}

function bodyOf(
  source: JsonObject,
  operation: JsonObject,
  defs: Map<string, Json>,
): { readonly body?: Json } {
  if (!operation.requestBody) return {};
  const schema = jsonSchemaOf(followed(source, operation.requestBody));
  return schema ? { body: schemaOf(source, schema, defs) } : {};
}

/** By status; null where the answer has no JSON. */
function answersOf(source: JsonObject, operation: JsonObject, defs: Map<string, Json>): Json {
  return Object.fromEntries(
    Object.entries(objectOf(operation.responses)).map(([status, answer]) => {
      const schema = jsonSchemaOf(followed(source, answer));
      return [status, schema ? schemaOf(source, schema, defs) : null];
    }),
  );
}

function jsonSchemaOf(holder: JsonObject): Json | undefined {
  const content = objectOf(holder.content ?? {});
  return objectOf(content["application/json"] ?? {}).schema;
}

/** As JSON Schema: named ones in `defs`, OpenAPI's `nullable` as a type, nothing that only a reader needs. */
function schemaOf(source: JsonObject, given: Json, defs: Map<string, Json>): Json {
  if (typeof given === "boolean") return given;
  const schema = objectOf(given);
  const { $ref } = schema;
  if (typeof $ref === "string") {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    if (!defs.has(name)) {
      defs.set(name, null);
      defs.set(name, schemaOf(source, followed(source, schema), defs));
    }
    return { $ref: `github.json#/$defs/${name}` };
  }
  const inner = (value: Json): Json => schemaOf(source, value, defs);
  const plain = Object.entries(schema).filter(([key]) => PLAIN_KEYWORDS.has(key));
  const lists = LISTS.filter((key) => schema[key]).map((key) => [key, arrayOf(schema[key]).map(inner)]);
  const single = (["items", "additionalProperties"] as const)
    .filter((key) => schema[key] !== undefined)
    .map((key) => [key, inner(schema[key] ?? {})]);
  const { properties } = schema;
  const members = properties ? [["properties", mapped(objectOf(properties), inner)]] : [];
  return nullableAsType({ ...Object.fromEntries([...plain, ...members, ...single, ...lists]) }, schema);
}

function nullableAsType(schema: JsonObject, { nullable }: JsonObject): JsonObject {
  if (nullable !== true) return schema;
  const { type, enum: words } = schema;
  const list = LISTS.find((key) => schema[key]);
  return {
    ...schema,
    ...(typeof type === "string" ? { type: [type, "null"] } : {}),
    ...(words && !arrayOf(words).includes(null) ? { enum: [...arrayOf(words), null] } : {}),
    ...(list ? { [list]: [...arrayOf(schema[list]), { type: "null" }] } : {}),
  };
}

function followed(source: JsonObject, given: Json): JsonObject {
  const object = objectOf(given);
  if (typeof object.$ref !== "string") return object;
  const target = object.$ref
    .replace("#/", "")
    .split("/")
    .reduce<Json>((at, key) => objectOf(at)[key] ?? {}, source);
  return followed(source, target);
}

function mapped(object: JsonObject, change: (value: Json) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function objectOf(value: Json | undefined): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new TypeError(`An object was expected instead of ${JSON.stringify(value)?.slice(0, 80)}`);
  return value as JsonObject;
}

function arrayOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function loadSource(): JsonObject {
  const file = new URL("generated/api.github.com.json", SOURCE_FOLDER);
  if (installedVersion() !== VERSION) {
    process.stderr.write(`Installing ${PACKAGE}@${VERSION} into .tools/github\n`);
    const folder = ["--prefix", fileURLToPath(TOOLS)];
    const flags = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
    execFileSync("npm", ["install", ...flags, ...folder, `${PACKAGE}@${VERSION}`], { stdio: "inherit" });
  }
  return JSON.parse(readFileSync(file, "utf8"));
}

function installedVersion(): string | undefined {
  const file = new URL("package.json", SOURCE_FOLDER);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).version : undefined;
}

function main(isCheck: boolean): void {
  const text = descriptionText(loadSource());
  if (!isCheck) writeFileSync(DESCRIPTION_FILE, text);
  else if (!existsSync(DESCRIPTION_FILE) || readFileSync(DESCRIPTION_FILE, "utf8") !== text) {
    const file = fileURLToPath(DESCRIPTION_FILE);
    process.stderr.write(`${file} is out of date: run node scripts/github-description.ts\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
