import { info } from "@actions/core";
import { createNarrator } from "./core/describe.ts";
import { formatDuration } from "./core/spec/duration.ts";
import { loadInputs } from "./github/inputs.ts";
import { fetchOidcToken } from "./github/oidc.ts";
import { report } from "./github/report.ts";
import { realClock } from "./phases/clock.ts";
import { asSluiceError } from "./phases/controller.ts";
import { openJournal } from "./phases/journal.ts";
import { run } from "./phases/run.ts";

/** The action: inputs → run → report. */
async function main(): Promise<number> {
  const startedAtMs = realClock.nowMs();
  const summaryPath = process.env.GITHUB_STEP_SUMMARY;
  try {
    const inputs = loadInputs(process.env);
    const narrate = createNarrator();
    const journal = openJournal(inputs.journalPath, realClock.nowMs, (line) => {
      const said = narrate(line);
      if (said) info(`${formatDuration(line.atMs - startedAtMs).padStart(7)}  ${onOneLine(said.text)}`);
    });
    const outcome = await run({
      ...inputs,
      fetchToken: () => fetchOidcToken(process.env),
      record: journal.record,
      clock: realClock,
      random: Math.random,
      signal: cancellation(),
    });
    return report(outcome, journal.lines, { ...inputs, summaryPath });
  } catch (error) {
    const failed = { kind: "failed", error: asSluiceError(error) } as const;
    return report(failed, [], { rollout: "", journalPath: "", summaryPath });
  }
}

/** Others' words (a stopped reason, an answer's body) must not begin a line: "::" there is a workflow command. */
function onOneLine(text: string): string {
  return text.replaceAll(/\s*[\r\n]+\s*/g, " | ");
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
