import type { Clients } from "../aws/clients.ts";
import { CANCELLED, lastLogLines } from "../aws/logs.ts";
import { readTaskDefinition } from "../aws/task-definition.ts";
import { readTasks, toStop } from "../aws/tasks.ts";
import type { ContainerLog, JournalEvent } from "../core/journal.ts";
import type { ObservedTaskSet, TaskStop } from "../core/observation.ts";
import type { Plan } from "../core/plan.ts";
import { blameOf } from "../core/task-stops.ts";
import { asSluiceError, type Clock } from "./controller.ts";

export interface Explainer {
  /** Records, and hears what there may be to explain. */
  readonly record: (event: JournalEvent) => void;
  /**
   * After a rollback: records the stopped tasks of the new version with their last lines, once, the latest three.
   * Takes some seconds at most; never throws.
   */
  readonly explain: () => Promise<void>;
}

interface Surroundings {
  readonly plan: Plan;
  readonly record: (event: JournalEvent) => void;
  readonly clock: Clock;
  /** A cancelled job has no time for it. */
  readonly signal: AbortSignal;
}

const MOST_STOPS = 3;
/** How long after its task's end a line can be expected in CloudWatch Logs; no figure is documented. */
const LINES_ARRIVE_MS = 6_000;
/** Of each call: nothing waits for them but the end of the job. */
const PATIENCE_MS = 5_000;
/** What these doubted is in the tasks that the rollback itself has stopped. */
const GATES_OF_TASKS: ReadonlySet<string> = new Set(["errors", "health", "smoke", "tasks"]);

/** Hears a rollout's journal for whoever explains its failure. */
export function createExplainer(clients: Clients, surroundings: Surroundings): Explainer {
  const { plan, record, signal } = surroundings;
  const stops = new Map<string, TaskStop>();
  let fresh: ObservedTaskSet | undefined;
  let gate: string | undefined;
  let isExplained = false;
  return {
    record(event) {
      record(event);
      if (event.kind === "rolling-back") gate = event.gate;
      if (event.kind !== "observed") return;
      const set = event.observation.taskSets.find(({ origin }) => origin?.rollout === plan.rollout);
      fresh = set ?? fresh;
      for (const stop of set?.stops ?? []) stops.set(stop.taskArn, stop);
    },
    async explain() {
      if (isExplained || !fresh || signal.aborted) return;
      isExplained = true;
      const telling =
        toTell([...stops.values()]) ?? (await stoppedByRollback(clients, surroundings, fresh, gate));
      for (const event of await withLogs(clients, surroundings, fresh, telling)) record(event);
    },
  };
}

/** The latest of those that stopped by themselves, oldest first; undefined where none did. */
function toTell(stops: readonly TaskStop[]): readonly TaskStop[] | undefined {
  const own = stops.filter((stop) => blameOf(stop) !== "foreign");
  return own.length > 0 ? latest(own, MOST_STOPS) : undefined;
}

function latest(stops: readonly TaskStop[], count: number): readonly TaskStop[] {
  return [...stops].sort((a, b) => a.stoppedAtMs - b.stoppedAtMs).slice(-count);
}

/** Where no look has seen a task stop by itself: those that have since, else one that the rollback has stopped. */
async function stoppedByRollback(
  clients: Clients,
  { plan: { clusterArn, spec }, signal }: Surroundings,
  { id }: ObservedTaskSet,
  gate: string | undefined,
): Promise<readonly TaskStop[]> {
  if (!GATES_OF_TASKS.has(gate ?? "")) return [];
  try {
    const tasks = await readTasks(clients, clusterArn, spec.service, "STOPPED", patience(signal));
    const stops = tasks.filter(({ startedBy }) => startedBy === id).map(toStop);
    return toTell(stops) ?? latest(stops, 1);
  } catch {
    return [];
  }
}

/** Whoever cancels the job waits for no call. */
const patience = (signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);

async function withLogs(
  clients: Clients,
  { clock, signal }: Surroundings,
  { taskDefinitionArn }: ObservedTaskSet,
  stops: readonly TaskStop[],
): Promise<readonly JournalEvent[]> {
  const last = stops.at(-1);
  if (!last) return [];
  const read = async (): Promise<readonly (readonly ContainerLog[])[]> => {
    const { definition } = await readTaskDefinition(clients, taskDefinitionArn, patience(signal));
    const arriveMs = last.stoppedAtMs + LINES_ARRIVE_MS - clock.nowMs();
    if (arriveMs > 0) await clock.sleep(Math.min(arriveMs, LINES_ARRIVE_MS), signal);
    const limit = patience(signal);
    return Promise.all(stops.map((stop) => lastLogLines(clients, definition, stop, limit)));
  };
  const logs = await read().catch((error: unknown) => {
    const why = signal.aborted ? CANCELLED : asSluiceError(error).message;
    return stops.map((stop) => withoutLogs(stop, why));
  });
  return stops.map((stop, index) => ({ kind: "task-stopped", stop, logs: logs[index] ?? [] }));
}

function withoutLogs({ exits }: TaskStop, missing: string): readonly ContainerLog[] {
  return exits.map(({ container }) => ({ container, lines: [], missing }));
}
