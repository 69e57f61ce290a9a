import { cp, mkdir, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { artifactsFolder, readBoolean, readInputs, run } from "../inputs.mjs";

/** What the real action refuses in a name, since not every file system has it. */
const REFUSED_IN_NAMES = /["<>|*?:\r\n\\/]/;

await run(async () => {
  const inputs = readInputs(["name", "path", "if-no-files-found", "overwrite"]);
  const { name, path } = inputs;
  if (name === "" || REFUSED_IN_NAMES.test(name)) throw new Error(`"${name}" cannot name an artifact`);
  if (/[*?[\n!]/.test(path))
    throw new Error(`the stand-in takes one file or folder, and no pattern: ${path}`);
  const found = await stat(path).catch(() => undefined);
  if (!found) return sayMissing(inputs["if-no-files-found"], path);
  const artifact = join(artifactsFolder(), name);
  if (readBoolean("overwrite", inputs.overwrite)) await rm(artifact, { recursive: true, force: true });
  await mkdir(artifactsFolder(), { recursive: true });
  await mkdir(artifact).catch(() => {
    throw new Error(`an artifact with the name ${name} already exists in this run`);
  });
  await cp(path, found.isDirectory() ? artifact : join(artifact, basename(path)), { recursive: true });
  console.log(`uploaded ${path} as ${name}`);
});

function sayMissing(behaviour, path) {
  const said = `no file at ${path}`;
  if (behaviour === "error") throw new Error(said);
  if (behaviour === "warn") console.log(`::warning::${said}`);
  else if (behaviour === "ignore") console.log(said);
  else throw new Error(`if-no-files-found is "${behaviour}"; it takes warn, error or ignore`);
}
