import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { rewrite } from "./rewrites.ts";

const STARTERS = "workflows";
const RELEASES = ["canary.yml", "blue-green.yml", "rolling.yml"];
const WORKFLOWS = ".github/workflows";
const AUTHOR = ["-c", "user.name=octocat", "-c", "user.email=octocat@users.noreply.github.com"];

/** How a user answers what the starters of a release ask at their end: the line that stands there. */
const ANSWERS = {
  /** The file as it is. */
  reviewers: "      approval-environment: production-approval",
  /** The run ends held, and the promote workflow goes on. */
  "by dispatch": "      # approval-environment: production-approval",
  nobody: "      promote-automatically: true",
} as const;

/** Who lets a release be promoted. */
export type Promotion = keyof typeof ANSWERS;

export interface CallerOptions {
  /** OWNER/NAME. */
  readonly repository: string;
  /** The text of sluice.yml. */
  readonly spec: string;
  readonly promotion: Promotion;
}

/**
 * Makes a user's repository: all starters as they are, but for `promotion` and what act does not know, and a spec.
 * act takes GITHUB_REPOSITORY from its remote. Returns its commit.
 */
export async function createCaller(folder: string, options: CallerOptions): Promise<string> {
  await mkdir(join(folder, WORKFLOWS), { recursive: true });
  await writeFile(join(folder, "sluice.yml"), options.spec);
  for (const name of await readdir(STARTERS)) {
    if (!name.endsWith(".yml")) continue;
    const { text } = rewrite(await readFile(join(STARTERS, name), "utf8"));
    await writeFile(join(folder, WORKFLOWS, name), answered(name, text, options.promotion));
  }
  await git(folder, ["init", "--quiet", "--initial-branch=main"]);
  await git(folder, ["remote", "add", "origin", `https://github.com/${options.repository}.git`]);
  await git(folder, ["add", "--all"]);
  await git(folder, [...AUTHOR, "commit", "--quiet", "--message=Release with Sluice"]);
  return (await git(folder, ["rev-parse", "HEAD"])).trim();
}

function answered(name: string, text: string, promotion: Promotion): string {
  const question = ANSWERS.reviewers;
  if (RELEASES.includes(name) && !text.includes(`${question}\n`))
    throw new Error(`${name} asks no more who promotes`);
  return text.replace(question, ANSWERS[promotion]);
}

async function git(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)("git", ["-C", folder, ...args]);
  return stdout;
}
