import { setTimeout as delay } from "node:timers/promises";
import { warning } from "@actions/core";
import { CURRENT } from "../../core/current.ts";
import { SluiceError } from "../../core/errors.ts";
import type { JournalEvent } from "../../core/journal.ts";
import type { Outcome } from "../../core/outcome.ts";
import type { Decision, GitHubDesk, Protection } from "../desk.ts";
import type { Inputs, ReportInputs } from "../inputs.ts";
import { type Asked, createDesk } from "./create.ts";
import { type ProtectionProblem, protectionProblems } from "./protection.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** After reviewers have let something pass, or kept it from passing. */
const AFTER_REVIEWS: ReadonlySet<string> = new Set(["shift", "promote", "finish", "watch", "rollback"]);
/** How long a job that is done waits for what GitHub has on record. */
const RECORD_MS = 3_000;

/** The desk of a job; what it could not do is said as a warning. `environment`: the runner's variables. */
export function deskFor(inputs: Inputs | ReportInputs, environment: Environment): GitHubDesk {
  const isPhase = inputs.phase !== "report";
  return createDesk(environment, inputs.githubToken, {
    environment: isPhase ? inputs.environment : undefined,
    environmentUrl: isPhase ? inputs.environmentUrl : undefined,
    runUrl: inputs.runUrl,
    approvalEnvironment: inputs.approvalEnvironment,
    asked: isPhase ? askedBy(inputs, environment) : undefined,
    say: (complaint) => warning(complaint, { title: "Sluice: GitHub" }),
  });
}

/**
 * Who asked for this job by hand. A dispatched run may also be a whole release, whose own promotion and rollback
 * nobody asks for: they name neither a reason, nor a way back, nor the current rollout.
 */
export function askedBy(inputs: Inputs, environment: Environment): Asked | undefined {
  const { GITHUB_EVENT_NAME, GITHUB_TRIGGERING_ACTOR, GITHUB_ACTOR } = environment;
  const by = GITHUB_TRIGGERING_ACTOR || GITHUB_ACTOR;
  const isByHand = inputs.rollout === CURRENT || inputs.reason !== undefined || inputs.to !== undefined;
  if (GITHUB_EVENT_NAME !== "workflow_dispatch" || !by || !isByHand) return undefined;
  return { by, ...(inputs.reason ? { reason: inputs.reason } : {}) };
}

/** What people decided, for the journal: whoever asked for this job, and the reviewers of its run. */
export async function recordDecisions(
  inputs: Inputs,
  desk: Pick<GitHubDesk, "decisions">,
  environment: Environment,
  record: (event: JournalEvent) => void,
): Promise<void> {
  const asked = askedBy(inputs, environment);
  if (asked && inputs.phase === "promote")
    record({ ...decision("promotion", asked), ...(inputs.withoutEvidence ? { withoutEvidence: true } : {}) });
  if (asked && inputs.phase === "rollback") record(decision("rollback", asked));
  const isOnGitHub = inputs.approvalEnvironment !== undefined || inputs.environment !== undefined;
  if (!isOnGitHub || !AFTER_REVIEWS.has(inputs.phase)) return;
  for (const decided of await desk.decisions()) record(decided);
}

function decision(what: Decision["what"], { by, reason }: Asked): Decision {
  return { kind: "decided", what, by, ...(reason ? { comment: reason } : {}) };
}

/** Ends when `recorded` does, and soon in any case: what GitHub says late is not worth a job's time. */
export async function orSoon(recorded: Promise<void>): Promise<void> {
  const late = new AbortController();
  const limit = delay(RECORD_MS, undefined, { signal: late.signal }).catch(() => undefined);
  await Promise.race([recorded, limit]);
  late.abort();
}

/** What is wrong with the environments that the jobs of a rollout are to run in; only `plan` asks. */
export async function environmentProblems(
  { phase, spec, approvalEnvironment, environment }: Inputs,
  desk: Pick<GitHubDesk, "protectionOf">,
): Promise<readonly ProtectionProblem[]> {
  if (phase !== "plan" || spec.approvals.protection === "off") return [];
  const look = async (name: string | undefined): Promise<Named | undefined> =>
    name === undefined ? undefined : { name, protection: await desk.protectionOf(name) };
  const [approval, acting] = await Promise.all([look(approvalEnvironment), look(environment)]);
  return protectionProblems(spec.approvals, { approval, acting });
}

interface Named {
  readonly name: string;
  readonly protection: Protection;
}

/** A plan that must not be gone by: what is wrong with the environments is told with all else that is. Pure. */
export function refusedBy(problems: readonly ProtectionProblem[], outcome: Outcome): Outcome {
  const refusals = problems.filter(({ kind }) => kind === "refuse").map(({ message }) => message);
  if (refusals.length === 0) return outcome;
  const isWrong = outcome.kind === "failed";
  if (isWrong && outcome.error.kind !== "configuration") return outcome;
  const message = [...(isWrong ? [outcome.error.message] : []), ...refusals].join("\n");
  const hint = "Nothing was changed. What is expected of environments is `approvals` in the spec.";
  return { kind: "failed", error: new SluiceError("configuration", message, { hint }) };
}
