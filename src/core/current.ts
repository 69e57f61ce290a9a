import type { TaskSetOrigin } from "./observation.ts";
import type { Infrastructure } from "./preflight/infrastructure.ts";
import type { ServiceSpec } from "./spec/schema.ts";

/** What a phase may be told instead of a rollout's name: whichever is under way. */
export const CURRENT = "current";

/**
 * The rollout that a phase goes on with. The sweep phase always means whichever is under way, or what is left of one;
 * `finish` of the current one is done where nothing is under way any more, so it means the one that serves.
 * Undefined: there is none.
 */
export function rolloutMeant(phase: string, rollout: string, infra: Infrastructure): string | undefined {
  const [underWay] = infra.unfinished;
  if (phase === "sweep") return underWay ?? infra.tags.shifted;
  if (rollout !== CURRENT) return rollout;
  return underWay ?? (phase === "finish" ? serving(infra)?.rollout : undefined);
}

/** The spec by the strategy that a rollout began with, which an input may have chosen: its steps are others else. */
export function asBegun(spec: ServiceSpec, rollout: string, infra: Infrastructure): ServiceSpec {
  const own = live(infra).find(({ origin }) => origin?.rollout === rollout);
  return own?.origin ? { ...spec, strategy: own.origin.strategy } : spec;
}

function serving(infra: Infrastructure): TaskSetOrigin | undefined {
  const [set, ...others] = live(infra);
  return others.length === 0 ? set?.origin : undefined;
}

function live({ taskSets }: Infrastructure): Infrastructure["taskSets"] {
  return taskSets.filter((set) => set.status !== "DRAINING");
}
