import { Command, Option } from "commander";
import { type AdviseOptions, adviseCommand } from "./advise.ts";
import { addBacktestCommand } from "./backtest/command.ts";
import { addByHandCommands } from "./by-hand/commands.ts";
import type { RehearseOptions } from "./rehearse/options.ts";
import { rehearseCommand } from "./rehearse/rehearse.ts";
import { sandboxCommand } from "./sandbox.ts";
import { validateCommand } from "./validate.ts";

const program = new Command("sluice")
  .description("Zero-downtime releases of Amazon ECS services")
  .showHelpAfterError()
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));

program
  .command("validate")
  .description("Check specs, and say everything that is wrong with them")
  .argument("<file...>", "paths of specs (sluice.yml)")
  .option("--json", "print machine-readable results", false)
  .action(async (files: string[], options: { json: boolean }) => {
    process.exitCode = await validateCommand(files, { json: options.json, out: process.stdout });
  });

program
  .command("advise")
  .description("Say which strategy fits a service, from a day of its metrics and its routes; changes nothing")
  .requiredOption("--spec <file>", "the service's spec (sluice.yml)")
  .option("--service <name>", "which service of the spec (default: the only one)")
  .option("--region <name>", "AWS Region (default: that of the spec's routes)")
  .option("--one-version", "two versions may not serve side by side", false)
  .option("--spare-tasks <number>", "how many tasks can run beside those of the desired count")
  .option("--json", "print machine-readable results", false)
  .action(
    async (
      options: Pick<AdviseOptions, "spec" | "service" | "region" | "oneVersion" | "spareTasks" | "json">,
    ) => {
      const streams = { out: process.stdout, err: process.stderr };
      process.exitCode = await adviseCommand({ ...options, ...streams, nowMs: Date.now });
    },
  );

program
  .command("sandbox")
  .description("Run a local AWS (ECS, ELBv2, CloudWatch, STS) with real traffic until stopped")
  .requiredOption("--file <path>", "what stands in the account, e.g. examples/orders/sandbox.yml")
  .option("--port <number>", "port of the AWS endpoint (default: any free one)")
  .action(async (options: { file: string; port?: string }) => {
    process.exitCode = await sandboxCommand(options);
  });

program
  .command("rehearse")
  .description("Release a good and a bad version of a service on a local AWS, under load")
  .option("--strategy <name>", "canary, blue-green or rolling (default: the spec's)")
  .option("--spec <file>", "the spec to go by (default: that of the example service)")
  .option("--service <name>", "which service of the spec (default: the only one)")
  .option(
    "--app <command>",
    "what serves, for a shell; it gets PORT, HOST and VERSION (default: the example)",
  )
  .option("--bad-app <command>", "what the bad release runs (default: --app, failing one user in five)")
  .option("--version-env <name>", "the variable by which --app is told its version (default: VERSION)")
  .option("--health-path <path>", "what health checks ask --app for (default: /)")
  .option("--path <path...>", "what users ask --app for (default: /)")
  .option("--desired-count <number>", "tasks of the service, 1 to 20 (default: 4)")
  .option("--requests-per-second <number>", "what users ask, 20 to 1000 (default: 320)")
  .option("--json <file>", "write all figures and the timeline there")
  .addOption(new Option("--bundle <file>", "the action's bundle to rehearse with").hideHelp())
  .action(async (options: Omit<RehearseOptions, "screen" | "environment" | "signal">) => {
    const interrupted = new AbortController();
    process.once("SIGINT", () => interrupted.abort());
    process.exitCode = await rehearseCommand({
      ...options,
      screen: process.stdout,
      environment: process.env,
      signal: interrupted.signal,
    });
  });

addBacktestCommand(program);
addByHandCommands(program);

await program.parseAsync();
