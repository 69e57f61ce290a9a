import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { RELEASE, REWRITE_NAMES, type RewriteName, rewrite } from "./rewrites.ts";

declare module "vitest" {
  export interface ProvidedContext {
    /** The folder that act takes for the release: action files and workflows, rewritten, and a fresh dist/. */
    readonly release: string;
    /** The same without the action's post step, which a lost runner does not come to. */
    readonly releaseWithoutPost: string;
    /** The folder that act takes for an action of others, by "OWNER/NAME@REF" as the files pin it. */
    readonly standIns: Readonly<Record<string, string>>;
  }
}

/** What a runner fetches of the repository and uses. The sources, for one, it does not. */
const USED = ["action.yml", "actions", ".github/workflows"];
/** What Node.js asks about the files in dist/. */
const PACKAGE = "package.json";
const STAND_INS: Readonly<Record<string, string>> = {
  "actions/upload-artifact": "upload-artifact",
  "actions/download-artifact": "download-artifact",
};
/** Part of act. */
const KNOWN_TO_ACT = "actions/checkout";
const BUILD_TIMEOUT_MS = 60_000;

/** Makes the release, of the files as they are now, once for all tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { root } = project.config;
  const folder = await mkdtemp(join(tmpdir(), "sluice-release-"));
  const release = join(folder, "release");
  const texts = await copyRewritten(root, release);
  await cp(join(root, PACKAGE), join(release, PACKAGE));
  await promisify(execFile)(process.execPath, ["scripts/build.ts", "--outdir", join(release, "dist")], {
    cwd: root,
    timeout: BUILD_TIMEOUT_MS,
  });
  project.provide("release", release);
  project.provide("releaseWithoutPost", await copyWithoutPost(release, join(folder, "without-post")));
  project.provide("standIns", await copyStandIns(join(root, "test/workflow/stand-ins"), folder, texts));
  return () => rm(folder, { recursive: true, force: true });
}

/** The texts as written. Rejects when a rewrite has nothing to rewrite any more: then it is to go. */
async function copyRewritten(root: string, release: string): Promise<readonly string[]> {
  const applied = new Set<RewriteName>();
  const texts: string[] = [];
  for (const path of await yamlFilesOf(root, USED)) {
    const rewritten = rewrite(await readFile(join(root, path), "utf8"));
    for (const name of rewritten.applied) applied.add(name);
    await mkdir(dirname(join(release, path)), { recursive: true });
    await writeFile(join(release, path), rewritten.text);
    texts.push(rewritten.text);
  }
  const idle = REWRITE_NAMES.filter((name) => !applied.has(name));
  if (idle.length > 0) throw new Error(`no file needs the rewrite ${idle.join(", ")} any more`);
  return texts;
}

async function copyWithoutPost(release: string, copy: string): Promise<string> {
  await cp(release, copy, { recursive: true });
  const text = await readFile(join(copy, "action.yml"), "utf8");
  const without = text.replaceAll(/^ +post(?:-if)?: .*\n/gm, "");
  if (without === text) throw new Error("action.yml has no post step");
  await writeFile(join(copy, "action.yml"), without);
  return copy;
}

async function yamlFilesOf(root: string, paths: readonly string[]): Promise<readonly string[]> {
  const found = paths.map(async (path) => {
    if ((await stat(join(root, path))).isFile()) return [path];
    const below = await readdir(join(root, path), { recursive: true });
    return below.map((name) => join(path, name));
  });
  return (await Promise.all(found)).flat().filter((path) => path.endsWith(".yml"));
}

/**
 * Folders for all actions of others that `texts` use, pinned as they are there. act takes a folder with action.yml
 * for a repository, so each gets one with the files of all stand-ins.
 */
async function copyStandIns(
  source: string,
  folder: string,
  texts: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const used = texts.flatMap((text) => [...text.matchAll(/^\s*(?:- )?uses: ([^.\s]\S*?)@(\S+)/gm)]);
  const copies = new Map<string, string>();
  for (const [, action = "", ref = ""] of used) {
    if (action === KNOWN_TO_ACT || isOwn(action) || copies.has(`${action}@${ref}`)) continue;
    const name = STAND_INS[action];
    if (name === undefined) throw new Error(`there is no stand-in for ${action}`);
    const copy = join(folder, `${name}-${ref}`);
    await cp(source, copy, { recursive: true });
    await cp(join(copy, name, "action.yml"), join(copy, "action.yml"));
    copies.set(`${action}@${ref}`, copy);
  }
  return Object.fromEntries(copies);
}

const isOwn = (action: string): boolean => `${action}/`.startsWith(`${RELEASE.repository}/`);
