import { describe, expect, test } from "vitest";
import {
  beginView,
  followEvent,
  isNoteworthy,
  type TimelineEvent,
} from "../../../../src/cli/rehearse/timeline.ts";

const empty = beginView({
  name: "orders:2",
  strategy: "blue-green",
  phases: ["plan", "stage", "shift", "finish"],
  newVersion: "2",
  steps: [
    { label: "header x-beta" },
    { label: "approve" },
    { label: "5 %", percent: 5 },
    { label: "100 %", percent: 100 },
  ],
});
const follow = (...events: TimelineEvent[]) => events.reduce(followEvent, empty);

describe("the view of a release", () => {
  test("marks the phases as they come", () => {
    const view = follow(
      { atSeconds: 0, kind: "phase-begun", phase: "plan" },
      { atSeconds: 2, kind: "phase-reached", phase: "plan" },
      { atSeconds: 3, kind: "phase-begun", phase: "stage" },
    );
    expect(view.phases.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "plan reached",
      "stage begun",
      "shift ahead",
      "finish ahead",
    ]);
    expect(view.elapsedSeconds).toBe(3);
  });

  test("a rollback ends the phase under way, and what was to come", () => {
    const view = follow(
      { atSeconds: 0, kind: "phase-reached", phase: "plan" },
      { atSeconds: 1, kind: "phase-begun", phase: "stage" },
      { atSeconds: 2, kind: "rollback", reason: "no task became healthy" },
      { atSeconds: 2, kind: "phase-begun", phase: "rollback" },
      { atSeconds: 4, kind: "phase-reached", phase: "rollback" },
    );
    expect(view.phases.map(({ name, state }) => `${name} ${state}`)).toEqual([
      "plan reached",
      "stage failed",
      "rollback reached",
    ]);
    expect(view.rollback).toBe("because of no task became healthy");
  });

  test("says only which gate takes a release back, where it has just said why", () => {
    const view = follow(
      {
        atSeconds: 1,
        kind: "verdict",
        gate: "errors",
        verdict: "regress",
        reason: "9 of 9 went bad",
        told: "…",
      },
      { atSeconds: 1, kind: "rollback", reason: "errors: 9 of 9 went bad" },
    );
    expect(view.rollback).toBe("because of errors");
  });

  test("knows the step that it is at, by cohorts, approvals and weights", () => {
    const events: TimelineEvent[] = [
      { atSeconds: 0, kind: "weight", weights: { "1": 100, "2": 0 } },
      { atSeconds: 1, kind: "route", label: "header x-beta" },
      { atSeconds: 2, kind: "held", reason: "a person has to approve" },
      { atSeconds: 3, kind: "weight", weights: { "1": 95, "2": 5 } },
      { atSeconds: 4, kind: "weight", weights: { "1": 100, "2": 0 } },
    ];
    const steps = events.map((_, index) => follow(...events.slice(0, index + 1)).step);
    expect(steps).toEqual([-1, 0, 1, 2, 2]);
  });

  test("keeps a phase reached that a job run again only finds so", () => {
    const view = follow(
      { atSeconds: 0, kind: "phase-reached", phase: "stage" },
      { atSeconds: 1, kind: "phase-begun", phase: "stage" },
    );
    expect(view.phases.find(({ name }) => name === "stage")?.state).toBe("reached");
  });

  test("collects what is known of each version", () => {
    const sample = { requestsPerSecond: 10, requests: 100, failed: 0, p99Ms: 5 };
    const view = follow(
      { atSeconds: 0, kind: "weight", weights: { "1": 100, "2": 0 } },
      { atSeconds: 1, kind: "healthy", version: "2", healthy: 3, expected: 4 },
      { atSeconds: 2, kind: "sample", perVersion: { "1": sample } },
      { atSeconds: 3, kind: "weight", weights: { "1": 0, "2": 100 } },
    );
    expect(view.versions).toEqual([
      { version: "1", weightPercent: 0, sample },
      { version: "2", weightPercent: 100, tasks: { healthy: 3, expected: 4 } },
    ]);
  });
});

describe("a log has a line for", () => {
  const verdict = (gate: string, kind: "healthy" | "regress" | "insufficient"): TimelineEvent => ({
    atSeconds: 5,
    kind: "verdict",
    gate,
    verdict: kind,
    reason: "…",
    told: "…",
  });

  test.each<[TimelineEvent, boolean]>([
    [{ atSeconds: 0, kind: "phase-begun", phase: "plan" }, true],
    [{ atSeconds: 0, kind: "weight", weights: { "1": 100 } }, true],
    [{ atSeconds: 0, kind: "task-failure", version: "2", reason: "exit code 1" }, true],
    [{ atSeconds: 0, kind: "sample", perVersion: {} }, false],
    [{ atSeconds: 0, kind: "healthy", version: "1", healthy: 1, expected: 4 }, false],
    [{ atSeconds: 0, kind: "healthy", version: "1", healthy: 4, expected: 4 }, true],
    [{ atSeconds: 0, kind: "weight", weights: { "2": 5 } }, false],
    [{ atSeconds: 0, kind: "weight", weights: { "1": 75, "2": 25 } }, true],
    [{ atSeconds: 0, kind: "phase-begun", phase: "stage" }, false],
    [{ atSeconds: 0, kind: "phase-reached", phase: "stage" }, false],
    [{ atSeconds: 0, kind: "route", label: "header x-beta" }, false],
    [{ atSeconds: 0, kind: "held", reason: "a person has to approve" }, true],
    [verdict("errors", "healthy"), false],
    [verdict("errors", "regress"), true],
    [verdict("smoke", "regress"), false],
    [verdict("latency", "healthy"), true],
    [verdict("latency", "insufficient"), false],
  ])("%o after gates have spoken: %s", (event, expected) => {
    const before = follow(
      verdict("errors", "healthy"),
      verdict("smoke", "regress"),
      { atSeconds: 0, kind: "phase-reached", phase: "stage" },
      { atSeconds: 0, kind: "weight", weights: { "1": 95, "2": 5 } },
    );
    expect(isNoteworthy(event, before)).toBe(expected);
  });
});
