import { describe, expect, test } from "vitest";
import { decide } from "../../../../src/core/decide.ts";
import type { Observation } from "../../../../src/core/observation.ts";
import type { Evidence, Verdict } from "../../../../src/core/verdict.ts";
import {
  flipped,
  freshSet,
  GREEN,
  LISTENER,
  MINUTE_MS,
  NOW_MS,
  plan,
  promoted,
  ROLLOUT,
  RULE,
  route,
  SECOND_MS,
  service,
  spec,
  stableSet,
  staged,
  stop,
} from "../world.ts";

const promote = (seen: Observation, evidence: Evidence = {}, nowMs = NOW_MS, on = plan()) =>
  decide(on, "promote", seen, evidence, nowMs);
const errors = (kind: Verdict["kind"]): Evidence => ({
  metrics: { kind, gate: "errors", reason: `${kind} it is` },
});

const SHIFTING = { shifted: ROLLOUT, step: { weightPercent: 0, atMs: NOW_MS } };
const twoRoutes = (first: readonly [number, number], second: readonly [number, number]) => [
  route(...first),
  route(...second, { kind: "listener", arn: LISTENER }),
];
/** settle 10 s and bake 10 m by default. */
const BAKE_MS = 10 * MINUTE_MS + 10 * SECOND_MS;
const PATIENCE_MS = 10 * MINUTE_MS;

describe("the flip", () => {
  test("begins with the tag that says so, before any weight", () => {
    expect(promote(staged())).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:shifted": ROLLOUT, "sluice:step": "0@2026-01-05T09:00:00.000Z" },
    });
  });

  test("then writes all weight to the new group", () => {
    expect(promote(staged({ service: service(SHIFTING) }))).toMatchObject({
      kind: "set-weights",
      route: { arn: RULE },
      from: route(100, 0).weights,
      to: route(0, 100).weights,
    });
  });

  test("goes on where a process was killed between two routes", () => {
    const seen = staged({ service: service(SHIFTING), routes: twoRoutes([0, 100], [100, 0]) });
    expect(promote(seen)).toMatchObject({ kind: "set-weights", route: { kind: "listener", arn: LISTENER } });
  });

  test("is done when every route has it: then the bake's beginning is tagged", () => {
    const seen = staged({ service: service(SHIFTING), routes: twoRoutes([0, 100], [0, 100]) });
    expect(promote(seen)).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:step": "100@2026-01-05T09:00:00.000Z" },
    });
  });

  test.each([
    ["begun", service(SHIFTING)],
    ["not begun", service()],
  ])("waits for the last healthy target, %s or not, within timeouts.shift", (_name, tagged) => {
    const seen = staged({ service: tagged, taskSets: [stableSet(), freshSet({ healthyCount: 3 })] });
    expect(promote(seen)).toEqual({
      kind: "wait",
      reason: "before 100 %: 3 of 4 targets healthy",
      untilMs: NOW_MS + 5 * MINUTE_MS,
    });
    expect(promote(seen, {}, NOW_MS + 5 * MINUTE_MS - 1).kind).toBe("wait");
    expect(promote(seen, {}, NOW_MS + 5 * MINUTE_MS)).toMatchObject({ kind: "roll-back", gate: "health" });
  });

  test("waits for the tasks that a raised desired count asks for", () => {
    const seen = staged({ service: service(SHIFTING, 5) });
    expect(promote(seen)).toMatchObject({
      kind: "wait",
      reason: expect.stringMatching(/4 of 5 targets healthy/),
    });
  });

  test("waits for a zone without a healthy target where traffic stays in its zone", () => {
    const zoned = plan({ zones: ["eu-west-1a", "eu-west-1c"] });
    expect(promote(staged(), {}, NOW_MS, zoned)).toMatchObject({
      kind: "wait",
      reason: expect.stringMatching(/no healthy target in eu-west-1c/),
    });
  });
});

describe("weights that this rollout did not write", () => {
  test.each([
    ["37 % before it began", staged({ routes: [route(63, 37)] })],
    ["all of it before it began", staged({ routes: [route(0, 100)] })],
    ["37 % in mid-flip", staged({ service: service(SHIFTING), routes: [route(63, 37)] })],
    ["37 % in the bake", flipped(NOW_MS, { routes: [route(63, 37)] })],
    ["all taken back in the bake", flipped(NOW_MS, { routes: [route(100, 0)] })],
    ["all taken back after it was PRIMARY", promoted({ routes: [route(100, 0)] })],
  ])("%s: refuses", (_name, seen) => {
    expect(promote(seen, errors("healthy"))).toMatchObject({ kind: "refuse" });
  });

  test("one of two routes taken back in the bake: waits whether a rollback says that it is at work, then refuses", () => {
    const seen = flipped(NOW_MS, { routes: twoRoutes([0, 100], [100, 0]) });
    const untilMs = NOW_MS + 20 * SECOND_MS;
    expect(promote(seen, errors("healthy"))).toMatchObject({ kind: "wait", doubt: "weights", untilMs });
    const doubted = { ...errors("healthy"), doubt: { what: "weights", sinceMs: NOW_MS } } as const;
    expect(promote(seen, doubted, untilMs - 1)).toMatchObject({ kind: "wait", untilMs });
    expect(promote(seen, doubted, untilMs)).toMatchObject({
      kind: "refuse",
      reason: expect.stringMatching(/says orders-blue 100, orders-green 0, which this rollout did not write/),
    });
  });

  test("are named with the route that has them", () => {
    const seen = staged({ service: service(SHIFTING), routes: [route(63, 37)] });
    expect(promote(seen)).toMatchObject({
      reason: expect.stringMatching(/listener-rule.* says orders-blue 63, orders-green 37/),
    });
  });

  test("are not those of another rollout's tags", () => {
    const tags = { shifted: "run-1", step: { weightPercent: 100, atMs: NOW_MS - MINUTE_MS } };
    expect(promote(staged({ service: service(tags) }))).toMatchObject({
      kind: "tag-service",
      tags: { "sluice:shifted": ROLLOUT },
    });
  });
});

describe("the bake", () => {
  const sinceMs = NOW_MS - MINUTE_MS;

  test("asks what the gates say since the weights read back", () => {
    expect(promote(flipped(sinceMs))).toMatchObject({
      kind: "measure",
      question: { kind: "metrics", canary: { groupArn: GREEN }, fromMs: sinceMs },
    });
  });

  test.each(["healthy", "insufficient", "error"] as const)("goes on to its end while it is %s", (kind) => {
    expect(promote(flipped(sinceMs), errors(kind))).toEqual({
      kind: "wait",
      reason: `baking, 9m 10s left; ${kind} it is`,
      untilMs: sinceMs + BAKE_MS,
    });
  });

  test("ends at once in a regression", () => {
    expect(promote(flipped(sinceMs), errors("regress"))).toMatchObject({ kind: "roll-back", gate: "errors" });
  });

  test.each([
    ["two own stops since the flip", [stop(), stop()], "measure"],
    ["three own stops since the flip", [stop(), stop(), stop()], "roll-back"],
    [
      "three of before the flip",
      [stop(), stop(), stop()].map((one) => ({ ...one, stoppedAtMs: sinceMs - 1 })),
      "measure",
    ],
  ] as const)("%s: %s", (_name, stops, kind) => {
    const seen = flipped(sinceMs, { taskSets: [stableSet(), freshSet({ stops })] });
    expect(promote(seen).kind).toBe(kind);
  });

  test.each([
    ["a millisecond before the end", BAKE_MS - 1, "wait"],
    ["at the end", BAKE_MS, "set-primary"],
  ] as const)("%s: %s ms after the flip, %s", (_name, afterMs, kind) => {
    expect(promote(flipped(sinceMs), errors("healthy"), sinceMs + afterMs).kind).toBe(kind);
  });

  test("without a metric gate is a matter of time alone", () => {
    const ungated = plan({ spec: spec({ gates: { errors: false } }) });
    expect(promote(flipped(sinceMs), {}, sinceMs + BAKE_MS - 1, ungated).kind).toBe("wait");
    expect(promote(flipped(sinceMs), {}, sinceMs + BAKE_MS, ungated).kind).toBe("set-primary");
    expect(promote(promoted(), {}, NOW_MS, ungated)).toMatchObject({
      kind: "reached",
      reason: expect.stringMatching(/no metric gate is on/),
    });
  });

  test("starts anew where its tag was lost", () => {
    const seen = promoted({ service: service({ shifted: ROLLOUT }) });
    expect(promote(seen, errors("healthy"))).toMatchObject({ kind: "tag-service" });
  });

  test("is over, the gates passed and the set PRIMARY: reached", () => {
    expect(promote(promoted(), errors("healthy"))).toMatchObject({
      kind: "reached",
      reason: expect.stringMatching(/PRIMARY; healthy it is/),
    });
  });
});

describe("past the bake", () => {
  const sinceMs = NOW_MS - BAKE_MS;

  test.each(["insufficient", "error"] as const)(
    "%s evidence is waited for, and then a person has to decide: no data is never a pass",
    (kind) => {
      expect(promote(flipped(sinceMs), errors(kind))).toMatchObject({
        kind: "wait",
        untilMs: NOW_MS + PATIENCE_MS,
      });
      expect(promote(flipped(sinceMs), errors(kind), NOW_MS + PATIENCE_MS - 1).kind).toBe("wait");
      expect(promote(flipped(sinceMs), errors(kind), NOW_MS + PATIENCE_MS)).toEqual({
        kind: "hold",
        reason: `10m past the bake there is still no evidence: ${kind} it is`,
        lacksEvidence: true,
      });
    },
  );

  test("the spec may want what is not proven to be good taken back, but nothing that could not be asked, nor an incident", () => {
    const strict = plan({ spec: spec({ gates: { "insufficient-evidence": "roll-back" } }) });
    const at = (evidence: Evidence) =>
      decide(strict, "promote", flipped(sinceMs), evidence, NOW_MS + PATIENCE_MS);
    expect(at(errors("insufficient"))).toMatchObject({ kind: "roll-back", gate: "errors" });
    expect(at(errors("error"))).toMatchObject({ kind: "hold" });
    const both = "both versions fail more than before";
    const incident: Evidence = {
      metrics: { kind: "insufficient", gate: "errors", reason: both, isIncident: true },
    };
    expect(at(incident)).toEqual({ kind: "hold", reason: `10m past the bake: ${both}`, lacksEvidence: true });
  });

  describe("what its gates lack is let pass by whoever promotes it without evidence", () => {
    const waived = { ...plan(), withoutEvidence: true };
    const incident: Evidence = {
      metrics: { kind: "insufficient", gate: "errors", reason: "both fail", isIncident: true },
    };

    test.each<[string, Evidence, string]>([
      ["too little", errors("insufficient"), "insufficient it is"],
      ["no answer", errors("error"), "error it is"],
      ["an incident", incident, "both fail"],
    ])("%s, once the bake is over", (_name, evidence, seen) => {
      expect(promote(flipped(sinceMs + 1), evidence, NOW_MS, waived).kind).toBe("wait");
      expect(promote(flipped(sinceMs), evidence, NOW_MS, waived)).toMatchObject({
        kind: "set-primary",
        reason: `the bake is over; ${seen}; whoever promotes it lets that pass`,
      });
    });

    test("but no regression, and no task that is not healthy", () => {
      expect(promote(flipped(sinceMs), errors("regress"), NOW_MS, waived).kind).toBe("roll-back");
      const seen = flipped(sinceMs, { taskSets: [stableSet(), freshSet({ healthyCount: 3 })] });
      expect(promote(seen, errors("insufficient"), NOW_MS, waived).kind).toBe("wait");
      expect(promote(seen, errors("insufficient"), NOW_MS + PATIENCE_MS, waived)).toMatchObject({
        gate: "health",
      });
    });
  });

  test("targets that stay unhealthy roll back", () => {
    const seen = flipped(sinceMs, { taskSets: [stableSet(), freshSet({ healthyCount: 3 })] });
    expect(promote(seen, errors("healthy")).kind).toBe("wait");
    expect(promote(seen, errors("healthy"), NOW_MS + PATIENCE_MS)).toMatchObject({
      kind: "roll-back",
      gate: "health",
      reason: expect.stringMatching(/3 of 4 targets healthy/),
    });
  });

  test("a regression still rolls back", () => {
    expect(promote(flipped(sinceMs), errors("regress"), NOW_MS + 2 * PATIENCE_MS).kind).toBe("roll-back");
  });
});
