import { type Clients, createClients } from "../aws/clients.ts";
import { readInfrastructure } from "../aws/infrastructure.ts";
import { createTaskSetEngine } from "../aws/task-set-engine.ts";
import { asBegun, CURRENT, rolloutMeant } from "../core/current.ts";
import type { Target } from "../core/decide.ts";
import { SluiceError } from "../core/errors.ts";
import type { JournalEvent } from "../core/journal.ts";
import { longJobs } from "../core/long-jobs.ts";
import type { Outcome } from "../core/outcome.ts";
import { type Plan, type Release, recordedPlan } from "../core/plan.ts";
import type { Infrastructure } from "../core/preflight/infrastructure.ts";
import { preflight } from "../core/preflight.ts";
import { situationOf } from "../core/situation.ts";
import { regionOf } from "../core/spec/region.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { asSluiceError, type ControllerContext } from "./controller.ts";
import { dryRunOf } from "./dry-run.ts";
import { createExplainer } from "./explain.ts";
import { foreseePhases } from "./foresight.ts";
import { checkGates, hasOwnSources } from "./gates/check-gates.ts";
import { watchingTheTime } from "./long-jobs.ts";
import { createMeasure, type SourceSurroundings, sourceContext } from "./measure.ts";
import { readOutlook } from "./outlook.ts";
import { patiently } from "./patience.ts";
import { planOrThrow } from "./plan.ts";
import { noWayBack, type RollbackDesk, rollBack } from "./revert.ts";
import { roleCredentials } from "./role.ts";
import { phasesOf, runPhases } from "./rollout.ts";

/** What a job can be asked to do: one phase, or the whole rollout. */
export type Phase = "plan" | Target | "rollout";

export interface RunRequest extends SourceSurroundings {
  readonly phase: Phase;
  readonly spec: ServiceSpec;
  /**
   * The rollout's name, or "current": whichever is under way; for a rollback else the one that serves. The sweep phase
   * always means whichever is under way.
   */
  readonly rollout: string;
  readonly release: Release;
  readonly approvals: number;
  /** Of a promotion: what its gates lack is let pass by whoever asked for it. */
  readonly withoutEvidence?: boolean | undefined;
  /** For a rollback after `finish`: a task definition, or a commit. Default: the release before. */
  readonly to?: string | undefined;
  /** For a rollback after `finish`: whether the spec's smoke checks, gates and bake hold. Default: it flips at once. */
  readonly gates?: boolean | undefined;
  /** The workflow run, by which a rollback of whatever is current knows that it is asked for again. */
  readonly runId?: string | undefined;
  /** The role that the process assumes by `fetchToken`'s OIDC tokens. Default: the environment's credentials. */
  readonly roleArn?: string | undefined;
  /** A new OIDC token of the job, each time. Throws SluiceError. */
  readonly fetchToken?: (() => Promise<string>) | undefined;
  /** A promotion also removes the old version, right after. */
  readonly thenFinish?: boolean | undefined;
  /** Asked every few seconds by the watch phase: how it ends, once nobody needs it any more. */
  readonly watchEnd?: (() => Promise<Outcome | undefined>) | undefined;
  /**
   * Told once, after everything was checked and before the first write of a phase that goes forward; never before a
   * rollback. Never throws. What takes longer than 15 s is not waited for.
   */
  readonly onBegin?: ((plan: Plan) => Promise<void>) | undefined;
  /** Nothing is written; what would be is said. */
  readonly dryRun?: boolean | undefined;
  /** Default: the environment's, else that of the spec's first production route. */
  readonly region: string | undefined;
  readonly record: (event: JournalEvent) => void;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Resolves the plan and runs the phases asked for. Bad input and bad infrastructure end it before any write. */
export async function run(asked: RunRequest): Promise<Outcome> {
  const request: RunRequest = { ...asked, region: asked.region ?? regionFrom(process.env, asked.spec) };
  const { phase } = request;
  try {
    const clients = createClients(request.region, roleCredentials(request));
    const read = () => patiently(request, () => readInfrastructure(clients, request.spec, request.release));
    if (phase === "rollback") {
      const contextFor: RollbackDesk["contextFor"] = (infrastructure, what, begins) =>
        contextOf({ ...request, ...what }, clients, infrastructure, begins);
      return await rollBack(request, { clients, read, contextFor });
    }
    const infrastructure = await read();
    const rollout = rolloutMeant(phase, request.rollout, infrastructure);
    if (rollout === undefined) return nothingUnderWay(phase);
    const spec = asBegun(request.spec, rollout, infrastructure);
    const begins =
      ["plan", "stage", "rollout"].includes(phase) && !infrastructure.unfinished.includes(rollout);
    const context: ControllerContext = {
      ...contextOf({ ...request, rollout, spec }, clients, infrastructure, begins),
      isOnlooker: isOnlooker(request),
    };
    if (phase === "plan" || (begins && hasOwnSources(context.plan.spec)))
      await checkServing(context, clients, request);
    if (phase === "plan") return await foreseeRollout(context, clients);
    await announce(request, context.plan);
    const targets = targetsOf(phase, request, context.plan);
    return await runPhases(targets, phase === "rollout" ? watchingTheTime(targets, context) : context);
  } catch (error) {
    return { kind: "failed", error: asSluiceError(error) };
  }
}

/** `begins`: whether what only a new release cannot work with is in the way. */
function contextOf(
  request: RunRequest,
  clients: Clients,
  infrastructure: Infrastructure,
  begins: boolean,
): ControllerContext {
  const { clock, record } = request;
  const plan = planOrThrow(preflight({ ...request, nowMs: clock.nowMs() }, infrastructure), begins);
  record({ kind: "planned", plan: recordedPlan(plan) });
  const context: ControllerContext = {
    ...request,
    ...createExplainer(clients, { ...request, plan }),
    plan,
    engine: createTaskSetEngine(clients, plan, () => clock.nowMs()),
    measure: createMeasure(clients, plan, request),
  };
  return request.dryRun || request.phase === "plan" ? dryRunOf(context) : context;
}

/** A watch of whichever rollout is under way looks at what others have begun, and go on with. */
export function isOnlooker({ phase, rollout }: Pick<RunRequest, "phase" | "rollout">): boolean {
  return phase === "watch" && rollout === CURRENT;
}

function nothingUnderWay(phase: Phase): Outcome {
  const reason = "no rollout is under way on this service";
  if (phase === "sweep") return { kind: "reached", reason };
  throw new SluiceError("configuration", reason, {
    hint: "It is finished, or was taken back: `sluice status --spec FILE` says which. Nothing was changed.",
  });
}

/** Both names that AWS's tools know: the SDK reads only the first. */
function regionFrom(environment: NodeJS.ProcessEnv, spec: ServiceSpec): string | undefined {
  const { AWS_REGION, AWS_DEFAULT_REGION } = environment;
  return AWS_REGION || AWS_DEFAULT_REGION || regionOf(spec);
}

const ANNOUNCE_MS = 15_000;

/** No release waits for whoever is told of it, and no cancellation. */
async function announce({ onBegin, dryRun, clock, signal }: RunRequest, plan: Plan): Promise<void> {
  if (!onBegin || dryRun) return;
  const told = new AbortController();
  const limit = clock.sleep(ANNOUNCE_MS, AbortSignal.any([told.signal, signal])).catch(() => undefined);
  await Promise.race([onBegin(plan), limit]);
  told.abort();
}

function targetsOf(
  phase: Exclude<Phase, "plan">,
  { thenFinish }: RunRequest,
  { spec }: Plan,
): readonly Target[] {
  if (phase === "rollout") return phasesOf(spec.strategy);
  return phase === "promote" && thenFinish ? ["promote", "finish"] : [phase];
}

/** Before anything is written; a service's first deployment has nothing yet that its gates could know. */
async function checkServing(
  context: ControllerContext,
  clients: Clients,
  around: SourceSurroundings,
): Promise<void> {
  const { plan } = context;
  const situation = situationOf((await patiently(context, () => context.engine.observe())).taskSets);
  if ("stable" in situation) await checkGates(plan, situation.stable, sourceContext(clients, plan, around));
}

/** What the whole rollout would do, behind approvals, too; nothing is written. */
async function foreseeRollout(context: ControllerContext, clients: Clients): Promise<Outcome> {
  const { service, taskSets } = await context.engine.observe();
  const situation = situationOf(taskSets);
  const serving = "stable" in situation ? situation.stable.taskDefinitionArn : undefined;
  const [warning, outlook] = await Promise.all([
    serving && noWayBack(clients, serving),
    serving && readOutlook(clients, context.plan, service.desiredCount, context.clock.nowMs()),
  ]);
  const { plan, record } = context;
  const { outcome, steps } = await foreseePhases(phasesOf(plan.spec.strategy), context, { letPass: true });
  if (outlook) record({ kind: "outlook", outlook });
  for (const job of longJobs(plan, steps, "job-per-phase")) record({ kind: "long-job", job });
  const isGood = outcome.kind === "reached" || outcome.kind === "held";
  return warning && isGood ? { ...outcome, reason: `${outcome.reason}. But ${warning}` } : outcome;
}
