import { globSync, readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import type { TemplateContext } from "@actions/workflow-parser/templates/template-context";

/**
 * Reads every workflow and action file with GitHub's own parser, the calls of reusable workflows included, and fails
 * if it finds an error in one.
 */
const ROOT = new URL("../", import.meta.url);

/** What starters call Sluice, in place of the owner's name. */
const SLUICE = "OWNER/sluice/";

/** The parser imports its JSON without saying so, which Node.js refuses and bundlers do not. */
registerHooks({
  load: (url, context, next) =>
    next(url, url.endsWith(".json") ? { ...context, importAttributes: { type: "json" } } : context),
});
const { NoOperationTraceWriter, convertWorkflowTemplate, parseWorkflow } = await import(
  "@actions/workflow-parser"
);
const { convertActionTemplate, parseAction } = await import("@actions/workflow-parser/actions/index");

/** All workflow and action files of this repository, by their path below its root. */
export function workflowAndActionFiles(): readonly string[] {
  return globSync(["action.yml", "actions/*/action.yml", ".github/workflows/*.yml", "workflows/*.yml"], {
    cwd: fileURLToPath(ROOT),
  }).sort();
}

/** What the parser has against the file at `path`, below the root; nothing where it is in order. */
export async function parseErrors(path: string, text: string): Promise<readonly string[]> {
  const file = { name: path, content: text };
  const trace = new NoOperationTraceWriter();
  if (/(^|\/)action\.yml$/.test(path)) {
    const { context, value } = parseAction(file, trace);
    if (value) convertActionTemplate(context, value);
    return errorsOf(context);
  }
  const { context, value } = parseWorkflow(file, trace);
  if (value) {
    await convertWorkflowTemplate(context, value, { getFileContent }, { fetchReusableWorkflowDepth: 1 });
  }
  return errorsOf(context);
}

interface Reference {
  readonly path: string;
  readonly owner?: string;
  readonly repository?: string;
}

/** What a file calls: one of this repository, by its own name for it or by that which starters have. */
async function getFileContent(reference: Reference): Promise<{ name: string; content: string }> {
  const { owner, repository, path } = reference;
  if (owner !== undefined && `${owner}/${repository}/` !== SLUICE) {
    throw new Error(`it calls ${owner}/${repository}, which is not this repository`);
  }
  return { name: path, content: readFileSync(new URL(path, ROOT), "utf8") };
}

function errorsOf({ errors }: Pick<TemplateContext, "errors">): readonly string[] {
  return errors.getErrors().map(({ message }) => message);
}

async function main(): Promise<void> {
  for (const path of workflowAndActionFiles()) {
    for (const error of await parseErrors(path, readFileSync(new URL(path, ROOT), "utf8"))) {
      process.stderr.write(`${path}: ${error}\n`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
