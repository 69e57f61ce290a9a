import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { journalSchemaText } from "../../../scripts/journal-schema.ts";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent } from "../../../src/core/journal.ts";
import { writtenLine } from "../../../src/phases/journal.ts";
import { journalProblems, KINDS } from "../../journal-schema.ts";
import { NOW_MS, plan, promoted, RULE, route, stop } from "../core/world.ts";

const write = {
  kind: "tag-service",
  tags: { "sluice:shifted": "run-2" },
  reason: "the shift begins",
} as const;

/** One of each kind of event, with what is optional. */
const EVENTS: { readonly [K in JournalEvent["kind"]]: Extract<JournalEvent, { kind: K }> } = {
  planned: { kind: "planned", plan: plan() },
  "phase-begun": { kind: "phase-begun", phase: "watch", rollout: "run-2", service: "orders" },
  observed: { kind: "observed", observation: promoted({ testRoute: undefined }) },
  writing: {
    kind: "writing",
    write: {
      kind: "set-weights",
      route: { kind: "listener-rule", arn: RULE },
      from: route(100, 0).weights,
      to: route(95, 5).weights,
      mark: { aborted: "run-2" },
      reason: "healthy",
    },
  },
  verdict: {
    kind: "verdict",
    verdict: { kind: "healthy", gate: "errors", reason: "0 of 9", counts: { requests: 9, bad: 0 } },
  },
  waiting: { kind: "waiting", reason: "baking", untilMs: NOW_MS },
  "look-failed": { kind: "look-failed", message: "throttled", againInMs: 500 },
  "rolling-back": { kind: "rolling-back", gate: "errors", reason: "bad" },
  decided: {
    kind: "decided",
    what: "approved",
    by: "octocat",
    decidedAtMs: NOW_MS,
    environment: "gate",
    comment: "go",
  },
  "task-stopped": {
    kind: "task-stopped",
    stop: stop(),
    logs: [{ container: "app", lines: ["no"], missing: "none" }],
  },
  compared: {
    kind: "compared",
    taskDefinition: "orders:2",
    metrics: [{ name: "5xx answers", unit: "percent", early: undefined, late: 2 }],
  },
  foreseen: { kind: "foreseen", inMs: 0, move: write, command: "aws ecs tag-resource" },
  outlook: {
    kind: "outlook",
    outlook: {
      kind: "seen",
      traffic: { requestsPerMinute: 1200, badPercent: 0.2, isRateUnknown: false, dispersion: 1 },
      isDryRun: true,
      minRequests: 100,
      lagMs: 120_000,
      patienceMs: 600_000,
      measure: { kind: "times", times: 10 },
      steps: [
        {
          percent: 5,
          requestsPerMinute: 60,
          enoughMs: 250_000,
          sightings: [
            {
              regression: { kind: "share", percent: 5 },
              typically: { afterMs: 270_000, badRequests: 13.5 },
              nineInTen: { afterMs: 390_000, badRequests: 19.5 },
            },
          ],
          bakeMs: 300_000,
          isBlind: true,
          remedies: [{ percent: 5, bakeMs: 840_000, of: "step", yaml: "- { weight: 5, bake: 14m }" }],
        },
      ],
      ramp: [
        {
          regression: { kind: "times", times: 10 },
          chance: 0.9,
          typically: { afterMs: 580_000, badRequests: 33, percent: 25 },
          nineInTen: { afterMs: 1_140_000, badRequests: 183, percent: 100 },
        },
      ],
    },
  },
  "long-job": {
    kind: "long-job",
    job: {
      job: "shift-2",
      workflow: "canary.yml",
      takesMs: 22_000_000,
      limitMs: 21_600_000,
      remedies: ["job-per-phase", "approve-step", "larger-batches", "shorter-bakes"],
    },
  },
  "phase-ended": {
    kind: "phase-ended",
    phase: "stage",
    outcome: {
      kind: "failed",
      error: new SluiceError("aws", "denied", { hint: "Allow it.", cause: new Error("403") }),
    },
  },
  "job-ended": {
    kind: "job-ended",
    phase: "rollout",
    outcome: { kind: "failed", error: new SluiceError("aws", "denied") },
  },
};

const written = (event: JournalEvent): Record<string, unknown> =>
  JSON.parse(writtenLine({ version: 1, atMs: NOW_MS, ...event }));

test("the file is what the types say", () => {
  const file = readFileSync(new URL("../../../schema/journal.schema.json", import.meta.url), "utf8");
  expect(journalSchemaText()).toBe(file);
}, 60_000);

test.each(Object.values(EVENTS))("$kind is written as the schema says", (event) => {
  expect(journalProblems([written(event)])).toEqual([]);
});

test("the schema has all kinds, and no other", () => {
  expect([...KINDS].sort()).toEqual(Object.keys(EVENTS).sort());
});

test.each<[string, Record<string, unknown>, string]>([
  ["a kind of its own", { ...written(EVENTS.waiting), kind: "dancing" }, 'no event "dancing"'],
  ["another version", { ...written(EVENTS.waiting), version: 2 }, "/version"],
  ["no time", { ...written(EVENTS.waiting), atMs: undefined }, "atMs"],
  ["a member too many", { ...written(EVENTS.waiting), colour: "red" }, "additional"],
  [
    "an error's stack",
    {
      ...written(EVENTS["job-ended"]),
      outcome: { kind: "failed", error: { kind: "aws", message: "x", stack: "at" } },
    },
    "outcome",
  ],
])("a line with %s breaks it", (_name, line, saying) => {
  expect(journalProblems([JSON.parse(JSON.stringify(line))]).join("\n")).toContain(saying);
});
