import { warning } from "@actions/core";
import { deskFor, environmentProblems, orSoon, recordDecisions, refusedBy } from "./github/desk/for-job.ts";
import { goesForward } from "./github/desk/notes.ts";
import { createWatchEnd } from "./github/desk/watch-end.ts";
import type { GitHubDesk } from "./github/desk.ts";
import { type Inputs, loadInputs } from "./github/inputs.ts";
import { fetchOidcToken } from "./github/oidc.ts";
import { report } from "./github/report.ts";
import { runReport } from "./github/report-phase.ts";
import { openSpokenJournal } from "./github/spoken-journal.ts";
import { keepState } from "./github/state.ts";
import { realClock } from "./phases/clock.ts";
import { asSluiceError } from "./phases/controller.ts";
import { run } from "./phases/run.ts";

/** The action: inputs → run → report. */
async function main(): Promise<number> {
  const summaryPath = process.env.GITHUB_STEP_SUMMARY;
  try {
    const inputs = loadInputs(process.env);
    const desk = deskFor(inputs, process.env);
    return inputs.phase === "report"
      ? await runReport({ ...inputs, desk, summaryPath })
      : await release(inputs, desk, summaryPath);
  } catch (error) {
    const failed = { kind: "failed", error: asSluiceError(error) } as const;
    return report(failed, [], { rollout: "", journalPath: "", summaryPath });
  }
}

/** One phase, or all of them. What GitHub is asked goes on beside it: no release waits for that. */
async function release(inputs: Inputs, desk: GitHubDesk, summaryPath: string | undefined): Promise<number> {
  const signal = cancellation();
  const { record, lines } = openSpokenJournal(inputs.journalPath, keepState(inputs, signal));
  const recordAll = (): Promise<void> => recordDecisions(inputs, desk, process.env, record);
  const isWatch = inputs.phase === "watch";
  const decided = isWatch ? undefined : recordAll();
  const checked = environmentProblems(inputs, desk);
  const end = { environment: inputs.approvalEnvironment, limitMs: inputs.watchForMs, nowMs: realClock.nowMs };
  const came = await run({
    ...inputs,
    env: { ...process.env, ...inputs.sourceSecrets },
    fetchToken: () => fetchOidcToken(process.env),
    watchEnd: isWatch ? createWatchEnd(desk, end) : undefined,
    onBegin: goesForward(inputs.phase) ? desk.begin : undefined,
    record,
    clock: realClock,
    random: Math.random,
    signal,
  });
  const problems = await checked;
  for (const { kind, message } of problems) if (kind === "warn") warning(message, { title: "Sluice: plan" });
  const outcome = refusedBy(problems, came);
  await orSoon(decided ?? recordAll());
  record({ kind: "job-ended", phase: inputs.phase, outcome });
  const status = report(outcome, lines, { ...inputs, summaryPath });
  await desk.end(lines, inputs.phase, outcome);
  return status;
}

/** A cancelled job gets SIGINT, and 7.5 s later SIGTERM: time for the weights to go back first. */
function cancellation(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => controller.abort(new Error(`cancelled by ${signal}`)));
  }
  return controller.signal;
}

process.exitCode = await main();
