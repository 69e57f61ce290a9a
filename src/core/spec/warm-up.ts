import { STEP_BAKE_MS } from "../steps.ts";
import { formatDuration, parseDuration } from "./duration.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { serviceSchema } from "./schema.ts";
import { entryOf, itemsOf, type SourceNode, scalarOf, textOf } from "./source.ts";

/** How long something bakes, as sentences have it. */
interface Bake {
  readonly of: string;
  readonly ms: number;
}

/** A bake that is over before new tasks are warm has nothing to judge. */
export function warmUpFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  const gates = entryOf(service, "gates")?.node;
  const entry = entryOf(gates, "warm-up");
  const text = textOf(gates, "warm-up") ?? "";
  const warmUpMs = parseDuration(text) ?? 0;
  const [first, ...rest] = bakesOf(service);
  if (!entry || !first || warmUpMs === 0) return [];
  const shortest = rest.reduce((least, bake) => (bake.ms < least.ms ? bake : least), first);
  if (warmUpMs < shortest.ms) return [];
  const allowed = `less than ${formatDuration(shortest.ms)}`;
  const message = `expected ${allowed}, got ${printable(text)}: ${shortest.of} bakes for ${formatDuration(shortest.ms)}, and nothing counts while new tasks warm up. Shorten it, or bake longer.`;
  return [
    {
      path: [...path, "gates", "warm-up"],
      offset: entry.node.offset,
      message,
      seen: printable(text),
      allowed,
    },
  ];
}

const { shape } = serviceSchema;

/** What the strategy bakes; a bake that is malformed is told by itself, and taken for its default here. */
function bakesOf(service: SourceNode): readonly Bake[] {
  const flip = bakeOf(service, "the last step", shape.bake.parse(undefined));
  switch (textOf(service, "strategy")) {
    case "rolling":
      return [bakeOf(entryOf(service, "batch")?.node, "a batch", shape.batch.parse({}).bake), flip];
    case "blue-green": {
      const split = entryOf(service, "split")?.node;
      return split ? [bakeOf(split, "the split", shape.split.parse({})?.bake ?? flip.ms), flip] : [flip];
    }
    default:
      return [...stepBakes(service), flip];
  }
}

/** A step of all the traffic bakes for as long as the service, unless it says otherwise. */
function stepBakes(service: SourceNode): readonly Bake[] {
  if (!entryOf(service, "steps")) return [{ of: "a step", ms: STEP_BAKE_MS }];
  return itemsOf(service, "steps").flatMap((node, index) =>
    entryOf(node, "approve") || (scalarOf(node, "weight") === 100 && !entryOf(node, "bake"))
      ? []
      : [bakeOf(node, `steps[${index}]`, STEP_BAKE_MS)],
  );
}

function bakeOf(node: SourceNode | undefined, of: string, defaultMs: number): Bake {
  return { of, ms: parseDuration(textOf(node, "bake") ?? "") ?? defaultMs };
}
