import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownTable } from "markdown-table";
import { parse } from "yaml";
import { z } from "zod";

/**
 * Writes the tables of inputs and outputs: those of action.yml in README.md, and those of the reusable workflows in
 * their reference. With `--check` it writes nothing and fails if they are out of date.
 */
const ROOT = new URL("../", import.meta.url);
const ACTION = "action.yml";
const README = "README.md";
const REFERENCE = "docs/reference/workflows.md";
const WORKFLOWS = ["canary", "blue-green", "rolling", "rollback", "promote"];

const actionSchema = z.looseObject({
  inputs: z.record(z.string(), z.looseObject({ description: z.string(), default: z.string().optional() })),
  outputs: z.record(z.string(), z.looseObject({ description: z.string() })),
});

type Action = z.infer<typeof actionSchema>;

const inputSchema = z.looseObject({
  description: z.string(),
  required: z.boolean().default(false),
  default: z.union([z.string(), z.boolean()]).optional(),
});
const workflowSchema = z.looseObject({
  on: z.looseObject({
    workflow_call: z.looseObject({
      inputs: z.record(z.string(), inputSchema),
      outputs: z.record(z.string(), z.looseObject({ description: z.string() })),
    }),
  }),
});

type Input = z.infer<typeof inputSchema>;

/** `page` with both tables between their markers made anew from the text of an action.yml. */
export function withActionTables(page: string, actionText: string): string {
  const action = actionSchema.parse(parse(actionText));
  return replaceBetween(replaceBetween(page, "inputs", inputTable(action)), "outputs", outputTable(action));
}

/** `page` with both tables made anew from the texts of the reusable workflows, by their names. */
export function withWorkflowTables(page: string, texts: Readonly<Record<string, string>>): string {
  const calls = Object.entries(texts).map(([name, text]) => ({
    name,
    call: workflowSchema.parse(parse(text)).on.workflow_call,
  }));
  const outputs = Object.assign({}, ...calls.map(({ call }) => call.outputs));
  const inputs = calls.flatMap(({ name, call }) =>
    Object.entries(call.inputs).map(([key, input]) => ({ workflow: name, key, input })),
  );
  return replaceBetween(
    replaceBetween(page, "inputs", callTable(inputs)),
    "outputs",
    outputTable({ inputs: {}, outputs }),
  );
}

interface CallInput {
  readonly workflow: string;
  readonly key: string;
  readonly input: Input;
}

/** One row for all workflows whose input of a name is the same. */
function callTable(inputs: readonly CallInput[]): string {
  const rows = Map.groupBy(inputs, ({ key, input }) => JSON.stringify([key, input]));
  const cells = [...rows.values()].flatMap(([first, ...others]) => {
    if (!first) return [];
    const { key, input } = first;
    const of = [first, ...others].map(({ workflow }) => workflow);
    const value = input.required ? "required" : input.default === "" ? "" : `\`${input.default}\``;
    return [
      [`\`${key}\``, value, of.length === WORKFLOWS.length ? "all" : of.join(", "), cell(input.description)],
    ];
  });
  return table([["Input", "Default", "Of", "Meaning"], ...cells]);
}

function inputTable({ inputs }: Action): string {
  const rows = Object.entries(inputs).map(([name, input]) => [
    `\`${name}\``,
    input.default ? `\`${input.default}\`` : "",
    cell(input.description),
  ]);
  return table([["Input", "Default", "Meaning"], ...rows]);
}

function outputTable({ outputs }: Action): string {
  const rows = Object.entries(outputs).map(([name, output]) => [`\`${name}\``, cell(output.description)]);
  return table([["Output", "Meaning"], ...rows]);
}

function table(rows: readonly (readonly string[])[]): string {
  return markdownTable(
    rows.map((row) => [...row]),
    { alignDelimiters: false, padding: true },
  );
}

function replaceBetween(page: string, name: string, text: string): string {
  const begin = `<!-- ${name}: written by scripts/action-docs.ts -->`;
  const end = `<!-- end of ${name} -->`;
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the page lacks "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function main(isCheck: boolean): void {
  const workflows = WORKFLOWS.map((name) => [name, read(`.github/workflows/${name}.yml`)]);
  const wanted = {
    [README]: withActionTables(read(README), read(ACTION)),
    [REFERENCE]: withWorkflowTables(read(REFERENCE), Object.fromEntries(workflows)),
  };
  for (const [path, page] of Object.entries(wanted)) {
    if (!isCheck) writeFileSync(new URL(path, ROOT), page);
    else if (read(path) !== page) {
      process.stderr.write(`${path} is out of date: run node scripts/action-docs.ts\n`);
      process.exitCode = 1;
    }
  }
}

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), "utf8");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
