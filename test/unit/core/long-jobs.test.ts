import { describe, expect, test } from "vitest";
import { describeEvent } from "../../../src/core/describe.ts";
import { foresee } from "../../../src/core/foresee.ts";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
import { type Division, type LongJob, longJobs, longJobText } from "../../../src/core/long-jobs.ts";
import { renderSummary } from "../../../src/github/summary.ts";
import { phasesOf } from "../../../src/phases/rollout.ts";
import { MINUTE_MS, NOW_MS, observation, plan, service, spec, stableSet } from "./world.ts";

type Given = Readonly<Record<string, unknown>>;

interface Circumstances {
  readonly division?: Division;
  readonly tasks?: number;
  readonly approvals?: number;
}

/** The long jobs of a release from rest, with targets that drain for a minute: "shift 363m: approve-step, shorter-bakes". */
function longJobsOf(given: Given, around: Circumstances = {}): readonly string[] {
  const { division = "job-per-phase", tasks = 4, approvals = 0 } = around;
  const asked = plan({ spec: spec({ settle: "0s", ...given }), drainMs: MINUTE_MS, approvals });
  const seen = observation({
    service: service({}, tasks),
    taskSets: [stableSet({ computedDesiredCount: tasks })],
  });
  const { steps } = foresee(asked, phasesOf(asked.spec.strategy), seen, NOW_MS, {
    letPass: division === "job-per-phase",
  });
  return longJobs(asked, steps, division).map(
    ({ job, takesMs, remedies }) => `${job} ${Math.round(takesMs / MINUTE_MS)}m: ${remedies.join(", ")}`,
  );
}

/** "5:3h approve 50:3h". */
const canary = (steps: string, more: Given = {}): Given => ({
  strategy: "canary",
  bake: "5m",
  steps: steps.split(" ").map((step) => {
    const [weight, bake] = step.split(":");
    return weight === "approve" ? { approve: true } : { weight: Number(weight), bake };
  }),
  ...more,
});

const rolling = (size: number, bake: string, last = "5m"): Given => ({
  strategy: "rolling",
  batch: { size, bake },
  bake: last,
});

describe("where each phase is a job", () => {
  test.each<[string, Given, readonly string[]]>([
    ["steps that just fit, with three minutes for tasks to start", canary("5:3h 50:176m"), []],
    ["steps that just do not", canary("5:3h 50:177m"), ["shift 360m: approve-step, shorter-bakes"]],
    [
      "the time that weights take to settle",
      canary("5:3h 50:170m", { settle: "5m" }),
      ["shift 363m: approve-step, shorter-bakes"],
    ],
    ["an approve step between them", canary("5:5h approve 50:5h"), []],
    [
      "a stretch behind one",
      canary("5:5h approve 25:3h 50:3h"),
      ["shift-2 366m: approve-step, shorter-bakes"],
    ],
    ["an approve step before all of the traffic", canary("5:5h approve", { bake: "5h" }), []],
    [
      "as many approve steps as there may be",
      canary("1:1m approve 2:1m approve 3:1m approve 25:3h 50:3h"),
      ["shift-4 366m: shorter-bakes"],
    ],
    [
      "fewer left than would do",
      canary("1:1m approve 2:1m approve 3:5h 25:5h 50:5h"),
      ["shift-3 909m: shorter-bakes"],
    ],
    ["a bake that is too long by itself", canary("5:7h 50:1m"), ["shift 424m: shorter-bakes"]],
    [
      "a last bake that is, and a shift",
      canary("5:3h 50:3h", { bake: "7h" }),
      ["shift 363m: approve-step, shorter-bakes", "promote 423m: shorter-bakes"],
    ],
    ["a shift and a promotion that fit", canary("5:5h", { bake: "5h" }), []],
    ["a canary by default", { strategy: "canary" }, []],
  ])("%s", (_name, given, jobs) => {
    expect(longJobsOf(given)).toEqual(jobs);
  });

  test("a shift is called by the approvals that it was given", () => {
    expect(longJobsOf(canary("5:7h approve 50:1m"), { approvals: 1 })).toEqual([
      "shift-2 424m: shorter-bakes",
    ]);
  });

  test.each<[string, Given, readonly string[]]>([
    ["a long bake after the flip", { bake: "7h" }, ["promote 420m: shorter-bakes"]],
    [
      "a split and a bake",
      { split: { weight: 50, bake: "3h" }, bake: "3h" },
      ["promote 360m: shorter-bakes"],
    ],
    ["a bake that just fits", { bake: "359m" }, []],
  ])("blue-green with %s", (_name, given, jobs) => {
    expect(longJobsOf({ strategy: "blue-green", ...given })).toEqual(jobs);
  });

  test.each<[string, Given, readonly string[]]>([
    [
      "many batches, each with its start and its drain",
      rolling(1, "5m"),
      ["shift 437m: larger-batches, shorter-bakes"],
    ],
    ["the same in pairs", rolling(2, "5m"), []],
    ["one bake that is too long", rolling(25, "6h"), ["shift 360m: shorter-bakes"]],
    ["a long last bake", rolling(25, "5m", "6h"), ["promote 364m: shorter-bakes"]],
  ])("rolling with %s", (_name, given, jobs) => {
    expect(longJobsOf(given, { tasks: 50 })).toEqual(jobs);
  });
});

describe("where the whole rollout is one job", () => {
  test.each<[string, Given, readonly string[]]>([
    [
      "all bakes count together",
      canary("5:3h", { bake: "3h" }),
      ["rollout 367m: job-per-phase, shorter-bakes"],
    ],
    ["a job for each phase would not do", canary("5:1m", { bake: "6h" }), ["rollout 368m: shorter-bakes"]],
    ["it ends where a person is asked", canary("5:3h approve", { bake: "3h" }), []],
    ["and it may fit", canary("5:2h", { bake: "2h" }), []],
  ])("%s", (_name, given, jobs) => {
    expect(longJobsOf(given, { division: "one-job" })).toEqual(jobs);
  });
});

const LONG: LongJob = {
  job: "shift-2",
  workflow: "canary.yml",
  takesMs: 366 * MINUTE_MS,
  limitMs: 360 * MINUTE_MS,
  remedies: ["approve-step", "shorter-bakes"],
};
const { workflow: _workflow, ...ONE } = LONG;

describe("in words", () => {
  test.each<[LongJob, RegExp]>([
    [
      LONG,
      /^the job shift-2 of canary\.yml would take about 6h 6m, and GitHub ends it after 6h, .*: put an approve step/,
    ],
    [
      { ...ONE, job: "rollout" },
      /^the whole rollout in one job would take about 6h 6m, and GitHub's runners end a job after 6h/,
    ],
  ])("$job", (job, words) => {
    expect(longJobText(job)).toMatch(words);
    expect(longJobText(job)).toMatch(
      /; or .*self-hosted runner, with a longer timeout-minutes \(docs\/how-to\/long-rollouts\.md\)$/,
    );
  });

  test("a log notes it, and a plan's summary has it as a warning", () => {
    const event: JournalEvent = { kind: "long-job", job: LONG };
    expect(describeEvent(event, undefined)).toEqual({ tone: "note", text: longJobText(LONG) });
    const line = (more: JournalEvent): JournalLine => ({ version: 1, atMs: NOW_MS, ...more });
    const reached = { kind: "reached", reason: "all is well" } as const;
    const summaryOf = (phase: "plan" | "rollout", ...events: readonly JournalEvent[]): string => {
      const ended = { kind: "job-ended", phase, outcome: reached } as const;
      return renderSummary([{ kind: "planned", plan: plan() } as const, ...events, ended].map(line), reached);
    };
    expect(summaryOf("plan", event)).toMatch(
      /^### Longer than a job may take\n\n⚠️ The job shift-2 of canary\.yml .*\.$/m,
    );
    expect(summaryOf("plan")).not.toContain("⚠️");
    expect(summaryOf("rollout", event), "it had the time after all").not.toContain("⚠️");
  });
});
