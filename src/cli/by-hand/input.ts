import { readFileSync } from "node:fs";
import { SluiceError } from "../../core/errors.ts";
import type { Release } from "../../core/plan.ts";
import { rolloutNameProblem } from "../../core/rollout-name.ts";
import { parseSpec } from "../../core/spec/parse.ts";
import { formatProblems } from "../../core/spec/problem.ts";
import { regionOf as regionOfRoutes } from "../../core/spec/region.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { selectService } from "../../core/spec/select.ts";

/** The spec's services, or the one called `service`. Throws a `configuration` error that says all that is wrong. */
export function loadServices(path: string, service: string | undefined): readonly ServiceSpec[] {
  const text = readText(path);
  const parsed = parseSpec(text, path);
  if (parsed.kind === "problems") {
    throw new SluiceError("configuration", formatProblems(parsed.problems, path, text).join("\n"));
  }
  return service === undefined ? parsed.spec.services : [selectService(parsed.spec, service)];
}

/** The one service meant. Throws a `configuration` error that lists them where there are several. */
export function loadService(path: string, service: string | undefined): ServiceSpec {
  return selectService({ services: loadServices(path, service) }, service);
}

/**
 * The Region of the spec's routes. A laptop's own default is often another, in which the service would be
 * missing. Throws a `configuration` error where another is asked for.
 */
export function regionOf(spec: ServiceSpec, asked: string | undefined): string | undefined {
  const region = regionOfRoutes(spec);
  if (asked === undefined || region === undefined || asked === region) return asked ?? region;
  throw new SluiceError("configuration", `--region ${asked}: the spec's routes are in ${region}`);
}

/** Throws a `configuration` error where a rollout cannot have that name. */
export function rolloutNamed(name: string): string {
  const problem = rolloutNameProblem(name);
  if (problem) throw new SluiceError("configuration", `--rollout: ${problem}`);
  return name;
}

/** What is to be released by `plan`. Throws a `configuration` error where that is nothing, or two things. */
export function sourceOf(image: string | undefined, taskDefinition: string | undefined): Release["source"] {
  if ((image === undefined) === (taskDefinition === undefined)) {
    throw new SluiceError("configuration", "give one of --image and --task-definition");
  }
  if (taskDefinition?.endsWith(".json")) {
    throw new SluiceError(
      "configuration",
      `--task-definition: ${taskDefinition}: expected a family, family:revision or an ARN`,
    );
  }
  if (/\s/.test(image ?? "")) {
    throw new SluiceError("configuration", `--image: ${JSON.stringify(image)} has white space`);
  }
  if (image !== undefined) return { kind: "image", image };
  return { kind: "task-definition", taskDefinition: taskDefinition ?? "" };
}

const WHY: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    throw new SluiceError("configuration", `--spec: ${path}: ${WHY[code] ?? (code || String(error))}`);
  }
}
