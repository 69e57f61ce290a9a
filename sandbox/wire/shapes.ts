import { NormalizedSchema } from "@smithy/core/schema";
import type {
  SchemaTraitsObject,
  StaticErrorSchema,
  StaticOperationSchema,
  StaticStructureSchema,
} from "@smithy/types";

/** The exports of an SDK client package, among them the schema of every operation (`DescribeRules$`) and error. */
export type SdkModule = Readonly<Record<string, unknown>>;

/** What an operation takes and gives, as the service's model has it. */
export interface OperationShapes {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
}

/** How an error of the model goes onto the wire; `queryCode` is its code in the Query protocol. */
export interface ErrorShape {
  readonly name: string;
  readonly queryCode: string;
  readonly status: number | undefined;
  /** "message" or "Message", as the error's structure has it. */
  readonly messageMember: string;
}

const structureKind = 3;
const operationKind = 9;
const errorKind = -3;

/** The shapes of `operation`; undefined when the service's model has no such operation. */
export function operationShapes(sdk: SdkModule, operation: string): OperationShapes | undefined {
  const schema = Object.hasOwn(sdk, `${operation}$`) ? sdk[`${operation}$`] : undefined;
  if (!isOperation(schema)) return undefined;
  return { name: operation, input: NormalizedSchema.of(schema[4]), output: NormalizedSchema.of(schema[5]) };
}

/** The model's error that clients know as `code`, by its shape's name or by its code in the Query protocol. */
export function errorShape(sdk: SdkModule, code: string): ErrorShape | undefined {
  const byName = Object.hasOwn(sdk, `${code}$`) ? sdk[`${code}$`] : undefined;
  if (isError(byName)) return toErrorShape(byName);
  for (const schema of Object.values(sdk)) {
    if (!isError(schema)) continue;
    const shape = toErrorShape(schema);
    if (shape.queryCode === code) return shape;
  }
  return undefined;
}

/** Names of the members that a structure cannot do without. */
export function requiredMembers(schema: NormalizedSchema): readonly string[] {
  const structure: unknown = schema.getSchema();
  return isStructure(structure) ? structure[4].slice(0, structure[6] ?? 0) : [];
}

/** The same structure under another name: serializers name XML elements after the shape. */
export function renamed(schema: NormalizedSchema, name: string): NormalizedSchema {
  const structure: unknown = schema.getSchema();
  if (!isStructure(structure)) throw new TypeError(`${schema.getName(true)} is not a structure`);
  const copy: StaticStructureSchema = [structureKind, structure[1], name, 0, structure[4], structure[5]];
  return NormalizedSchema.of(copy);
}

function toErrorShape(schema: StaticErrorSchema): ErrorShape {
  const traits: SchemaTraitsObject = typeof schema[3] === "object" ? schema[3] : {};
  const queryError: unknown = traits.awsQueryError;
  const [queryCode, queryStatus]: readonly unknown[] = Array.isArray(queryError) ? queryError : [];
  const serverStatus = traits.error === "server" ? 500 : undefined;
  return {
    name: schema[2],
    queryCode: typeof queryCode === "string" ? queryCode : schema[2],
    status: [queryStatus, traits.httpError, serverStatus].find((status) => typeof status === "number"),
    messageMember: schema[4].find((member) => member.toLowerCase() === "message") ?? "message",
  };
}

function isStructure(value: unknown): value is StaticStructureSchema {
  return Array.isArray(value) && value[0] === structureKind;
}

function isOperation(value: unknown): value is StaticOperationSchema {
  return Array.isArray(value) && value[0] === operationKind;
}

function isError(value: unknown): value is StaticErrorSchema {
  return Array.isArray(value) && value[0] === errorKind;
}
