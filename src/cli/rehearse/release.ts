import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import type { JournalLine } from "../../core/journal.ts";
import { JournalFollower } from "./follow.ts";
import { type JobResult, journalPathOf, runJob } from "./job.ts";
import type { Load, LoadFigures } from "./load.ts";
import type { Outcome, ReleaseReport, VersionReport } from "./report.ts";
import type { TimelineEvent } from "./timeline.ts";
import { changesBetween, type ServiceWatch, type Standing } from "./watch.ts";

export interface ReleasePlan {
  readonly name: string;
  readonly image: string;
  readonly runId: string;
  readonly strategy: string;
  readonly expected: Outcome;
  readonly specText: string;
}

export interface ReleaseContext {
  readonly sandbox: Sandbox;
  readonly load: Load;
  readonly watch: ServiceWatch;
  /** The action's bundle. */
  readonly mainBundle: string;
  readonly nowMs: () => number;
  /** Messages of violations so far. */
  readonly violations: () => readonly string[];
  readonly onEvent: (event: TimelineEvent) => void;
  readonly signal: AbortSignal;
}

export interface Released {
  readonly report: ReleaseReport;
  readonly job: JobResult;
  /** The first failed requests of this release, for people. */
  readonly failures: LoadFigures["failures"];
}

const LOOK_MS = 200;
const SAMPLE_MS = 1_000;

/** Runs one release through the action's bundle, under the load, and watches it from the outside. */
export async function rehearseRelease(plan: ReleasePlan, context: ReleaseContext): Promise<Released> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-rehearsal-"));
  try {
    const specPath = join(folder, "sluice.yml");
    writeFileSync(specPath, plan.specText);
    const before = context.load.figures();
    const violationsBefore = context.violations().length;
    const startedAtMs = context.nowMs();
    const observer = new Observer(context, startedAtMs, journalPathOf(folder), before);
    const done = new AbortController();
    const watching = observer.watchUntil(done.signal);
    const job = await runJob(context.mainBundle, {
      runId: plan.runId,
      inputs: { spec: specPath, image: plan.image },
      endpoint: context.sandbox.endpoint,
      region: context.sandbox.account.region,
      folder,
      signal: context.signal,
    });
    done.abort();
    await watching;
    const after = context.load.figures();
    const seconds = (context.nowMs() - startedAtMs) / 1000;
    const violations = context.violations().slice(violationsBefore);
    const report = toReport(plan, job, { before, after, seconds, violations, timeline: observer.timeline });
    return { report, job, failures: after.failures.filter(({ atMs }) => atMs >= startedAtMs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Puts together what the journal, the sandbox and the load say, in order of time. */
class Observer {
  readonly timeline: TimelineEvent[] = [];
  readonly #context: ReleaseContext;
  readonly #startedAtMs: number;
  readonly #journal: JournalFollower;
  readonly #before: LoadFigures;
  #standing: Standing = { weights: {}, healthy: {} };
  #sampledAtMs = 0;

  constructor(context: ReleaseContext, startedAtMs: number, journalPath: string, before: LoadFigures) {
    this.#context = context;
    this.#startedAtMs = startedAtMs;
    this.#journal = new JournalFollower(journalPath);
    this.#before = before;
  }

  async watchUntil(signal: AbortSignal): Promise<void> {
    const stop = this.#context.sandbox.ecs.onChange((change) => {
      if (change.kind !== "task-stopped" || change.exitCode === undefined || change.exitCode === 0) return;
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

  async #look(): Promise<void> {
    for (const line of this.#journal.read()) {
      for (const event of fromJournal(line, (line.atMs - this.#startedAtMs) / 1000)) this.#say(event);
    }
    const standing = await this.#context.watch.look();
    for (const event of changesBetween(this.#standing, standing, this.#atSeconds())) this.#say(event);
    this.#standing = standing;
    if (this.#context.nowMs() - this.#sampledAtMs >= SAMPLE_MS) this.#sample();
  }

  #sample(): void {
    this.#sampledAtMs = this.#context.nowMs();
    const { versions } = this.#context.load.figures();
    const perVersion = Object.fromEntries(
      Object.entries(versions).flatMap(([version, now]) => {
        const was = this.#before.versions[version];
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
    this.#context.onEvent(event);
  }

  #atSeconds(): number {
    return (this.#context.nowMs() - this.#startedAtMs) / 1000;
  }
}

function fromJournal(line: JournalLine, atSeconds: number): readonly TimelineEvent[] {
  switch (line.kind) {
    case "planned":
      return [{ kind: "phase-reached", atSeconds, phase: "plan" }];
    case "phase-begun":
      return [{ kind: "phase-begun", atSeconds, phase: line.phase }];
    case "phase-ended":
      return line.outcome.kind === "reached" ? [{ kind: "phase-reached", atSeconds, phase: line.phase }] : [];
    case "verdict": {
      const { gate, kind, reason } = line.verdict;
      return [{ kind: "verdict", atSeconds, gate, verdict: kind, reason }];
    }
    case "rolling-back":
      return [{ kind: "rollback", atSeconds, reason: `${line.gate}: ${line.reason}` }];
    default:
      return [];
  }
}

interface Measured {
  readonly before: LoadFigures;
  readonly after: LoadFigures;
  readonly seconds: number;
  readonly violations: readonly string[];
  readonly timeline: readonly TimelineEvent[];
}

function toReport(plan: ReleasePlan, job: JobResult, measured: Measured): ReleaseReport {
  const { before, after, violations } = measured;
  const outcome = toOutcome(job);
  const failed = after.failed - before.failed;
  const asExpected = outcome === plan.expected && violations.length === 0;
  return {
    name: plan.name,
    strategy: plan.strategy,
    outcome,
    expected: plan.expected,
    ok: asExpected && (plan.expected !== "released" || failed === 0),
    requests: after.requests - before.requests,
    failed,
    violations,
    seconds: Number(measured.seconds.toFixed(1)),
    perVersion: perVersion(before, after),
    timeline: measured.timeline,
  };
}

/** The job's exit status has to agree with what it says. */
function toOutcome({ exitCode, outputs }: JobResult): Outcome {
  if (exitCode === 0)
    return outputs.outcome === "reached" ? "released" : outputs.outcome === "held" ? "held" : "failed";
  return outputs.outcome === "rolled-back" ? "rolled-back" : "failed";
}

function perVersion(before: LoadFigures, after: LoadFigures): Readonly<Record<string, VersionReport>> {
  return Object.fromEntries(
    Object.entries(after.versions).flatMap(([version, { requests, failed, p50Ms, p99Ms }]) => {
      const was = before.versions[version];
      const own = requests - (was?.requests ?? 0);
      return own === 0
        ? []
        : [[version, { requests: own, failed: failed - (was?.failed ?? 0), p50Ms, p99Ms }] as const];
    }),
  );
}
