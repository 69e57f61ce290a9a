import { describe, expect, test } from "vitest";
import { resumeScaling, suspendScaling } from "../../../../src/core/decide/scaling.ts";
import type { Scene } from "../../../../src/core/decide.ts";
import type { ObservedScaling, ObservedTaskSet, ServiceTags } from "../../../../src/core/observation.ts";
import { freshSet, NOW_MS, observation, origin, plan, ROLLOUT, service, stableSet } from "../world.ts";

const ON: ObservedScaling = { scaleInSuspended: false };
const SUSPENDED: ObservedScaling = { scaleInSuspended: true };
const OTHER = "run-1";

function scene(
  scaling: ObservedScaling | undefined,
  tags: ServiceTags = {},
  taskSets: readonly ObservedTaskSet[] = [stableSet()],
): Scene {
  return {
    plan: plan({ scalable: scaling !== undefined }),
    observation: observation({ service: { ...service(tags), ...(scaling ? { scaling } : {}) }, taskSets }),
    evidence: {},
    nowMs: NOW_MS,
  };
}

describe("suspending", () => {
  test.each([
    ["nothing scales the service", scene(undefined), undefined],
    ["nothing scales it any more, and an old tag stands", scene(undefined, { scaleIn: OTHER }), undefined],
    ["people have suspended it", scene(SUSPENDED), undefined],
    ["this rollout has suspended it", scene(SUSPENDED, { scaleIn: ROLLOUT }), undefined],
    ["another rollout has suspended it", scene(SUSPENDED, { scaleIn: OTHER }), undefined],
    ["it may scale in: the tag comes first", scene(ON), "tag-service"],
    ["the tag of another stands alone", scene(ON, { scaleIn: OTHER }), "tag-service"],
    ["the tag stands: the suspension follows", scene(ON, { scaleIn: ROLLOUT }), "suspend-scale-in"],
  ])("%s", (_name, given, expected) => {
    expect(suspendScaling(given)?.kind).toBe(expected);
  });

  test("the tag names this rollout", () => {
    expect(suspendScaling(scene(ON))).toMatchObject({ tags: { "sluice:scale-in": ROLLOUT } });
  });
});

const ours = [stableSet(), freshSet()];
const others = [stableSet(), freshSet({ origin: origin({ rollout: OTHER }) })];

describe("resuming", () => {
  test.each([
    ["no rollout has suspended anything", scene(ON), undefined],
    ["people have suspended it", scene(SUSPENDED), undefined],
    ["this rollout's", scene(SUSPENDED, { scaleIn: ROLLOUT }), "resume-scale-in"],
    [
      "this rollout's, its sets still standing",
      scene(SUSPENDED, { scaleIn: ROLLOUT }, ours),
      "resume-scale-in",
    ],
    ["that of a rollout which is gone", scene(SUSPENDED, { scaleIn: OTHER }), "resume-scale-in"],
    ["that of a rollout under way", scene(SUSPENDED, { scaleIn: OTHER }, others), undefined],
    ["ours, while another is under way", scene(SUSPENDED, { scaleIn: ROLLOUT }, others), undefined],
    ["resumed already: the tag goes", scene(ON, { scaleIn: ROLLOUT }), "untag-service"],
    ["no scalable target is left: the tag goes", scene(undefined, { scaleIn: ROLLOUT }), "untag-service"],
  ])("%s", (_name, given, expected) => {
    expect(resumeScaling(given)?.kind).toBe(expected);
  });

  test("only its own tag goes", () => {
    const given = scene(ON, { scaleIn: OTHER, aborted: OTHER });
    expect(resumeScaling(given)).toMatchObject({ keys: ["sluice:scale-in"] });
  });
});
