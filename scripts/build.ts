import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

/** The bundles that runners execute, and the source that each begins with. */
const ENTRIES = { main: "src/main.ts", post: "src/post.ts", cli: "src/cli/main.ts" } as const;

/** Bundled CommonJS packages call `require`, which an ES module does not have. */
const REQUIRE =
  'import{createRequire as sluiceRequire}from"node:module";const require=sluiceRequire(import.meta.url);';

async function bundle(outdir: string): Promise<void> {
  await build({
    entryPoints: ENTRIES,
    outdir,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    banner: { js: REQUIRE },
    legalComments: "linked",
    mainFields: ["module", "main"],
    conditions: ["node", "import"],
    logLevel: "warning",
  });
}

/** File names and contents of a folder. */
async function contents(folder: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(folder);
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), "utf8")] as const)),
  );
}

async function check(): Promise<number> {
  const fresh = await mkdtemp(join(tmpdir(), "sluice-dist-"));
  try {
    await bundle(fresh);
    const [built, committed] = await Promise.all([contents(fresh), contents("dist")]);
    const names = [...new Set([...built.keys(), ...committed.keys()])].sort();
    const stale = names.filter((name) => built.get(name) !== committed.get(name));
    for (const name of stale) console.error(`dist/${name} is not what npm run build makes of the sources`);
    if (stale.length === 0) console.log(`dist/ is fresh: ${names.join(", ")}`);
    return stale.length === 0 ? 0 : 1;
  } finally {
    await rm(fresh, { recursive: true });
  }
}

/** `--outdir FOLDER`: bundle into another folder, and leave dist/ as it is. */
const outdir = process.argv[process.argv.indexOf("--outdir") + 1];
if (process.argv.includes("--check")) {
  process.exitCode = await check();
} else if (process.argv.includes("--outdir") && outdir) {
  await bundle(outdir);
} else {
  await rm("dist", { recursive: true, force: true });
  await bundle("dist");
}
