import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type BaseType,
  ChainNodeParser,
  type CompletedConfig,
  type Context,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  DefinitionType,
  SchemaGenerator,
  type SubNodeParser,
} from "ts-json-schema-generator";
import ts from "typescript";

/**
 * Writes schema/journal.schema.json, the JSON Schema of one line of the journal, from the type `JournalLine` in
 * src/core/journal.ts. With `--check` it writes nothing and fails if the file is out of date.
 */
const SCHEMA_FILE = new URL("../schema/journal.schema.json", import.meta.url);
const ROOT = new URL("..", import.meta.url);

const CONFIG: CompletedConfig = {
  ...DEFAULT_CONFIG,
  path: fileURLToPath(new URL("src/core/journal.ts", ROOT)),
  tsconfig: fileURLToPath(new URL("tsconfig.json", ROOT)),
  type: "JournalLine",
  schemaId: "https://raw.githubusercontent.com/OWNER/sluice/v1/schema/journal.schema.json",
  skipTypeCheck: true,
};

/** The text of schema/journal.schema.json. */
export function journalSchemaText(): string {
  const program = createProgram(CONFIG);
  const checker = program.getTypeChecker();
  const parser = createParser(program, CONFIG, (chain) => {
    if (!(chain instanceof ChainNodeParser))
      throw new Error("ts-json-schema-generator has another parser now");
    chain.addNodeParser(new InferredSpec(checker, chain));
  });
  const generator = new SchemaGenerator(program, parser, createFormatter(CONFIG), CONFIG);
  return `${JSON.stringify(generator.createSchema(CONFIG.type), null, 2)}\n`;
}

/** The compiler's own, of the version that the generator has for itself. */
type Checker = ReturnType<ReturnType<typeof createProgram>["getTypeChecker"]>;
type Node = Parameters<SubNodeParser["supportsNode"]>[0];

/** What zod infers of `sluice.yml` is no type that the generator can read; the compiler writes it out. */
class InferredSpec implements SubNodeParser {
  readonly #checker: Checker;
  readonly #parser: SubNodeParser;

  constructor(checker: Checker, parser: SubNodeParser) {
    this.#checker = checker;
    this.#parser = parser;
  }

  supportsNode(node: Node): boolean {
    const { name, type } = node as Partial<ts.TypeAliasDeclaration>;
    return type !== undefined && name?.text === "ServiceSpec";
  }

  createType(node: Node, context: Context): BaseType {
    const flags: number = ts.NodeBuilderFlags.NoTruncation | ts.NodeBuilderFlags.InTypeAlias;
    const written = this.#checker.typeToTypeNode(this.#checker.getTypeAtLocation(node), undefined, flags);
    if (!written) throw new Error("the compiler cannot write ServiceSpec out");
    return new DefinitionType("ServiceSpec", this.#parser.createType(written, context));
  }
}

function main(isCheck: boolean): void {
  const text = journalSchemaText();
  if (!isCheck) writeFileSync(SCHEMA_FILE, text);
  else if (readFileSync(SCHEMA_FILE, "utf8") !== text) {
    process.stderr.write(
      `${fileURLToPath(SCHEMA_FILE)} is out of date: run node scripts/journal-schema.ts\n`,
    );
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.includes("--check"));
