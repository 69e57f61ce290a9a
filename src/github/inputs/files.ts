import { readFileSync } from "node:fs";
import { SluiceError } from "../../core/errors.ts";
import { parseSpec } from "../../core/spec/parse.ts";
import { formatProblems } from "../../core/spec/problem.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { selectService } from "../../core/spec/select.ts";
import { wrong } from "./values.ts";

/** Throws SluiceError, "configuration", with all that is wrong in the file. */
export function loadSpec(path: string, service: string): ServiceSpec {
  const text = readOrThrow("spec", path);
  const parsed = parseSpec(text, path);
  if (parsed.kind === "spec") return selectService(parsed.spec, service || undefined);
  throw new SluiceError("configuration", formatProblems(parsed.problems, path, text).join("\n"));
}

/** As RegisterTaskDefinition takes it, or as `aws ecs describe-task-definition` prints it. */
export function readDefinition(path: string): Readonly<Record<string, unknown>> {
  const text = readOrThrow("task-definition", path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw wrong("task-definition", `${path} is not JSON: ${(error as Error).message}`);
  }
  const wrapped = (parsed as { taskDefinition?: unknown } | null)?.taskDefinition ?? parsed;
  const definition = wrapped as Readonly<Record<string, unknown>> | null;
  if (typeof definition?.family !== "string" || !Array.isArray(definition.containerDefinitions)) {
    throw wrong("task-definition", `${path} has no family or no containerDefinitions`);
  }
  return definition;
}

function readOrThrow(input: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : String(code);
    throw wrong(input, `${path}: ${why}`);
  }
}
