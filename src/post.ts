import { appendFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { error as annotateError, getInput, info, setSecret, warning } from "@actions/core";
import { SluiceError } from "./core/errors.ts";
import type { JournalLine } from "./core/journal.ts";
import type { Outcome } from "./core/outcome.ts";
import { describeUnfinished } from "./core/unfinished-rollback.ts";
import { createDesk } from "./github/desk/create.ts";
import { maskedSourceSecrets } from "./github/inputs.ts";
import { onItsLines, onOneLine } from "./github/log-text.ts";
import { fetchOidcToken } from "./github/oidc.ts";
import { type PostAction, postAction } from "./github/post-action.ts";
import { openSpokenJournal } from "./github/spoken-journal.ts";
import { loadState, type SavedRequest, type SavedState } from "./github/state.ts";
import { asText } from "./github/summary/text.ts";
import { renderSummary } from "./github/summary.ts";
import { realClock } from "./phases/clock.ts";
import { asSluiceError } from "./phases/controller.ts";
import { type RunRequest, run } from "./phases/run.ts";

/** GitHub ends a cancelled job 5 minutes after it was told to stop, whatever still runs. */
const LIMIT_MS = 270_000;
/** However late this begins, the weights have time to go back. */
const AT_LEAST_MS = 10_000;
/** What is left for the record on GitHub. */
const RECORD_MS = 15_000;

type TakeBack = Exclude<PostAction, { kind: "nothing" }>;

/** The step's end in a job that failed or was cancelled: what its main process had begun is taken back. */
async function main(): Promise<number> {
  try {
    const state = loadState(process.env);
    const action = postAction(state);
    if (state && action.kind !== "nothing") return await takeBack(state, action);
    info(`Nothing is taken back: ${action.why}.`);
    return 0;
  } catch (error) {
    return tell({ kind: "failed", error: asSluiceError(error) }, [], "the job failed or was cancelled");
  }
}

/**
 * Secrets of sources are not saved, so whether the old version has recovered is known as far as the runner still has
 * this step's inputs.
 */
async function takeBack({ request, progress }: SavedState, action: TakeBack): Promise<number> {
  const { values: secrets } = maskedSourceSecrets();
  const startedAtMs = realClock.nowMs();
  const endsAtMs = Math.max(startedAtMs + AT_LEAST_MS, (progress.cancelledAtMs ?? startedAtMs) + LIMIT_MS);
  const journal = openSpokenJournal(request.journalPath);
  info(`Taking the rollout back, since ${action.why}.`);
  if (action.kind === "take-back")
    journal.record({ kind: "rolling-back", gate: "cancelled", reason: action.why });
  const attempt = run({
    ...rollbackOf(request, action),
    env: { ...process.env, ...secrets },
    fetchToken: () => fetchOidcToken(process.env),
    record: journal.record,
    clock: realClock,
    random: Math.random,
    signal: new AbortController().signal,
  });
  const limit = endOfTime(endsAtMs - startedAtMs).then((why) =>
    unfinished(why, journal.lines, progress.rollout),
  );
  const outcome = await Promise.race([attempt, limit]);
  journal.record({ kind: "job-ended", phase: "rollback", outcome });
  const status = tell(outcome, journal.lines, action.why);
  await Promise.race([putOnRecord(request, journal.lines, outcome), delay(RECORD_MS)]);
  return status;
}

/** On the rollout's Deployment, where it has one, and once everything else is done. */
async function putOnRecord(
  { environment, environmentUrl, runUrl }: SavedRequest,
  lines: readonly JournalLine[],
  outcome: Outcome,
): Promise<void> {
  const token = getInput("github-token");
  if (token) setSecret(token);
  if (!token || !environment) return;
  const say = (complaint: string): void => info(onOneLine(complaint));
  const desk = createDesk(process.env, token, { environment, environmentUrl, runUrl, asked: undefined, say });
  await desk.end(lines, "rollback", outcome);
}

/** The rollback of one rollout by its name, which does nothing to a finished one; or the rollback that was asked for. */
function rollbackOf(
  { spec, rollout, to, gates, runId, roleArn, region, runUrl, commit }: SavedRequest,
  action: TakeBack,
): Omit<RunRequest, "record" | "clock" | "random" | "signal"> {
  const release = {
    source: { kind: "staged" },
    ...(runUrl ? { runUrl } : {}),
    ...(commit ? { commit } : {}),
  } as const;
  const common = { phase: "rollback", spec, release, approvals: 0, runId, roleArn, region } as const;
  return action.kind === "again" ? { ...common, rollout, to, gates } : { ...common, rollout: action.rollout };
}

/** Resolves with why nothing more can be done. A first signal may only repeat what the job was told. */
function endOfTime(leftMs: number): Promise<string> {
  process.on("SIGINT", () => info("Going on: the weights come first."));
  return new Promise((resolve) => {
    process.on("SIGTERM", () => resolve("GitHub stops the job"));
    setTimeout(() => resolve("GitHub leaves a cancelled job no more time"), leftMs);
  });
}

function unfinished(why: string, lines: readonly JournalLine[], rollout: string): Outcome {
  const message = `the rollback is not complete, and ${why}: ${describeUnfinished(lines)}`;
  const hint = `A rollback job of the same run goes on with it; where there is none, run the rollback phase with rollout: ${rollout}.`;
  return { kind: "failed", error: new SluiceError("deadline", message, { hint }) };
}

/** Says how it ended, once: the step summary and one annotation. Returns the exit status. */
function tell(outcome: Outcome, lines: readonly JournalLine[], why: string): number {
  const { GITHUB_STEP_SUMMARY: summaryPath } = process.env;
  const summary = `${asText(`After ${why}:`)}\n\n${renderSummary(lines, outcome)}`;
  if (summaryPath) appendFileSync(summaryPath, summary);
  if (outcome.kind === "reached") {
    warning(onItsLines(`${why}: ${outcome.reason}`), { title: "Sluice: taken back at the end of the job" });
    return 0;
  }
  const { message, hint } =
    outcome.kind === "failed" ? outcome.error : { message: outcome.reason, hint: undefined };
  annotateError(onItsLines([message, hint].filter(Boolean).join("\n")), { title: "Sluice: not taken back" });
  return 1;
}

const exitCode = await main();
process.exit(exitCode);
