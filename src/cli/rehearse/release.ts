import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { imageTag } from "../../core/plan.ts";
import { allAtOnce } from "./exposure.ts";
import { type JobResult, journalPathOf, runJob } from "./job.ts";
import type { Load, LoadFigures } from "./load.ts";
import { Observer } from "./observer.ts";
import type { Outcome, ReleaseReport, VersionReport } from "./report.ts";
import type { TimelineEvent } from "./timeline.ts";
import type { ServiceWatch } from "./watch.ts";

export interface ReleasePlan {
  readonly name: string;
  readonly image: string;
  readonly runId: string;
  readonly strategy: string;
  readonly expected: Outcome;
  readonly specText: string;
  /** How often a person has to approve; each time one does, after a moment. */
  readonly approvals: number;
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

/** What may take a bad release back in a rehearsal: anything else, such as AWS, says nothing of the release. */
const JUDGES = ["errors", "latency", "smoke", "tasks", "health"];

/** How long a person thinks about an approval. */
const APPROVAL_MS = 2_000;

/** Runs one release through the action's bundle, under the load, and watches it from the outside. */
export async function rehearseRelease(plan: ReleasePlan, context: ReleaseContext): Promise<Released> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-rehearsal-"));
  try {
    writeFileSync(specPathIn(folder), plan.specText);
    const before = context.load.figures();
    const violationsBefore = context.violations().length;
    const startedAtMs = context.nowMs();
    const version = imageTag(plan.image);
    const journalPath = journalPathOf(folder);
    const observer = new Observer({ context, version, startedAtMs, journalPath, before });
    const done = new AbortController();
    const watching = observer.watchUntil(done.signal);
    const job = await runJobs(plan, context, folder, (text) => observer.note(text)).finally(() =>
      done.abort(),
    );
    await watching;
    const after = context.load.figures();
    const seconds = (context.nowMs() - startedAtMs) / 1000;
    const violations = context.violations().slice(violationsBefore);
    const report = toReport(plan, job, { before, after, seconds, violations, observer });
    return { report, job, failures: after.failures.filter(({ atMs }) => atMs >= startedAtMs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const specPathIn = (folder: string): string => join(folder, "sluice.yml");

/** The job, and once more for each approval that it is held for. */
async function runJobs(
  plan: ReleasePlan,
  context: ReleaseContext,
  folder: string,
  note: (text: string) => void,
): Promise<JobResult> {
  const { sandbox, mainBundle, signal } = context;
  let log = "";
  for (let approvals = 0; ; approvals++) {
    const job = await runJob(mainBundle, {
      runId: plan.runId,
      inputs: { spec: specPathIn(folder), image: plan.image, approvals: String(approvals) },
      endpoint: sandbox.endpoint,
      region: sandbox.account.region,
      folder,
      signal,
    });
    log += job.log;
    if (!waitsForApproval(job) || approvals >= plan.approvals || signal.aborted) return { ...job, log };
    await sleep(APPROVAL_MS, undefined, { signal }).catch(() => undefined);
    note(
      `a person approves (in this rehearsal, nobody was asked): the job runs again with approvals: ${approvals + 1}`,
    );
  }
}

/** Held for an approve step, and not for want of evidence. */
function waitsForApproval({ outputs }: JobResult): boolean {
  return outputs.outcome === "held" && outputs.reason?.includes("(approve step ") === true;
}

const isJudged = (gates: string): boolean => gates.split(", ").some((gate) => JUDGES.includes(gate));

interface Measured {
  readonly before: LoadFigures;
  readonly after: LoadFigures;
  readonly seconds: number;
  readonly violations: readonly string[];
  readonly observer: Observer;
}

function toReport(plan: ReleasePlan, job: JobResult, measured: Measured): ReleaseReport {
  const { before, after, violations, observer } = measured;
  const outcome = toOutcome(job);
  const failed = after.failed - before.failed;
  const judged = plan.expected !== "rolled-back" || isJudged(observer.takenBack?.gate ?? "");
  const asExpected = outcome === plan.expected && judged && violations.length === 0;
  const versions = perVersion(before, after);
  return {
    name: plan.name,
    strategy: plan.strategy,
    outcome,
    expected: plan.expected,
    ok: asExpected && (plan.expected !== "released" || failed === 0),
    requests: after.requests - before.requests,
    failed,
    violations,
    seconds: toTenths(measured.seconds),
    perVersion: versions,
    ...takenBack(measured, versions[imageTag(plan.image)]),
    timeline: observer.timeline,
  };
}

/** How a release was taken back, and what it would have cost had it got all users at once. */
function takenBack(
  { after, seconds, observer }: Measured,
  own: VersionReport | undefined,
): Pick<ReleaseReport, "takenBack" | "allAtOnce"> {
  const { takenBack: why } = observer;
  if (!why) return {};
  const exposed = observer.exposure.exposed({ atSeconds: seconds, requests: () => after.requests });
  const { gate, reason, atPercent } = why;
  const caught = exposed
    ? {
        afterSeconds: toTenths(why.atSeconds - exposed.fromSeconds),
        exposedSeconds: toTenths(exposed.seconds),
      }
    : {};
  const instead = own && allAtOnce(own, exposed);
  return { takenBack: { gate, reason, atPercent, ...caught }, ...(instead ? { allAtOnce: instead } : {}) };
}

const toTenths = (seconds: number): number => Math.max(0, Math.round(seconds * 10) / 10);

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
