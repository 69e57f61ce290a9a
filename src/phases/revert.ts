import type { Clients } from "../aws/clients.ts";
import { type EarlierRelease, resolveRelease, usableRelease, whyGone } from "../aws/earlier-releases.ts";
import type { Target } from "../core/decide.ts";
import { SluiceError } from "../core/errors.ts";
import { fitting } from "../core/history.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Release } from "../core/plan.ts";
import type { Infrastructure } from "../core/preflight/infrastructure.ts";
import { shortArn, situationOf } from "../core/situation.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { abortedTag, TAG, type Tags, wasAborted } from "../core/tags.ts";
import { type Serving, type WayBack, wayBack } from "../core/way-back.ts";
import { compare } from "./compare.ts";
import type { ControllerContext } from "./controller.ts";
import { patiently } from "./patience.ts";
import { runPhases } from "./rollout.ts";

export interface RollbackRequest extends Pick<ControllerContext, "clock" | "record" | "random" | "signal"> {
  /** The rollout to roll back, while it is under way; "current": whichever is, else the one that serves. */
  readonly rollout: string;
  readonly runId?: string | undefined;
  /** A task definition, or a commit. Default: the release before. */
  readonly to?: string | undefined;
  /** Whether the spec's smoke checks, gates and bake hold for a release back. Default: it flips at once. */
  readonly gates?: boolean | undefined;
  /** It ends with the first round: AWS does not show what the next would begin with. */
  readonly dryRun?: boolean | undefined;
  readonly spec: ServiceSpec;
  readonly release: Release;
}

/** What a rollback needs of the world: to read it, and to run phases of a rollout in it. */
export interface RollbackDesk {
  readonly clients: Clients;
  read(): Promise<Infrastructure>;
  /** `begins`: what keeps a new release from beginning keeps this one, too. */
  contextFor(
    infrastructure: Infrastructure,
    what: { readonly rollout: string; readonly spec: ServiceSpec; readonly release: Release },
    begins: boolean,
  ): ControllerContext;
}

/** Each round ends a rollout that is under way; whoever begins so many meanwhile has to be asked to stop. */
const MOST_ROUNDS = 4;

/**
 * Takes back the rollout that is under way; where it is finished, releases what served before it, or what is
 * named, as a rollout of its own that every repetition of the same request goes on with.
 */
export async function rollBack(request: RollbackRequest, desk: RollbackDesk): Promise<Outcome> {
  const asked = { rollout: request.rollout, runId: runOf(request), isNamed: request.to !== undefined };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const infrastructure = await desk.read();
    const way = wayBack(asked, infrastructure);
    if (way.kind === "refuse") throw new SluiceError("refused", way.reason, { hint: way.hint });
    const outcome = await follow(way, infrastructure, request, desk);
    const goesOn = (way.kind === "take-back" || way.kind === "go-on") && way.looksAgain;
    if (!goesOn || outcome.kind !== "reached" || request.dryRun) return outcome;
  }
  throw new SluiceError("refused", "another rollout began each time that one was rolled back", {
    hint: "See who releases this service, and roll back again.",
  });
}

/**
 * Why the version that serves now could not be gone back to after the next release; undefined where it could be,
 * or nobody can tell.
 */
export async function noWayBack(clients: Clients, taskDefinitionArn: string): Promise<string | undefined> {
  const name = shortArn(taskDefinitionArn);
  try {
    const why = await whyGone(clients, name);
    return why && `there will be no way back to ${name} once this release is finished: ${why}`;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}

type Followed = Exclude<WayBack, { kind: "refuse" }>;

async function follow(
  way: Followed,
  infrastructure: Infrastructure,
  request: RollbackRequest,
  desk: RollbackDesk,
): Promise<Outcome> {
  switch (way.kind) {
    case "done":
      return { kind: "reached", reason: way.reason };
    case "take-back":
      return takeBack(way.rollout, infrastructure, request, desk);
    case "go-on": {
      const context = desk.contextFor(infrastructure, revertOf(way.rollout, request), false);
      return release(context, request, desk.clients);
    }
    case "clear": {
      const context = desk.contextFor(infrastructure, revertOf(way.rollout, request), false);
      const outcome = await runPhases(["finish"], context);
      if (outcome.kind !== "reached" || request.to === undefined) return outcome;
      return revert({ rollout: way.again, from: way.from }, infrastructure, request, desk);
    }
    case "revert":
      return revert(way, infrastructure, request, desk);
  }
}

/** Of a run that asked for whatever is current it is on record, before the rollout is gone, that it got it. */
async function takeBack(
  rollout: string,
  infrastructure: Infrastructure,
  request: RollbackRequest,
  desk: RollbackDesk,
): Promise<Outcome> {
  const { spec, release } = request;
  const context = desk.contextFor(infrastructure, { rollout, spec, release }, false);
  const tags = markOf(request, infrastructure.tags.rolledBackBy);
  const mark = (): Promise<void> => write(context, tags, "the run that asked for this rollback has got it");
  let isMarked = Object.keys(tags).length === 0;
  const engine: ControllerContext["engine"] = {
    observe: () => context.engine.observe(),
    wasThrottled: () => context.engine.wasThrottled(),
    async act(move) {
      if (!isMarked && move.kind === "delete-task-set") await mark();
      isMarked ||= move.kind === "delete-task-set";
      await context.engine.act(move);
    },
  };
  const outcome = await runPhases(["rollback"], { ...context, engine });
  if (outcome.kind === "reached" && !isMarked) await mark();
  return outcome;
}

async function revert(
  { rollout, from }: { readonly rollout: string; readonly from: Serving },
  infrastructure: Infrastructure,
  request: RollbackRequest,
  desk: RollbackDesk,
): Promise<Outcome> {
  const { clients } = desk;
  const name = await patiently(request, () => nameOf(clients, request, infrastructure, from));
  if (name === from.taskDefinition) return { kind: "reached", reason: `${name} serves already` };
  const earlier = await patiently(request, () => usableRelease(clients, name));
  request.record({ kind: "waiting", reason: `going back from ${from.taskDefinition} to ${name}` });
  const context = desk.contextFor(
    { ...infrastructure, containers: earlier.containers },
    revertOf(rollout, request, earlier),
    true,
  );
  return release(context, request, clients);
}

async function nameOf(
  clients: Clients,
  { to }: RollbackRequest,
  { tags }: Infrastructure,
  { taskDefinition, previous }: Serving,
): Promise<string> {
  const [family = ""] = taskDefinition.split(":");
  if (to !== undefined) return resolveRelease(clients, to, tags.history ?? [], family);
  if (previous !== undefined) return previous;
  throw new SluiceError("refused", `nothing is on record that served before ${taskDefinition}`, {
    hint: "Name a task definition, or a commit, to go back to in input to. Nothing was changed.",
  });
}

/**
 * What it replaces may not ship again; that is on record before its traffic moves. Which of its figures had moved is
 * read once nothing waits for it.
 */
async function release(
  context: ControllerContext,
  request: RollbackRequest,
  clients: Clients,
): Promise<Outcome> {
  const askedAtMs = context.clock.nowMs();
  const phases: readonly Target[] = request.gates ? ["stage", "verify"] : ["stage"];
  const staged = await runPhases(phases, context);
  if (staged.kind !== "reached") return staged;
  const { service, taskSets } = await patiently(context, () => context.engine.observe());
  const situation = situationOf(taskSets);
  const replaced = situation.kind === "under-way" ? situation.stable.origin?.rollout : undefined;
  const { rolledBackBy } = service.tags;
  const isMarked =
    replaced === undefined ||
    wasAborted(service.tags, replaced) ||
    wasAborted(service.tags, context.plan.rollout);
  const tags = {
    ...(isMarked ? {} : { [TAG.aborted]: abortedTag(service.tags, replaced) }),
    ...markOf(request, rolledBackBy),
  };
  await write(context, tags, "what is being replaced may not ship again");
  if (context.dryRun) return runPhases(["promote", "finish"], context);
  const promoted = await runPhases(["promote"], context);
  if (promoted.kind !== "reached") return promoted;
  if (situation.kind === "under-way")
    await compare(clients, context, situation.stable, request.spec, askedAtMs);
  return runPhases(["finish"], context);
}

async function write({ engine, ...context }: ControllerContext, tags: Tags, reason: string): Promise<void> {
  if (Object.keys(tags).length === 0) return;
  const move = { kind: "tag-service", tags, reason } as const;
  context.record({ kind: "writing", write: move });
  await patiently(context, () => engine.act(move));
}

/** Only a request for whatever is current means something else when it is made again. */
function runOf({ rollout, runId }: RollbackRequest): string | undefined {
  return rollout === "current" ? runId?.replaceAll(/\s/g, "_") : undefined;
}

function markOf(request: RollbackRequest, before: readonly string[] = []): Tags {
  const run = runOf(request);
  if (run === undefined || before.includes(run)) return {};
  return { [TAG.rolledBackBy]: fitting([run, ...before]).join(" ") };
}

/** A release back flips as soon as it has its capacity, unless its gates are asked for. */
function revertOf(
  rollout: string,
  { spec, release, gates }: RollbackRequest,
  earlier?: EarlierRelease,
): { readonly rollout: string; readonly spec: ServiceSpec; readonly release: Release } {
  const { container: _container, steps: _steps, split: _split, ...same } = spec;
  const whole: ServiceSpec = { ...same, strategy: "blue-green", superseding: "refuse" };
  const quick: ServiceSpec = {
    ...whole,
    bake: 0,
    "smoke-checks": [],
    gates: {
      ...spec.gates,
      errors: false,
      latency: undefined,
      saturation: undefined,
      ratios: [],
      alarms: [],
    },
  };
  return {
    rollout,
    spec: gates ? whole : quick,
    release: {
      source: earlier
        ? { kind: "task-definition", taskDefinition: earlier.taskDefinition }
        : { kind: "staged" },
      ...(earlier?.commit ? { commit: earlier.commit } : {}),
      ...(release.runUrl ? { runUrl: release.runUrl } : {}),
      isRollback: true,
    },
  };
}
