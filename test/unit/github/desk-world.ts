import { createGitHub, type GitHubOptions, type GitHubSandbox } from "../../../sandbox/github/github.ts";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { createDesk, type DeskOptions } from "../../../src/github/desk/create.ts";
import type { GitHubDesk } from "../../../src/github/desk.ts";
import { NOW_MS } from "../core/world.ts";

export const RUN = 4711;
export const SHA = "0123456789abcdef0123456789abcdef01234567";
export const RUN_URL = `https://github.com/octo-org/orders/actions/runs/${RUN}`;

/** A GitHub with a run in progress, and the desks of its jobs. */
export interface Office {
  readonly github: GitHubSandbox;
  /** What desks could not do, in order. */
  readonly complaints: readonly string[];
  /** A desk of its own, as each job has it. */
  desk(options?: Partial<DeskOptions>): GitHubDesk;
  close(): Promise<void>;
}

export async function openOffice(options: GitHubOptions = {}): Promise<Office> {
  const github = await createGitHub(options);
  github.addRun({ id: RUN, headSha: SHA });
  const complaints: string[] = [];
  const variables = {
    GITHUB_API_URL: github.url,
    GITHUB_REPOSITORY: "octo-org/orders",
    GITHUB_RUN_ID: String(RUN),
    GITHUB_SHA: SHA,
  };
  return {
    github,
    complaints,
    desk: (more = {}) =>
      createDesk(variables, github.token.value, {
        environment: "production",
        environmentUrl: "https://shop.example.com/",
        runUrl: RUN_URL,
        asked: undefined,
        say: (complaint) => complaints.push(complaint),
        limits: { callMs: 1_000, pauseMs: 20 },
        ...more,
      }),
    close: () => github.close(),
  };
}

/** A journal of one job: what was planned, and each phase's end. */
export function journalOf(plan: Plan, ...ended: readonly (readonly [phase: Ended["phase"], Outcome])[]) {
  const events: readonly JournalEvent[] = [
    { kind: "planned", plan },
    ...ended.flatMap(([phase, outcome]): readonly JournalEvent[] => [
      { kind: "phase-begun", phase, rollout: plan.rollout, service: plan.spec.service },
      { kind: "phase-ended", phase, outcome },
    ]),
  ];
  return asLines(events);
}

type Ended = Extract<JournalEvent, { kind: "phase-ended" }>;

export function asLines(events: readonly JournalEvent[]): readonly JournalLine[] {
  return events.map((event, index) => ({ ...event, version: 1, atMs: NOW_MS + index }));
}

export const reached: Outcome = { kind: "reached", reason: "done" };
