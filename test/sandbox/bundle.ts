import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  export interface ProvidedContext {
    /** The action's bundle, made of the sources as they are now. */
    readonly mainBundle: string;
  }
}

const BUILD_TIMEOUT_MS = 60_000;

/** Bundles the action once for all tests, beside dist/, whose freshness is another check's subject. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "sluice-bundle-"));
  await promisify(execFile)(process.execPath, ["scripts/build.ts", "--outdir", folder], {
    cwd: project.config.root,
    timeout: BUILD_TIMEOUT_MS,
  });
  project.provide("mainBundle", join(folder, "main.js"));
  return () => rm(folder, { recursive: true, force: true });
}
