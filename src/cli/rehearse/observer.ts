import { setTimeout as sleep } from "node:timers/promises";
import { describeVerdict } from "../../core/finding.ts";
import type { JournalLine } from "../../core/journal.ts";
import { Exposure } from "./exposure.ts";
import { JournalFollower } from "./follow.ts";
import type { LoadFigures } from "./load.ts";
import type { ReleaseContext } from "./release.ts";
import { cohortLabel } from "./steps.ts";
import type { TimelineEvent } from "./timeline.ts";
import { changesBetween, type Standing } from "./watch.ts";

const LOOK_MS = 200;
const SAMPLE_MS = 1_000;
/** How a task ends that ECS asked to stop: by itself, or by its SIGTERM. Without a code it never ran. */
const AS_ASKED: readonly (number | undefined)[] = [undefined, 0, 143];

/** Why and when a release was taken back, as its journal and the load balancer say. */
export interface TakenBack {
  readonly gate: string;
  readonly reason: string;
  /** The new version's weight at that moment; 0 where it had none, or users of a route step only. */
  readonly atPercent: number;
  readonly atSeconds: number;
}

export interface ObserverOptions {
  readonly context: ReleaseContext;
  /** The new version, as its image's tag says. */
  readonly version: string;
  readonly startedAtMs: number;
  readonly journalPath: string;
  /** What the load had done before. */
  readonly before: LoadFigures;
}

/** Puts together what the journal, the sandbox and the load say, in order of time. */
export class Observer {
  readonly timeline: TimelineEvent[] = [];
  readonly exposure = new Exposure();
  takenBack: TakenBack | undefined;
  readonly #options: ObserverOptions;
  readonly #journal: JournalFollower;
  #standing: Standing = { weights: {}, healthy: {}, serving: [] };
  #sampledAtMs = 0;

  constructor(options: ObserverOptions) {
    this.#options = options;
    this.#journal = new JournalFollower(options.journalPath);
  }

  async watchUntil(signal: AbortSignal): Promise<void> {
    const { context } = this.#options;
    const stop = context.sandbox.ecs.onChange((change) => {
      if (change.kind !== "task-stopped" || AS_ASKED.includes(change.exitCode)) return;
      const text = `${change.reason} (exit code ${change.exitCode})`;
      this.#say({
        kind: "task-failure",
        atSeconds: this.#atSeconds(),
        version: "the new version",
        reason: text,
      });
    });
    while (!signal.aborted) {
      await this.#look();
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
    await this.#look();
    stop();
  }

  /** Something that the rehearsal does itself. */
  note(text: string): void {
    this.#say({ kind: "note", atSeconds: this.#atSeconds(), text });
  }

  async #look(): Promise<void> {
    const { context, startedAtMs, version } = this.#options;
    const standing = await context.watch.look();
    this.exposure.look(standing.serving.includes(version), {
      atSeconds: this.#atSeconds(),
      requests: () => context.load.figures().requests,
    });
    for (const line of this.#journal.read()) this.#hear(line, (line.atMs - startedAtMs) / 1000);
    for (const event of changesBetween(this.#standing, standing, this.#atSeconds())) this.#say(event);
    this.#standing = standing;
    if (context.nowMs() - this.#sampledAtMs >= SAMPLE_MS) this.#sample();
  }

  #hear(line: JournalLine, atSeconds: number): void {
    if (line.kind === "rolling-back") {
      const { gate, reason } = line;
      const atPercent = this.#standing.weights[this.#options.version] ?? 0;
      this.takenBack = { gate, reason, atPercent, atSeconds };
    }
    for (const event of fromJournal(line, atSeconds)) this.#say(event);
  }

  #sample(): void {
    const { context, before } = this.#options;
    this.#sampledAtMs = context.nowMs();
    const { versions } = context.load.figures();
    const perVersion = Object.fromEntries(
      Object.entries(versions).flatMap(([version, now]) => {
        const was = before.versions[version];
        const requests = now.requests - (was?.requests ?? 0);
        if (requests === 0) return [];
        const failed = now.failed - (was?.failed ?? 0);
        const { requestsPerSecond, p99Ms } = now.recent;
        return [[version, { requestsPerSecond, requests, failed, p99Ms }] as const];
      }),
    );
    this.#say({ kind: "sample", atSeconds: this.#atSeconds(), perVersion });
  }

  #say(event: TimelineEvent): void {
    this.timeline.push(event);
    this.#options.context.onEvent(event);
  }

  #atSeconds(): number {
    const { context, startedAtMs } = this.#options;
    return (context.nowMs() - startedAtMs) / 1000;
  }
}

function fromJournal(line: JournalLine, atSeconds: number): readonly TimelineEvent[] {
  switch (line.kind) {
    case "planned":
      return [{ kind: "phase-reached", atSeconds, phase: "plan" }];
    case "phase-begun":
      return [{ kind: "phase-begun", atSeconds, phase: line.phase }];
    case "phase-ended":
      return fromEnd(line, atSeconds);
    case "verdict": {
      const { gate, kind, reason } = line.verdict;
      return [
        { kind: "verdict", atSeconds, gate, verdict: kind, reason, told: describeVerdict(line.verdict) },
      ];
    }
    case "writing":
      return line.write.kind === "create-cohort"
        ? [{ kind: "route", atSeconds, label: cohortLabel(line.write.cohort) }]
        : [];
    case "rolling-back":
      return [{ kind: "rollback", atSeconds, reason: `${line.gate}: ${line.reason}` }];
    default:
      return [];
  }
}

function fromEnd(
  { phase, outcome }: Extract<JournalLine, { kind: "phase-ended" }>,
  atSeconds: number,
): readonly TimelineEvent[] {
  if (outcome.kind === "reached") return [{ kind: "phase-reached", atSeconds, phase }];
  if (outcome.kind === "held") return [{ kind: "held", atSeconds, reason: outcome.reason }];
  return [];
}
