import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseDocument } from "yaml";
import { readSandboxFile } from "../sandbox/file.ts";
import { parseSpec } from "../src/core/spec/parse.ts";

const pathOf = (relative: string): string => fileURLToPath(new URL(`../${relative}`, import.meta.url));

/** The example service and the bundles, all as the repository has them. */
export const EXAMPLE = {
  sandboxFile: pathOf("examples/orders/sandbox.yml"),
  spec: pathOf("examples/orders/sluice.yml"),
  server: pathOf("examples/orders/server.mjs"),
  main: pathOf("dist/main.js"),
  cli: pathOf("dist/cli.js"),
} as const;

/** What the sandbox file describes, for `createSandbox`. */
export function readExampleSandbox() {
  const file = readSandboxFile(EXAMPLE.sandboxFile);
  if (file.kind === "problems") throw new Error(file.problems.join("\n"));
  return file;
}

/** Metrics by the second, as the spec below expects them. */
export const QUICK_METRICS = { metricPeriodSeconds: 1, metricDelayMs: 500 };

/** The example's spec with other keys, and the production rule that it names. */
export function exampleSpec(keys: Readonly<Record<string, unknown>>): {
  readonly text: string;
  readonly ruleArn: string;
} {
  const document = parseDocument(readFileSync(EXAMPLE.spec, "utf8"));
  for (const [key, value] of Object.entries(keys)) {
    if (value === undefined) document.delete(key);
    else document.set(key, document.createNode(value));
  }
  const text = document.toString();
  const parsed = parseSpec(text, EXAMPLE.spec);
  if (parsed.kind === "problems") throw new Error(parsed.problems.map(({ message }) => message).join("\n"));
  const ruleArn = parsed.spec.services[0]?.traffic.production[0]?.["listener-rule"];
  if (!ruleArn) throw new Error(`${EXAMPLE.spec} names no production rule`);
  return { text, ruleArn };
}

/**
 * The example's spec by blue-green, whose flip is what is measured, with short waits and without smoke checks,
 * and the production rule that it names.
 */
export function quickSpec(): ReturnType<typeof exampleSpec> {
  return exampleSpec({
    strategy: "blue-green",
    "smoke-checks": undefined,
    settle: "1s",
    bake: "2s",
    gates: { errors: { period: "1s", patience: "20s" } },
  });
}
