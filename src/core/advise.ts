import type { ServiceFacts } from "./advise/facts.ts";
import { type Look, type Outlook, outlookAt } from "./advise/outlook.ts";
import { type Shape, shapeFor } from "./advise/shape.ts";
import { warningsFor } from "./advise/warnings.ts";
import type { ServiceSpec } from "./spec/schema.ts";

/** Which strategy fits a service, ready to be written down, and why. */
export interface Advice {
  readonly strategy: Shape["strategy"];
  /** Lines of a service's part of sluice.yml. */
  readonly snippet: string;
  /** In the order in which they told strategies apart. */
  readonly reasons: readonly string[];
  /** The worst first. */
  readonly warnings: readonly string[];
  /** What the errors gate can know at some weights, at the median traffic; empty where there is none. */
  readonly outlooks: readonly Outlook[];
}

const WEIGHTS = [5, 10, 25, 50, 100];

/** Advice on the service of `spec`. Pure: what it rests on is in `facts`, and what its gate would see is `look`'s. */
export function advise(spec: ServiceSpec, facts: ServiceFacts, look: Look): Advice {
  const shape = shapeFor(spec, facts, look);
  const perMinute = facts.traffic?.perMinute.median;
  return {
    strategy: shape.strategy,
    snippet: snippetOf(shape),
    reasons: shape.reasons,
    warnings: warningsFor(spec, facts, shape, look),
    outlooks: perMinute === undefined ? [] : WEIGHTS.map((weight) => outlookAt(look, weight, perMinute)),
  };
}

function snippetOf(shape: Shape): string {
  const lines = [`strategy: ${shape.strategy}`, ...shapeLines(shape)];
  return `${lines.join("\n")}\n`;
}

function shapeLines(shape: Shape): readonly string[] {
  switch (shape.strategy) {
    case "canary":
      return [
        "steps:",
        ...shape.steps.map(({ weight, bakeMs }) => `  - { weight: ${weight}, bake: ${minutes(bakeMs)} }`),
      ];
    case "rolling":
      return [`batch: { size: ${shape.batchTasks} }`];
    case "blue-green":
      return shape.bakeMs === undefined ? [] : [`bake: ${minutes(shape.bakeMs)}`];
  }
}

function minutes(ms: number): string {
  return `${Math.round(ms / 60_000)}m`;
}
