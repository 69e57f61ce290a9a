import type { JournalLine } from "../journal.ts";
import type { Observation, ObservedTaskSet } from "../observation.ts";
import type { Plan } from "../plan.ts";
import { shortArn, situationOf } from "../situation.ts";

/** A version of the service: one task set's. */
export interface Version {
  /** "orders:12"; before there is a task set, what was asked for. */
  readonly name: string;
  readonly commit?: string;
  readonly runUrl?: string;
}

/** Who plays in the story: the rollout, the version that served, and the new one. */
export interface Cast {
  /** The last one: the phases of a rollout differ only in times, and in approvals. */
  readonly plan: Plan;
  /** Undefined for a service's first deployment, and where nobody looked. */
  readonly from: Version | undefined;
  readonly to: Version | undefined;
  /** The new version's task set, once there is one. */
  readonly freshArn: string | undefined;
}

/** Undefined where nothing was planned. */
export function castOf(lines: readonly JournalLine[]): Cast | undefined {
  const plan = lines.findLast((line) => line.kind === "planned")?.plan;
  if (!plan) return undefined;
  let serving: ObservedTaskSet | undefined;
  for (const line of lines) {
    if (line.kind !== "observed") continue;
    const situation = situationOf(line.observation.taskSets, line.observation.service.tags);
    if ("fresh" in situation && situation.fresh.origin.rollout === plan.rollout) {
      const from = "stable" in situation ? versionOf(situation.stable) : undefined;
      return { plan, from, to: versionOf(situation.fresh), freshArn: situation.fresh.arn };
    }
    if ("stable" in situation) serving = situation.stable;
  }
  if (serving?.origin?.rollout === plan.rollout) return alone(plan, serving);
  return { plan, from: serving && versionOf(serving), to: asked(plan), freshArn: undefined };
}

/** Nobody looked before the old version was gone. */
function alone(plan: Plan, set: ObservedTaskSet): Cast {
  const name = shortArn(set.origin?.previousTaskDefinition ?? "");
  return { plan, from: name ? { name } : undefined, to: versionOf(set), freshArn: set.arn };
}

function versionOf({ taskDefinitionArn, origin }: ObservedTaskSet): Version {
  const { commit, runUrl } = origin ?? {};
  return { name: shortArn(taskDefinitionArn), ...(commit ? { commit } : {}), ...(runUrl ? { runUrl } : {}) };
}

/** What is to be released, before it has a task set. */
function asked({ release }: Plan): Version | undefined {
  const { source, commit, runUrl } = release;
  const name = nameOf(source);
  return name ? { name, ...(commit ? { commit } : {}), ...(runUrl ? { runUrl } : {}) } : undefined;
}

function nameOf(source: Plan["release"]["source"]): string | undefined {
  switch (source.kind) {
    case "image":
      return shortArn(source.image);
    case "task-definition":
      return shortArn(source.taskDefinition);
    case "definition":
      return source.image ? shortArn(source.image) : undefined;
    case "staged":
      return undefined;
  }
}

/** The new version's task set as a look shows it, while it stands. */
export function freshIn({ taskSets }: Observation, cast: Cast): ObservedTaskSet | undefined {
  return taskSets.find((set) => set.arn === cast.freshArn && set.status !== "DRAINING");
}
