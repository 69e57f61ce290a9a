import { expect, test } from "vitest";
import type { Write } from "../../../src/core/moves.ts";
import { tookEffect } from "../../../src/core/took.ts";
import {
  BLUE,
  freshSet,
  GREEN,
  NOW_MS,
  observation,
  origin,
  ROLLOUT,
  RULE,
  route,
  service,
  stableSet,
  staged,
  TEST_RULE,
  testRoute,
} from "./world.ts";

const reason = "why";
const { arn } = freshSet();
const weights = (routeArn: string, to: Extract<Write, { kind: "set-weights" }>["to"]): Write => ({
  kind: "set-weights",
  route: { kind: "listener-rule", arn: routeArn },
  from: [],
  to,
  reason,
});
const step = { weightPercent: 100, atMs: NOW_MS };
const create: Write = { kind: "create-task-set", groupArn: GREEN, stableArn: "", scalePercent: 100, reason };
const scale: Write = { kind: "scale-task-set", taskSetArn: arn, scalePercent: 0, reason };
const remove: Write = { kind: "delete-task-set", taskSetArn: arn, force: true, reason };
const primary: Write = { kind: "set-primary", taskSetArn: arn, reason };
const tag: Write = {
  kind: "tag-service",
  tags: { "sluice:shifted": ROLLOUT, "sluice:step": "100@2026-01-05T09:00:00.000Z" },
  reason,
};
const untag: Write = { kind: "untag-service", keys: ["sluice:shifted", "sluice:step"], reason };
const withFresh = (more: Parameters<typeof freshSet>[0]) =>
  staged({ taskSets: [stableSet(), freshSet(more)] });

test.each([
  ["a set of this rollout", create, staged(), true],
  ["no set of this rollout", create, observation(), false],
  ["a set of another rollout only", create, withFresh({ origin: origin({ rollout: "run-1" }) }), false],
  ["the scale written", scale, withFresh({ scalePercent: 0 }), true],
  ["the scale of before", scale, staged(), false],
  ["no such set to scale", scale, observation(), true],
  ["the weights written", weights(RULE, route(100, 0).weights), observation(), true],
  ["them in another order", weights(RULE, route(100, 0).weights.toReversed()), observation(), true],
  ["the weights of before", weights(RULE, route(0, 100).weights), observation(), false],
  ["the test route's", weights(TEST_RULE, testRoute(BLUE).weights), observation(), true],
  ["the test route's of before", weights(TEST_RULE, testRoute(GREEN).weights), observation(), false],
  ["no such route", weights("arn:gone", []), observation(), false],
  ["the tags written", tag, observation({ service: service({ shifted: ROLLOUT, step }) }), true],
  [
    "them among others",
    tag,
    observation({ service: service({ shifted: ROLLOUT, step, aborted: "x" }) }),
    true,
  ],
  ["one of two tags", tag, observation({ service: service({ shifted: ROLLOUT }) }), false],
  [
    "a step of an earlier moment",
    tag,
    observation({ service: service({ shifted: ROLLOUT, step: { ...step, atMs: NOW_MS - 1 } }) }),
    false,
  ],
  ["none of the tags taken away", untag, observation(), true],
  ["one of the tags taken away", untag, observation({ service: service({ step }) }), false],
  ["the set as PRIMARY", primary, withFresh({ status: "PRIMARY" }), true],
  ["the set as ACTIVE", primary, staged(), false],
  ["no such set to be PRIMARY", primary, observation(), false],
  ["the set DRAINING", remove, withFresh({ status: "DRAINING" }), true],
  ["the set gone", remove, observation(), true],
  ["the set as it was", remove, staged(), false],
] as const)("a look that shows %s", (_name, write, seen, expected) => {
  expect(tookEffect(write, ROLLOUT, seen)).toBe(expected);
});
