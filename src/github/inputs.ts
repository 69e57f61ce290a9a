import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getInput } from "@actions/core";
import { SluiceError } from "../core/errors.ts";
import type { Release } from "../core/plan.ts";
import { rolloutNameProblem } from "../core/rollout-name.ts";
import { parseSpec } from "../core/spec/parse.ts";
import { formatProblems } from "../core/spec/problem.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { selectService } from "../core/spec/select.ts";
import type { Phase } from "../phases/run.ts";

export interface Inputs {
  readonly phase: Phase;
  readonly spec: ServiceSpec;
  readonly release: Release;
  readonly rollout: string;
  readonly region: string | undefined;
  readonly approvals: number;
  /** For the rollback phase: a task definition, or a commit, to go back to. */
  readonly to: string | undefined;
  /** For the rollback phase, after a finished rollout: the spec's smoke checks, gates and bake hold. */
  readonly gates: boolean;
  readonly runId: string | undefined;
  /** The role that the process assumes by the job's OIDC token; undefined: the environment's credentials. */
  readonly roleArn: string | undefined;
  readonly journalPath: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PHASES: readonly Phase[] = [
  "rollout",
  "plan",
  "stage",
  "verify",
  "shift",
  "promote",
  "finish",
  "rollback",
];
const STRATEGIES: readonly ServiceSpec["strategy"][] = ["canary", "blue-green", "rolling"];

/** Everything the job was given, checked. All that is wrong is said at once, before AWS is asked anything. */
export function loadInputs(environment: Environment): Inputs {
  const problems: string[] = [];
  const attempt = <T>(load: () => T): T | undefined => {
    try {
      return load();
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      problems.push(error.message);
      return undefined;
    }
  };
  const phase = attempt(() => toPhase(getInput("phase") || "rollout"));
  const spec = attempt(() => loadSpec(getInput("spec") || "sluice.yml", getInput("service")));
  const rollout = attempt(() => toRollout(getInput("rollout") || (environment.GITHUB_RUN_ID ?? ""), phase));
  const release = attempt(() => toRelease(phase, environment));
  const approvals = attempt(() => toApprovals(getInput("approvals") || "0"));
  const strategy = attempt(() => toStrategy(getInput("strategy")));
  const gates = attempt(() => toBoolean("gates", getInput("gates")));
  if (
    !phase ||
    !spec ||
    !rollout ||
    !release ||
    approvals === undefined ||
    !strategy ||
    gates === undefined
  ) {
    throw new SluiceError("configuration", problems.join("\n"), { hint: "Nothing was changed." });
  }
  const folder = environment.RUNNER_TEMP ?? tmpdir();
  return {
    phase,
    spec: strategy === "spec" ? spec : { ...spec, strategy },
    rollout,
    release,
    approvals,
    to: getInput("to") || undefined,
    gates,
    runId: environment.GITHUB_RUN_ID || undefined,
    roleArn: getInput("role-to-assume") || undefined,
    region: getInput("aws-region") || undefined,
    journalPath:
      getInput("journal") || join(folder, `sluice-journal-${rollout.replaceAll(/[^\w.-]/g, "_")}.jsonl`),
  };
}

function toApprovals(text: string): number {
  if (/^[0-3]$/.test(text)) return Number(text);
  throw new SluiceError("configuration", `input approvals: ${JSON.stringify(text)} is no number from 0 to 3`);
}

function toBoolean(input: string, text: string): boolean {
  if (["", "true", "false"].includes(text)) return text === "true";
  throw new SluiceError("configuration", `input ${input}: ${JSON.stringify(text)} is neither true nor false`);
}

function toStrategy(text: string): ServiceSpec["strategy"] | "spec" {
  if (text === "") return "spec";
  const strategy = STRATEGIES.find((known) => known === text);
  if (strategy) return strategy;
  throw new SluiceError(
    "configuration",
    `input strategy: ${JSON.stringify(text)} is none of ${STRATEGIES.join(", ")}`,
  );
}

function toPhase(text: string): Phase {
  const phase = PHASES.find((known) => known === text);
  if (phase) return phase;
  throw new SluiceError(
    "configuration",
    `input phase: ${JSON.stringify(text)} is none of ${PHASES.join(", ")}`,
  );
}

function loadSpec(path: string, service: string): ServiceSpec {
  const text = readOrThrow("spec", path);
  const parsed = parseSpec(text, path);
  if (parsed.kind === "spec") return selectService(parsed.spec, service || undefined);
  throw new SluiceError("configuration", formatProblems(parsed.problems, path, text).join("\n"));
}

function toRollout(text: string, phase: Phase | undefined): string {
  if (text === "") {
    throw new SluiceError(
      "configuration",
      "input rollout: it has no default outside GitHub Actions (GITHUB_RUN_ID is not set)",
    );
  }
  const problem = rolloutNameProblem(text);
  if (problem) throw new SluiceError("configuration", `input rollout: ${problem}`);
  if (text === "current" && phase !== "rollback") {
    throw new SluiceError("configuration", "input rollout: current is for the rollback phase only");
  }
  return text;
}

function toRelease(phase: Phase | undefined, environment: Environment): Release {
  const version = getInput("version");
  const commit = environment.GITHUB_SHA;
  const runUrl = runUrlOf(environment);
  return {
    source: toSource(getInput("image"), getInput("task-definition"), phase),
    ...(version ? { version } : {}),
    ...(commit ? { commit } : {}),
    ...(runUrl ? { runUrl } : {}),
  };
}

function toSource(image: string, taskDefinition: string, phase: Phase | undefined): Release["source"] {
  if (/\s/.test(image))
    throw new SluiceError("configuration", `input image: ${JSON.stringify(image)} has white space`);
  if (taskDefinition.endsWith(".json")) {
    return { kind: "definition", definition: readDefinition(taskDefinition), ...(image ? { image } : {}) };
  }
  if (image && taskDefinition) {
    throw new SluiceError(
      "configuration",
      "inputs image and task-definition: together they need task-definition to be a JSON file",
    );
  }
  if (image) return { kind: "image", image };
  if (taskDefinition) return { kind: "task-definition", taskDefinition };
  if (phase === "rollout" || phase === "stage" || phase === "plan") {
    throw new SluiceError("configuration", "input image: give the new image, or a task-definition");
  }
  return { kind: "staged" };
}

/** As RegisterTaskDefinition takes it, or as `aws ecs describe-task-definition` prints it. */
function readDefinition(path: string): Readonly<Record<string, unknown>> {
  const text = readOrThrow("task-definition", path);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new SluiceError(
      "configuration",
      `input task-definition: ${path} is not JSON: ${(error as Error).message}`,
    );
  }
  const wrapped = (parsed as { taskDefinition?: unknown } | null)?.taskDefinition ?? parsed;
  const definition = wrapped as Readonly<Record<string, unknown>> | null;
  if (typeof definition?.family !== "string" || !Array.isArray(definition.containerDefinitions)) {
    throw new SluiceError(
      "configuration",
      `input task-definition: ${path} has no family or no containerDefinitions`,
    );
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
    throw new SluiceError("configuration", `input ${input}: ${path}: ${why}`);
  }
}

function runUrlOf(environment: Environment): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = environment;
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY || !GITHUB_RUN_ID) return undefined;
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
