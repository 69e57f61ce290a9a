import type { Command } from "commander";
import { backtestCommand } from "../backtest.ts";
import { recordCommand } from "./record.ts";

interface Given {
  readonly spec: string;
  readonly service?: string;
  readonly trace?: readonly string[];
  readonly json: boolean;
  readonly fromCloudwatch: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly region?: string;
}

const STATUSES = `
Exits with 0 where all traces are healthy, 1 where one is a regression, 2 where one (or the spec) is unusable, 3 where one
has insufficient evidence. Of several the worst counts: 2, then 1, then 3.`;

/** Adds `backtest`. */
export function addBacktestCommand(program: Command): void {
  program
    .command("backtest")
    .description("Replay recorded rollouts through a spec's gates; changes nothing")
    .argument("[trace...]", "as --trace")
    .requiredOption("--spec <file>", "the spec (sluice.yml)")
    .option("--service <name>", "which service of the spec (default: the only one)")
    .option("--trace <file...>", "recorded rollouts, as JSON lines; - is standard input")
    .option("--json", "print one JSON object a trace, each on a line", false)
    .option("--from-cloudwatch", "instead: record a rollout of the past as a trace", false)
    .option("--from <time>", "where the recording begins, some time before the rollout: 2026-11-20T14:00:00Z")
    .option("--to <time>", "where it ends")
    .option("--out <file>", "where to write it (default: standard output)")
    .option("--region <name>", "AWS Region of the recording (default: that of the spec's routes)")
    .addHelpText("after", STATUSES)
    .action(async (files: readonly string[], given: Given) => {
      process.exitCode = await run([...(given.trace ?? []), ...files], given);
    });
}

async function run(traces: readonly string[], given: Given): Promise<number> {
  const { stdout: out, stderr: err, stdin, env } = process;
  const misplaced = misplacedOf(traces, given);
  if (misplaced) {
    err.write(`${misplaced}\n`);
    return 2;
  }
  if (given.fromCloudwatch) return recordCommand(given, { out, err, nowMs: Date.now });
  return backtestCommand({ ...given, traces }, { out, err, stdin, env });
}

/** Options of the one that were given with the other. */
function misplacedOf(traces: readonly string[], given: Given): string | undefined {
  if (given.fromCloudwatch) {
    return traces.length === 0
      ? undefined
      : `--from-cloudwatch records a trace, and replays none: ${traces[0]}`;
  }
  const option = (["from", "to", "out", "region"] as const).find((name) => given[name] !== undefined);
  return option && `--${option} belongs to --from-cloudwatch`;
}
