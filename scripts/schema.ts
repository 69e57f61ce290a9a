import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { markdownTable } from "markdown-table";
import {
  alternativesOf,
  formSchema,
  type SchemaNode,
  sectionOf,
  specJsonSchema,
} from "../src/core/spec/json-schema.ts";
import { allowedWords } from "../src/core/spec/words.ts";

/**
 * Writes what is derived from the definition of `sluice.yml` in src/core/spec/schema.ts: the JSON Schema that
 * editors load, and the table of keys in the reference. With `--check` it writes nothing and fails if either is
 * out of date.
 */
const SCHEMA_FILE = new URL("../schema/sluice.schema.json", import.meta.url);
const REFERENCE_FILE = new URL("../docs/reference/spec.md", import.meta.url);

const BEGIN = "<!-- keys: written by scripts/schema.ts -->";
const END = "<!-- end of keys -->";

/** The text of schema/sluice.schema.json. */
export function schemaText(): string {
  return `${JSON.stringify(specJsonSchema(), null, 2)}\n`;
}

/** `page` with the table of keys between its markers made anew. */
export function withKeyTable(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/reference/spec.md lacks "${BEGIN}" and "${END}"`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${keyTable()}\n\n${page.slice(end)}`;
}

function keyTable(): string {
  const head = ["Key", "Default", "Takes", "Meaning"];
  return markdownTable([head, ...rowsOf(formSchema("single"), "", new Map())], {
    alignDelimiters: false,
    padding: true,
  });
}

/** Sections that have rows already, by their keys, so that no table of keys is shown twice. */
type Shown = Map<string, string>;

function rowsOf(node: SchemaNode, path: string, shown: Shown): readonly (readonly string[])[] {
  const section = sectionOf(node);
  return Object.entries(section.properties ?? {}).flatMap(([key, member]) => {
    const name = path === "" ? key : `${path}.${key}`;
    const first = firstShown(member, name, shown);
    const meaning = [
      member.description ?? "",
      first === undefined ? "" : `Its keys are those of \`${first}\`.`,
    ];
    const row = [
      `\`${name}\``,
      defaultOf(section, key, member),
      takes(member),
      cell(meaning.filter(Boolean).join(" ")),
    ];
    return first === undefined ? [row, ...rowsBelow(member, name, shown)] : [row];
  });
}

/** Where the keys of this section were shown first, if that was elsewhere. One with a single key is shown each time. */
function firstShown(node: SchemaNode, name: string, shown: Shown): string | undefined {
  const { properties } = sectionOf(node);
  if (properties === undefined || Object.keys(properties).length < 2) return undefined;
  const identity = JSON.stringify(properties);
  const first = shown.get(identity);
  if (first === undefined) shown.set(identity, name);
  return first;
}

function rowsBelow(node: SchemaNode, path: string, shown: Shown): readonly (readonly string[])[] {
  const { items } = node;
  const { additionalProperties: named } = sectionOf(node);
  return [
    ...rowsOf(node, path, shown),
    ...(items !== undefined && !isTuple(items) ? rowsOf(items, `${path}[]`, shown) : []),
    ...(typeof named === "object" ? rowsOf(named, `${path}.NAME`, shown) : []),
  ];
}

function isTuple(items: SchemaNode | readonly SchemaNode[]): items is readonly SchemaNode[] {
  return Array.isArray(items);
}

function defaultOf(section: SchemaNode, key: string, member: SchemaNode): string {
  if (section.required?.includes(key)) return "required";
  const value = member.default;
  if (Array.isArray(value) && value.length > 0) return value.map((item) => `\`${item}\``).join(", ");
  return value === undefined || typeof value === "object" ? "" : `\`${value}\``;
}

/** A section's keys have rows of their own, so its own row does not repeat them. */
function takes(node: SchemaNode): string {
  const words = alternativesOf(node).filter(({ type }) => type !== "null");
  return cell(words.map((choice) => (choice.properties ? "a section" : shortWords(choice))).join(" or "));
}

/** The words of errors without their examples: the table has other columns for those. */
function shortWords(node: SchemaNode): string {
  return allowedWords(node).replace(/, such as .*$| \(arn:.*\)$/, "");
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function main(isCheck: boolean): void {
  const page = readFileSync(REFERENCE_FILE, "utf8");
  const wanted = [
    { file: SCHEMA_FILE, text: schemaText() },
    { file: REFERENCE_FILE, text: withKeyTable(page) },
  ];
  for (const { file, text } of wanted) {
    if (!isCheck) writeFileSync(file, text);
    else if (readFileSync(file, "utf8") !== text) {
      process.stderr.write(`${fileURLToPath(file)} is out of date: run node scripts/schema.ts\n`);
      process.exitCode = 1;
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
