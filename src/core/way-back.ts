import { CURRENT } from "./current.ts";
import { previousOf } from "./history.ts";
import type { TaskSetOrigin } from "./observation.ts";
import { isEmpty } from "./preflight/first.ts";
import type { Infrastructure } from "./preflight/infrastructure.ts";
import { shortArn } from "./situation.ts";
import { wasAborted } from "./tags.ts";

export interface WayBackRequest {
  /** The rollout to roll back, while it is under way; "current": whichever is, else the one that serves. */
  readonly rollout: string;
  /** The workflow run that asks: asked again, it does not go back once more. Undefined: a person at a terminal. */
  readonly runId: string | undefined;
  /** Whether a task definition or a commit to go back to is named. */
  readonly isNamed: boolean;
}

/**
 * What a rollback comes to. Going back behind a finished rollout is a release of its own, whose `rollout` is a
 * name that the request makes: asked again, it goes on with the same.
 */
export type WayBack =
  /** A rollout under way, or what is left of one; `looksAgain`: it is not all that was asked for. */
  | { readonly kind: "take-back"; readonly rollout: string; readonly looksAgain: boolean }
  /** The release back stands beside what it is to replace. */
  | { readonly kind: "go-on"; readonly rollout: string; readonly looksAgain: boolean }
  /** A release back to what served before `from`, or to what is named, begins. */
  | { readonly kind: "revert"; readonly rollout: string; readonly from: Serving }
  /** The release back serves alone: only what is left of it is to be cleared away. */
  | { readonly kind: "clear"; readonly rollout: string; readonly again: string; readonly from: Serving }
  | { readonly kind: "done"; readonly reason: string }
  | { readonly kind: "refuse"; readonly reason: string; readonly hint: string };

/** What serves alone. */
export interface Serving {
  /** "orders:12" */
  readonly taskDefinition: string;
  /** What served before it did, where that is known. */
  readonly previous: string | undefined;
}

const PREFIX = "rollback-";

/** Whether a rollout is a release back to what served before. */
export function isRevert(rollout: string): boolean {
  return rollout.startsWith(PREFIX);
}

/** The task definition that served before a task set's own; a release back has replaced what came after it. */
export function replacedBy(origin: TaskSetOrigin | undefined): string | undefined {
  if (!origin || isRevert(origin.rollout)) return undefined;
  return shortArn(origin.previousTaskDefinition);
}

/** The kind of rollback that `request` is, as things stand. Pure. */
export function wayBack(request: WayBackRequest, infra: Infrastructure): WayBack {
  const [underWay] = infra.unfinished;
  return underWay === undefined ? behindFinished(request, infra) : duringRollout(request, infra, underWay);
}

function duringRollout(request: WayBackRequest, infra: Infrastructure, underWay: string): WayBack {
  const { rollout, runId, isNamed } = request;
  const isCurrent = rollout === CURRENT;
  const isOwn = isFrom(underWay, isCurrent ? runId : rollout);
  if (isOwn && wasAborted(infra.tags, underWay)) {
    return { kind: "take-back", rollout: underWay, looksAgain: true };
  }
  const isAnothers = isRevert(underWay) && !wasAborted(infra.tags, underWay) && rollout !== underWay;
  if (isOwn || (isAnothers && (isCurrent || isNamed)))
    return { kind: "go-on", rollout: underWay, looksAgain: isNamed };
  const isMeant = isCurrent || (isNamed && !infra.unfinished.includes(rollout));
  return { kind: "take-back", rollout: isMeant ? underWay : rollout, looksAgain: isNamed };
}

function behindFinished(request: WayBackRequest, infra: Infrastructure): WayBack {
  const { rollout, runId, isNamed } = request;
  const isCurrent = rollout === CURRENT;
  if (isEmpty(infra)) return ofEmpty(request, infra);
  const [serving, ...others] = infra.taskSets.filter((set) => set.status !== "DRAINING");
  if (!serving?.taskDefinitionArn || others.length > 0) return unclear(request, infra);
  const { shifted, rolledBackBy = [], history = [] } = infra.tags;
  const aborted = [infra.tags.aborted, ...(infra.tags.abortedBefore ?? [])];
  const finished = serving.origin?.rollout;
  const from = servingOf(serving.taskDefinitionArn, replacedBy(serving.origin), history);
  const asker = isCurrent ? (runId ?? serving.id) : rollout;
  const again = nextName(asker, [...aborted, finished]);
  if (finished !== undefined && isFrom(finished, asker)) {
    return { kind: "clear", rollout: finished, again, from };
  }
  const left = shifted !== undefined && shifted !== finished ? shifted : undefined;
  if (left !== undefined && (isCurrent || isNamed)) {
    return { kind: "take-back", rollout: left, looksAgain: isNamed };
  }
  const isRetry = aborted.some((name) => name !== undefined && (name === finished || isFrom(name, asker)));
  const isDone = isCurrent && runId !== undefined && rolledBackBy.includes(runId) && !isRetry;
  if (isDone && !isNamed) {
    const reason = `run ${runId} has rolled back already, and ${from.taskDefinition} serves; a new run goes back further`;
    return { kind: "done", reason };
  }
  if (isCurrent || isNamed) return { kind: "revert", rollout: again, from };
  if (finished === rollout) return refuseFinished(rollout, from, shifted === rollout);
  return { kind: "take-back", rollout, looksAgain: false };
}

/** A run's own rollback job begins by itself: it must not undo a release whose last clean-up failed. */
function refuseFinished(rollout: string, { taskDefinition, previous }: Serving, isLeft: boolean): WayBack {
  const cleanUp = isLeft ? "The finish phase, run again, clears up what is left. " : "";
  return {
    kind: "refuse",
    reason: `rollout ${rollout} is finished and ${taskDefinition} serves; its own name takes back only what is under way`,
    hint: `${cleanUp}To release ${previous ?? "what served before"}, run the rollback phase with rollout: current, or name what to go back to in to. Nothing was changed.`,
  };
}

/** Nothing serves: what a first deployment that was deleted, or is being, left behind is taken away. */
function ofEmpty(request: WayBackRequest, { taskSets, tags }: Infrastructure): WayBack {
  const { rollout, runId, isNamed } = request;
  const known = [...taskSets.map(({ origin }) => origin?.rollout), tags.shifted].filter(
    (name) => name !== undefined,
  );
  const isKnown = known.includes(rollout) || wasAborted(tags, rollout);
  const own = rollout === CURRENT ? known[0] : isKnown ? rollout : undefined;
  if (own !== undefined && !isNamed) return { kind: "take-back", rollout: own, looksAgain: false };
  if (rollout === CURRENT && runId !== undefined && !isNamed && tags.rolledBackBy?.includes(runId)) {
    return { kind: "done", reason: `run ${runId} has deleted the first deployment already; nothing serves` };
  }
  return {
    kind: "refuse",
    reason: "the service has no task set: nothing serves, and there is nothing to roll back to",
    hint: "Release to it: its first deployment needs first-task-set in the spec, and input task-definition.",
  };
}

function servingOf(arn: string, replaced: string | undefined, history: readonly string[]): Serving {
  const taskDefinition = shortArn(arn);
  return { taskDefinition, previous: previousOf(history, taskDefinition, replaced) };
}

/** The rollback phase's own decision says more of it, where it is about one rollout. */
function unclear({ rollout }: WayBackRequest, infra: Infrastructure): WayBack {
  if (rollout !== CURRENT) return { kind: "take-back", rollout, looksAgain: false };
  const live = infra.taskSets.filter((set) => set.status !== "DRAINING");
  return {
    kind: "refuse",
    reason: `no rollout is under way on this service, and it has ${live.length} task sets that serve`,
    hint: "Exactly one must stand; see `aws ecs describe-task-sets`.",
  };
}

/** `asker`: the run, or the rollout, that a release back is named after. */
function isFrom(rollout: string, asker: string | undefined): boolean {
  if (asker === undefined || !rollout.startsWith(`${PREFIX}${asker}`)) return false;
  return /^(\+\d+)?$/.test(rollout.slice(PREFIX.length + asker.length));
}

/** A name that none of `taken` has: what was taken back does not ship again. */
function nextName(asker: string, taken: readonly (string | undefined)[]): string {
  const base = `${PREFIX}${asker}`;
  const own = taken.filter((name) => name !== undefined).filter((name) => isFrom(name, asker));
  if (own.length === 0) return base;
  const tries = own.map((name) => (name === base ? 1 : Number(name.slice(base.length + 1))));
  return `${base}+${Math.max(...tries) + 1}`;
}
