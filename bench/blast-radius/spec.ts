import { exampleSpec } from "../example.ts";

export const WEIGHT_PERCENT = 5;
/** Longer than any release here lives. */
const BAKE = "15m";

/** The example's spec as a canary of one step with `more` keys, and the production rule that it names. */
export function canarySpec(more: Readonly<Record<string, object>>): ReturnType<typeof exampleSpec> {
  return exampleSpec({ strategy: "canary", steps: [{ weight: WEIGHT_PERCENT, bake: BAKE }], ...more });
}
