import { join } from "node:path";

/** Where the artifacts of a run are, below the folder that the harness names. Default: of this run. */
export function artifactsFolder(runId = process.env.GITHUB_RUN_ID) {
  const folder = process.env.STAND_IN_ARTIFACTS;
  if (!folder || !runId) throw new Error("STAND_IN_ARTIFACTS or GITHUB_RUN_ID is not set");
  return join(folder, runId);
}

/** All inputs by name, absent ones empty. One that is not in `known` may mean anything, so it is refused. */
export function readInputs(known) {
  const given = Object.entries(process.env)
    .filter(([name]) => name.startsWith("INPUT_"))
    .map(([name, value]) => [name.slice("INPUT_".length).toLowerCase(), value ?? ""]);
  const unknown = given.map(([name]) => name).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`the stand-in does not know the input ${unknown.join(", ")}`);
  return Object.fromEntries([...known.map((name) => [name, ""]), ...given]);
}

/** A boolean as the real actions read it; empty is false. */
export function readBoolean(name, text) {
  if (["true", "True", "TRUE"].includes(text)) return true;
  if (["false", "False", "FALSE", ""].includes(text)) return false;
  throw new Error(`${name} is "${text}"; it takes true or false`);
}

/** Runs the action; its step is red where it throws, and the harness knows it by the title: nobody may pass over it. */
export async function run(action) {
  try {
    await action();
  } catch (error) {
    console.log(`::error title=stand-in::${error.message}`);
    process.exitCode = 1;
  }
}
