import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { parseSpec } from "../../src/core/spec/parse.ts";
import { EXAMPLE } from "../example.ts";

export const WEIGHT_PERCENT = 5;
/** Longer than any release here lives. */
const BAKE = "15m";

/** The example's spec as a canary of one step with `more` keys, and the production rule that it names. */
export function canarySpec(more: Readonly<Record<string, object>>): {
  readonly text: string;
  readonly ruleArn: string;
} {
  const document = parseDocument(readFileSync(EXAMPLE.spec, "utf8"));
  document.set("strategy", "canary");
  document.set("steps", document.createNode([{ weight: WEIGHT_PERCENT, bake: BAKE }]));
  for (const [key, value] of Object.entries(more)) document.set(key, document.createNode(value));
  const text = document.toString();
  const parsed = parseSpec(text, EXAMPLE.spec);
  if (parsed.kind === "problems") throw new Error(parsed.problems.map(({ message }) => message).join("\n"));
  const ruleArn = parsed.spec.services[0]?.traffic.production[0]?.["listener-rule"];
  if (!ruleArn) throw new Error(`${EXAMPLE.spec} names no production rule`);
  return { text, ruleArn };
}
