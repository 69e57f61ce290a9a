import type { NormalizedSchema } from "@smithy/core/schema";
import type { Constraint, Constraints } from "./constraints.ts";
import type { ServiceModel } from "./models.ts";
import { AwsError } from "./service.ts";
import { requiredMembers } from "./shapes.ts";

/** What is wrong with one value of an input. `path` is as AWS writes it: "actions.1.member.order". */
export interface Problem {
  readonly kind: "missing" | "invalid";
  readonly path: string;
  /** What AWS says about it, e.g. "Value '0' at 'order' failed to satisfy constraint: …". */
  readonly text: string;
}

/** Every required member that is absent and every value out of its range, in the model's order. Pure. */
export function findProblems(
  schema: NormalizedSchema,
  input: unknown,
  constraints: Constraints,
): readonly Problem[] {
  return schema.isUnitSchema() ? [] : checkStructure(schema, input, "", constraints);
}

/** The error with which the service answers these problems; undefined when there are none. */
export function refuse(model: ServiceModel, problems: readonly Problem[]): AwsError | undefined {
  const [first] = problems;
  if (!first) return undefined;
  if (model.wording === "ecs") return new AwsError("InvalidParameterException", ecsWords(first));
  if (model.wording === "cloudwatch" && first.kind === "missing") {
    const name = first.path.replace(/(^|\.)[a-z]/g, (letter) => letter.toUpperCase());
    return new AwsError("MissingParameter", `The parameter ${name} is required.`);
  }
  const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"} detected: `;
  return new AwsError("ValidationError", count + problems.map(({ text }) => text).join("; "));
}

function ecsWords(problem: Problem): string {
  if (problem.kind === "invalid") return problem.text;
  const name = problem.path.split(".").at(-1) ?? problem.path;
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} can not be blank.`;
}

function checkStructure(
  schema: NormalizedSchema,
  value: unknown,
  path: string,
  constraints: Constraints,
): readonly Problem[] {
  if (!isRecord(value)) return [];
  const required = new Set(requiredMembers(schema));
  const problems: Problem[] = [];
  for (const [name, member] of schema.structIterator()) {
    const inner = value[name];
    const innerPath = join(path, name.charAt(0).toLowerCase() + name.slice(1));
    if (inner === undefined) {
      if (required.has(name)) problems.push(missing(innerPath));
      continue;
    }
    const own = constraints[`${schema.getName()}.${name}`] ?? [];
    problems.push(
      ...checkConstraints(inner, innerPath, own),
      ...checkInside(member, inner, innerPath, constraints),
    );
  }
  return problems;
}

function checkInside(
  schema: NormalizedSchema,
  value: unknown,
  path: string,
  constraints: Constraints,
): readonly Problem[] {
  if (schema.isStructSchema()) return checkStructure(schema, value, path, constraints);
  if (schema.isListSchema() && Array.isArray(value)) {
    const element = schema.getValueSchema();
    return value.flatMap((item, index) =>
      checkInside(element, item, `${path}.${index + 1}.member`, constraints),
    );
  }
  if (schema.isMapSchema() && isRecord(value)) {
    const element = schema.getValueSchema();
    return Object.entries(value).flatMap(([key, item]) =>
      checkInside(element, item, `${path}.${key}.value`, constraints),
    );
  }
  return [];
}

function checkConstraints(
  value: unknown,
  path: string,
  constraints: readonly Constraint[],
): readonly Problem[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.flatMap((item) =>
    constraints.flatMap((constraint) => {
      const broken = brokenBy(item, constraint);
      if (broken === undefined) return [];
      const text = `Value '${String(item)}' at '${path}' failed to satisfy constraint: Member must ${broken}`;
      return [{ kind: "invalid" as const, path, text }];
    }),
  );
}

/** What the value must do but does not, in AWS's words. */
function brokenBy(value: unknown, constraint: Constraint): string | undefined {
  switch (constraint.kind) {
    case "range":
      return typeof value === "number" ? brokenRange(value, constraint) : undefined;
    case "one-of":
      if (typeof value !== "string" || constraint.values.includes(value)) return undefined;
      return `satisfy enum value set: [${constraint.values.join(", ")}]`;
    case "length":
      if (typeof value !== "string") return undefined;
      if (value.length > constraint.max) return `have length less than or equal to ${constraint.max}`;
      if (value.length < constraint.min) return `have length greater than or equal to ${constraint.min}`;
      return undefined;
    case "pattern":
      if (typeof value !== "string" || constraint.pattern.test(value)) return undefined;
      return `satisfy regular expression pattern: ${constraint.pattern.source}`;
  }
}

function brokenRange(value: number, range: Extract<Constraint, { kind: "range" }>): string | undefined {
  if (range.integer && !Number.isInteger(value)) return "be an integer";
  if (value > range.max) return `have value less than or equal to ${range.max}`;
  if (value < range.min) return `have value greater than or equal to ${range.min}`;
  return undefined;
}

function missing(path: string): Problem {
  const text = `Value null at '${path}' failed to satisfy constraint: Member must not be null`;
  return { kind: "missing", path, text };
}

function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
