import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly spec: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Hears what is printed so far, with the process. */
  readonly onOutput?: (text: string, process: ChildProcess) => void;
}

const LONGEST_MS = 90_000;

/** Runs `sluice COMMAND… --spec FILE`, the CLI's bundle, as a person with credentials does. */
export async function sluice(
  sandbox: Sandbox,
  words: readonly string[],
  { spec, env, onOutput }: CliOptions,
): Promise<CliResult> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-cli-"));
  const path = join(folder, "sluice.yml");
  writeFileSync(path, spec);
  const bundle = join(dirname(inject("mainBundle")), "cli.js");
  const child = spawn(process.execPath, [bundle, ...words, "--spec", path], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder, ...credentialsFor(sandbox), ...env },
  });
  const timeout = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk.toString("utf8");
      onOutput?.(said.stdout + said.stderr, child);
    });
  }
  const [exitCode] = (await once(child, "close")) as [number | null];
  clearTimeout(timeout);
  rmSync(folder, { recursive: true, force: true });
  return { exitCode, ...said };
}

/** What any AWS client needs to reach the sandbox. */
export const credentialsFor = (sandbox: Sandbox): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL: sandbox.endpoint,
  AWS_ACCESS_KEY_ID: "AKIABYHAND0000000001",
  AWS_SECRET_ACCESS_KEY: "sandbox",
});
