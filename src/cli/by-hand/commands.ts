import type { Command } from "commander";
import { realClock } from "../../phases/clock.ts";
import { type ReleaseOptions, releaseCommand, type Surroundings } from "./release.ts";
import { type StatusOptions, statusCommand } from "./status.ts";

/** Adds `status`, `plan`, `promote` and `rollback`: what a person does when no workflow can. */
export function addByHandCommands(program: Command): void {
  common(program.command("status"))
    .description("Say what stands where right now, from AWS alone")
    .action(async (options: StatusOptions) => {
      process.exitCode = await statusCommand(options, streams());
    });
  release(program.command("plan"), "plan")
    .description("Say all that a release would write, and when; writes nothing")
    .option("--rollout <name>", "the rollout's name (default: manual)")
    .option("--image <image>", "the new image, with tag or digest")
    .option("--task-definition <name>", "instead of an image: a family, family:revision or ARN");
  release(program.command("promote"), "promote")
    .description("Let every approve step pass and give the new version all traffic")
    .option("--rollout <name>", "the rollout (default: whichever is under way)")
    .option(
      "--without-evidence",
      "go on where its gates know too little; a regression still rolls back",
      false,
    )
    .option("--finish", "remove the old version, too", false);
  release(program.command("rollback"), "rollback")
    .description("Take back the release that is under way, or the last one")
    .option("--rollout <name>", "the rollout (default: whichever is under way, else the one that serves)")
    .option("--to <release>", "after a finished rollout: the task definition, or commit, to go back to")
    .option("--gates", "after a finished rollout: with the spec's smoke checks, gates and bake", false);
}

function common(command: Command): Command {
  return command
    .requiredOption("--spec <file>", "the spec (sluice.yml)")
    .option("--service <name>", "which service of the spec")
    .option("--region <name>", "AWS Region (default: that of the spec's routes)")
    .option("--json", "print one JSON object at the end; progress goes to standard error", false);
}

function release(command: Command, name: ReleaseOptions["command"]): Command {
  return common(command)
    .option("--dry-run", "write nothing; print every write and the aws command for it", false)
    .option("--journal <file>", "where to write the journal (default: in the temporary folder)")
    .action(async (options: Omit<ReleaseOptions, "command">) => {
      const around = { ...streams(), signal: cancellation() };
      process.exitCode = await releaseCommand({ ...options, command: name }, around);
    });
}

/** A reader that goes away (`| head`) must not end a rollback in its middle: what is said is lost, no more. */
function streams(): Omit<Surroundings, "signal"> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  return { out: process.stdout, err: process.stderr, env: process.env, clock: realClock };
}

const INTERRUPTED = 130;

/** The first Ctrl-C cancels, as a cancelled job does; the second ends at once and leaves things as they are. */
function cancellation(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(INTERRUPTED);
      controller.abort(new Error(`cancelled by ${signal}`));
      process.stderr.write("cancelling; once more ends at once and leaves everything as it is\n");
    });
  }
  return controller.signal;
}
