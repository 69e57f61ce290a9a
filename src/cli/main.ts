import { Command } from "commander";
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
  .command("sandbox")
  .description("Run a local AWS (ECS, ELBv2, CloudWatch, STS) with real traffic until stopped")
  .requiredOption("--file <path>", "what stands in the account, e.g. examples/orders/sandbox.yml")
  .option("--port <number>", "port of the AWS endpoint (default: any free one)")
  .action(async (options: { file: string; port?: string }) => {
    process.exitCode = await sandboxCommand(options);
  });

program
  .command("rehearse")
  .description("Release a good and a bad version of the example service on a local AWS, under load")
  .option("--strategy <name>", "how traffic moves: blue-green", "blue-green")
  .option("--spec <file>", "the spec to go by (default: examples/orders/sluice.yml)")
  .option("--json <file>", "write all figures and the timeline there")
  .action(async (options: { strategy: string; spec?: string; json?: string }) => {
    const interrupted = new AbortController();
    process.once("SIGINT", () => interrupted.abort());
    process.exitCode = await rehearseCommand({
      ...options,
      screen: process.stdout,
      environment: process.env,
      signal: interrupted.signal,
    });
  });

await program.parseAsync();
