import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownTable } from "markdown-table";
import { parse } from "yaml";
import { z } from "zod";

/**
 * Writes the tables of inputs and outputs in README.md from action.yml. With `--check` it writes nothing and
 * fails if they are out of date.
 */
const ACTION_FILE = new URL("../action.yml", import.meta.url);
const README_FILE = new URL("../README.md", import.meta.url);

const actionSchema = z.looseObject({
  inputs: z.record(z.string(), z.looseObject({ description: z.string(), default: z.string().optional() })),
  outputs: z.record(z.string(), z.looseObject({ description: z.string() })),
});

type Action = z.infer<typeof actionSchema>;

/** `page` with both tables between their markers made anew from the text of an action.yml. */
export function withActionTables(page: string, actionText: string): string {
  const action = actionSchema.parse(parse(actionText));
  return replaceBetween(replaceBetween(page, "inputs", inputTable(action)), "outputs", outputTable(action));
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
  if (from < 0 || to < from) throw new Error(`README.md lacks "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n\n${text}\n\n${page.slice(to)}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function main(isCheck: boolean): void {
  const page = readFileSync(README_FILE, "utf8");
  const wanted = withActionTables(page, readFileSync(ACTION_FILE, "utf8"));
  if (!isCheck) writeFileSync(README_FILE, wanted);
  else if (page !== wanted) {
    process.stderr.write(`${fileURLToPath(README_FILE)} is out of date: run node scripts/action-docs.ts\n`);
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
