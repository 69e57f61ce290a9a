import { cp, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { artifactsFolder, readBoolean, readInputs, run } from "../inputs.mjs";

await run(async () => {
  const inputs = readInputs(["name", "pattern", "path", "merge-multiple", "run-id", "github-token"]);
  const isMerged = readBoolean("merge-multiple", inputs["merge-multiple"]);
  const folder = resolve(inputs.path || (process.env.GITHUB_WORKSPACE ?? "."));
  // As the real action: without a token the run is this one, whatever run-id says.
  const from = artifactsFolder((inputs["github-token"] && inputs["run-id"]) || undefined);
  const stored = await readdir(from).catch(() => []);
  const { name } = inputs;
  if (name !== "" && !stored.includes(name)) throw new Error(`there is no artifact ${name} in this run`);
  const wanted = stored.filter((artifact) =>
    name === "" ? fits(artifact, inputs.pattern) : artifact === name,
  );
  for (const artifact of wanted) {
    const to = name !== "" || isMerged ? folder : join(folder, artifact);
    await cp(join(from, artifact), to, { recursive: true });
    console.log(`downloaded ${artifact} into ${to}`);
  }
  console.log(`${wanted.length} artifacts`);
});

/** As the real action: no pattern takes all; none that fits is no failure. */
function fits(artifact, pattern) {
  if (pattern === "") return true;
  if (/[?[\]{}!()+@]/.test(pattern)) throw new Error(`the stand-in knows only * in a pattern: ${pattern}`);
  const parts = pattern.split("*").map((part) => part.replaceAll(/[.\\^$|]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`).test(artifact);
}
