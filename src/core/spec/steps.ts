import { cohortFindings } from "./cohorts.ts";
import { type Finding, printable, type SpecPath } from "./problem.ts";
import { entryOf, itemsOf, type SourceNode, scalarOf, textOf } from "./source.ts";

/** One entry of `steps`, as far as it is well formed: a step of no kind, or of two, has been refused already. */
interface GivenStep {
  readonly kind: "weight" | "approve" | "route" | undefined;
  readonly node: SourceNode;
  readonly path: SpecPath;
  /** Of a weight step. */
  readonly weight: number;
}

const KINDS = ["weight", "approve", "route"] as const;
/** The reusable workflows ask that often. */
export const MOST_APPROVALS = 3;

/** What is wrong with the order of a service's steps, and with steps or batches that its strategy does not have. */
export function stepFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  const steps = itemsOf(service, "steps").map((node, index) => givenStep(node, [...path, "steps", index]));
  return [
    ...strategyFindings(service, path),
    ...weightFindings(steps),
    ...routeStepFindings(steps),
    ...approveFindings(steps),
    ...steps.flatMap((step) => cohortFindings(entryOf(step.node, "route")?.node, [...step.path, "route"])),
  ];
}

function givenStep(node: SourceNode, path: SpecPath): GivenStep {
  const kinds = KINDS.filter((kind) => entryOf(node, kind));
  const weight = scalarOf(node, "weight");
  const isSound = kinds[0] !== "weight" || (typeof weight === "number" && weight >= 1 && weight <= 100);
  const kind = kinds.length === 1 && isSound ? kinds[0] : undefined;
  return { kind, node, path, weight: typeof weight === "number" ? weight : 0 };
}

const DEFAULT_STRATEGY = "canary";

const OWNERS = [
  {
    key: "steps",
    strategy: "canary",
    instead: { "blue-green": "moves all traffic at once", rolling: "moves it with the tasks, by batch" },
  },
  {
    key: "batch",
    strategy: "rolling",
    instead: { canary: "moves it by steps", "blue-green": "moves all traffic at once" },
  },
  {
    key: "split",
    strategy: "blue-green",
    instead: { canary: "moves it by steps", rolling: "moves it with the tasks, by batch" },
  },
] as const;

/** `steps` where the strategy has none, and `batch` likewise: they would be read by nobody. */
function strategyFindings(service: SourceNode, path: SpecPath): readonly Finding[] {
  const given = textOf(service, "strategy");
  if (given === undefined && entryOf(service, "strategy")) return [];
  const strategy = given ?? DEFAULT_STRATEGY;
  const origin = given === undefined ? `${strategy}, the default` : strategy;
  return OWNERS.flatMap(({ key, strategy: owner, instead }) => {
    const entry = entryOf(service, key);
    const does: string | undefined = Object.entries(instead).find(([name]) => name === strategy)?.[1];
    if (!entry || does === undefined) return [];
    const message = `${key} belongs to strategy ${owner}; this service's is ${origin}, which ${does}. Write strategy: ${owner}, or remove the key.`;
    const allowed = `strategy ${owner} beside it`;
    return [{ path: [...path, key], offset: entry.keyOffset, message, seen: key, allowed }];
  });
}

function weightFindings(steps: readonly GivenStep[]): readonly Finding[] {
  const end = steps.findIndex((step) => step.kind === "weight" && step.weight === 100);
  const before = end < 0 ? steps : steps.slice(0, end + 1);
  let highest = 0;
  const falling = before.flatMap((step) => {
    const findings = fallingFinding(step, highest);
    if (step.kind === "weight") highest = Math.max(highest, step.weight);
    return findings;
  });
  return [
    ...falling,
    ...steps.slice(before.length).map((step) =>
      finding(
        step,
        "nothing comes after weight 100: all traffic is on the new version by then. Remove the step, or put it before.",
        {
          seen: words(step),
          allowed: `steps[${end}] as the last step`,
        },
      ),
    ),
  ];
}

function fallingFinding(step: GivenStep, highest: number): readonly Finding[] {
  if (step.kind !== "weight" || step.weight > highest) return [];
  const message = `weights rise from step to step: expected more than ${highest}, got ${step.weight}.`;
  const at = {
    path: [...step.path, "weight"],
    offset: entryOf(step.node, "weight")?.node.offset ?? step.node.offset,
  };
  return [{ ...at, message, seen: String(step.weight), allowed: `a weight above ${highest}` }];
}

function routeStepFindings(steps: readonly GivenStep[]): readonly Finding[] {
  const first = steps.findIndex((step) => step.kind === "weight");
  if (first < 0) return [];
  return steps
    .slice(first)
    .filter((step) => step.kind === "route")
    .map((step) =>
      finding(step, `route steps come before the first weight, which is steps[${first}]. Move it there.`, {
        seen: "a route step after a weight",
        allowed: "a route step before the first weight",
      }),
    );
}

function approveFindings(steps: readonly GivenStep[]): readonly Finding[] {
  const approvals = steps.filter((step) => step.kind === "approve");
  const surplus = approvals.slice(MOST_APPROVALS).map((step) =>
    finding(
      step,
      `expected at most three approve steps, got ${approvals.length}: the reusable workflows ask that often.`,
      {
        seen: `${approvals.length} approve steps`,
        allowed: "at most three approve steps",
      },
    ),
  );
  return [...surplus, ...approvals.flatMap(bakeFinding)];
}

function bakeFinding(step: GivenStep): readonly Finding[] {
  const entry = entryOf(step.node, "bake");
  if (!entry) return [];
  const message =
    "an approve step has no bake: it lasts until a person decides, and the next job judges the gates over all that time. Put the bake on the weight before it.";
  return [
    {
      path: [...step.path, "bake"],
      offset: entry.keyOffset,
      message,
      seen: "bake",
      allowed: "approve alone",
    },
  ];
}

function words(step: GivenStep): string {
  if (step.kind === "weight") return `weight ${step.weight}`;
  return step.kind === undefined ? "a step" : printable(step.kind);
}

function finding(
  { path, node }: GivenStep,
  message: string,
  rest: { readonly seen: string; readonly allowed: string },
): Finding {
  return { path, offset: node.offset, message, ...rest };
}
