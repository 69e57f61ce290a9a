import { tmpdir } from "node:os";
import { join } from "node:path";
import { getInput, setSecret } from "@actions/core";
import { SluiceError } from "../core/errors.ts";
import type { Release } from "../core/plan.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import type { Phase } from "../phases/run.ts";
import { loadSpec, readDefinition } from "./inputs/files.ts";
import { parseSourceSecrets, type SourceSecrets } from "./inputs/source-secrets.ts";
import {
  loadAll,
  toApprovals,
  toBoolean,
  toPhase,
  toRollout,
  toStrategy,
  toWatchFor,
  toWebUrl,
  toWithoutEvidence,
  wrong,
} from "./inputs/values.ts";

/** What every job was given. */
interface JobInputs {
  readonly githubToken: string;
  readonly runUrl: string | undefined;
  /** In which people approve; undefined: nobody is asked in this run. */
  readonly approvalEnvironment: string | undefined;
  /** RUNNER_TEMP, or the system's. */
  readonly folder: string;
}

export interface ReportInputs extends JobInputs {
  readonly phase: "report";
  /** The folder with the journals of the rollout's jobs. */
  readonly journals: string;
}

/** Of a phase of a rollout, or of a whole one. */
export interface Inputs extends JobInputs {
  readonly phase: Phase;
  readonly spec: ServiceSpec;
  readonly release: Release;
  /** A name, or "current". */
  readonly rollout: string;
  readonly region: string | undefined;
  readonly approvals: number;
  /** For the promote phase: what its gates lack holds nothing up. */
  readonly withoutEvidence: boolean;
  /** For the rollback phase: a task definition, or a commit, to go back to. */
  readonly to: string | undefined;
  /** For the rollback phase, after a finished rollout: the spec's smoke checks, gates and bake hold. */
  readonly gates: boolean;
  /** Why a person asked for a rollback, or a promotion. */
  readonly reason: string | undefined;
  readonly runId: string | undefined;
  /** The role that the process assumes by the job's OIDC token; undefined: the environment's credentials. */
  readonly roleArn: string | undefined;
  readonly journalPath: string;
  /** In which the rollout is recorded as a Deployment; undefined: it is not. */
  readonly environment: string | undefined;
  readonly environmentUrl: string | undefined;
  readonly watchForMs: number;
  /** What the spec's sources ask with, by the names that it has for them; in no state, journal or output. */
  readonly sourceSecrets: SourceSecrets["values"];
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Everything the job was given, checked; the token and the sources' secrets are masked in the log before anything is
 * said. Throws one SluiceError, "configuration", with all that is wrong, before AWS or GitHub is asked anything.
 */
export function loadInputs(environment: Environment): Inputs | ReportInputs {
  const githubToken = getInput("github-token");
  if (githubToken) setSecret(githubToken);
  const secrets = maskedSourceSecrets();
  const asked = getInput("phase") || "rollout";
  const job = {
    githubToken,
    runUrl: runUrlOf(environment),
    approvalEnvironment: getInput("approval-environment") || undefined,
    folder: environment.RUNNER_TEMP || tmpdir(),
  };
  return asked === "report"
    ? { ...job, phase: asked, journals: getInput("journals") }
    : loadPhase(asked, job, secrets, environment);
}

/**
 * Masks each value by itself: of what a workflow hands on, a runner masks the whole and its lines, names included
 * (actions/runner, `Worker.InitializeSecretMasker`). It masks the lines of what it is told here, too (actions/runner#1521).
 */
export function maskedSourceSecrets(): SourceSecrets {
  const secrets = parseSourceSecrets(getInput("source-secrets"));
  for (const mask of secrets.masks) setSecret(mask);
  return secrets;
}

function loadPhase(asked: string, job: JobInputs, secrets: SourceSecrets, environment: Environment): Inputs {
  const { strategy, spec, ...loaded } = loadAll({
    phase: () => phaseOf(asked),
    spec: () => loadSpec(getInput("spec") || "sluice.yml", getInput("service")),
    rollout: () => toRollout(getInput("rollout") || (environment.GITHUB_RUN_ID ?? ""), asked),
    release: () => toRelease(asked, job.runUrl, environment.GITHUB_SHA),
    approvals: () => toApprovals(getInput("approvals") || "0"),
    withoutEvidence: () => toWithoutEvidence(getInput("without-evidence"), asked),
    strategy: () => toStrategy(getInput("strategy")),
    gates: () => toBoolean("gates", getInput("gates")),
    environmentUrl: () => toWebUrl("environment-url", getInput("environment-url")),
    watchForMs: () => toWatchFor(getInput("watch-for") || "5h"),
    sourceSecrets: () => toSourceSecrets(secrets),
  });
  const journal = `sluice-journal-${loaded.rollout.replaceAll(/[^\w.-]/g, "_")}.jsonl`;
  return {
    ...job,
    ...loaded,
    spec: strategy ? { ...spec, strategy } : spec,
    to: getInput("to") || undefined,
    reason: getInput("reason") || undefined,
    environment: getInput("environment") || undefined,
    runId: environment.GITHUB_RUN_ID || undefined,
    roleArn: getInput("role-to-assume") || undefined,
    region: getInput("aws-region") || undefined,
    journalPath: getInput("journal") || join(job.folder, journal),
  };
}

function phaseOf(text: string): Phase {
  const phase = toPhase(text);
  if (phase === "report") throw new Error("the report phase has inputs of its own");
  return phase;
}

function toSourceSecrets({ values, problems }: SourceSecrets): SourceSecrets["values"] {
  if (problems.length > 0) throw wrong("source-secrets", problems.join("; "));
  return values;
}

function toRelease(phase: string, runUrl: string | undefined, commit: string | undefined): Release {
  const version = getInput("version");
  return {
    source: toSource(getInput("image"), getInput("task-definition"), phase),
    ...(version ? { version } : {}),
    ...(commit ? { commit } : {}),
    ...(runUrl ? { runUrl } : {}),
  };
}

function toSource(image: string, taskDefinition: string, phase: string): Release["source"] {
  if (/\s/.test(image)) throw wrong("image", `${JSON.stringify(image)} has white space`);
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
  if (["rollout", "stage", "plan"].includes(phase)) {
    throw wrong("image", "give the new image, or a task-definition");
  }
  return { kind: "staged" };
}

function runUrlOf(environment: Environment): string | undefined {
  const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID } = environment;
  if (!GITHUB_SERVER_URL || !GITHUB_REPOSITORY || !GITHUB_RUN_ID) return undefined;
  return `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`;
}
