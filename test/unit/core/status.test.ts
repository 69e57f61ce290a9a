import { describe, expect, test } from "vitest";
import { statusOf } from "../../../src/core/status.ts";
import {
  flipped,
  freshSet,
  GREEN,
  MINUTE_MS,
  NOW_MS,
  observation,
  origin,
  plan,
  ROLLOUT,
  RULE,
  route,
  service,
  spec,
  stableSet,
  staged,
} from "./world.ts";

const images = new Map([
  [stableSet().taskDefinitionArn, "registry/orders:1"],
  [freshSet().taskDefinitionArn, "registry/orders:2"],
]);
const statusAt = (seen = observation(), its = plan()) =>
  statusOf({ plan: its, observation: seen, images, nowMs: NOW_MS });

test("at rest: one version, and nothing comes next", () => {
  const status = statusAt();
  expect(status).toMatchObject({ version: 1, service: "orders", cluster: "shop", situation: "at-rest" });
  expect(status.taskSets).toEqual([
    expect.objectContaining({
      ...{ role: "stable", primary: true, taskDefinition: "orders:1", image: "registry/orders:1" },
      ...{ targetGroup: "orders-blue", healthy: 4, computed: 4, scalePercent: 100 },
      since: "2026-01-05T08:00:00.000Z",
    }),
  ]);
  for (const absent of ["rollout", "next", "wayBack", "scaling", "problem"])
    expect(status).not.toHaveProperty(absent);
  expect(status.tags).toEqual({});
});

describe("under way", () => {
  const seen = flipped(NOW_MS - 5 * MINUTE_MS, {
    taskSets: [
      stableSet(),
      freshSet({ origin: origin({ commit: "c0ffee", runUrl: "https://ci.example/7" }), healthyCount: 3 }),
    ],
  });

  test("whose it is, since when its step stands, and what each version has", () => {
    const status = statusAt(seen);
    expect(status.rollout).toEqual({
      ...{ name: ROLLOUT, runUrl: "https://ci.example/7", commit: "c0ffee", strategy: "blue-green" },
      step: { weightPercent: 100, since: "2026-01-05T08:55:00.000Z" },
      takenBack: false,
    });
    expect(status.taskSets.map(({ role, healthy, rollout }) => [role, healthy, rollout])).toEqual([
      ["stable", 4, undefined],
      ["new", 3, ROLLOUT],
    ]);
    expect(status.routes).toEqual([
      expect.objectContaining({
        kind: "listener-rule",
        shares: [
          { taskSet: "ecs-svc/1", percent: 0 },
          { taskSet: "ecs-svc/2", percent: 100 },
        ],
      }),
      expect.objectContaining({ kind: "test", weights: "orders-green 1" }),
    ]);
  });

  test("what comes next, how it ends, and the way back", () => {
    const { next, wayBack } = statusAt(seen);
    expect(next).toMatchObject({
      waitsFor: expect.stringContaining("baking"),
      write: expect.stringMatching(/^UpdateServicePrimaryTaskSet 2 /),
      end: "reached",
    });
    expect(next?.writeInMs).toBe(5 * MINUTE_MS + 10_000);
    expect(wayBack).toMatchObject({
      write: expect.stringMatching(/^ModifyRule orders-blue 100/),
      writeInMs: 0,
    });
  });

  test("taken back: what comes next is the way back", () => {
    const tags = { shifted: ROLLOUT, aborted: ROLLOUT, step: { weightPercent: 0, atMs: NOW_MS } };
    const status = statusAt(staged({ service: service(tags), routes: [route(100, 0)] }));
    expect(status.rollout).toMatchObject({ takenBack: true });
    expect(status.next).toEqual(status.wayBack);
    expect(status.next?.reason).toContain("orders:1 has all traffic");
  });

  test("the rollout's own strategy counts, not the spec's; approvals are told on the way", () => {
    const canary = plan({ spec: spec({ steps: [{ weight: 5 }, { approve: "ask the team" }] }) });
    const own = (strategy: "canary" | "blue-green") =>
      statusAt(staged({ taskSets: [stableSet(), freshSet({ origin: origin({ strategy }) })] }), canary).next;
    expect(own("canary")).toMatchObject({ heldAt: expect.stringContaining("ask the team"), end: "reached" });
    expect(own("blue-green")).not.toHaveProperty("heldAt");
  });
});

test("cohorts, tags and autoscaling", () => {
  const tags = { freeze: "audit", scaleIn: ROLLOUT, history: ["orders:2", "orders:1"] };
  const cohorts = [{ ruleArn: `${RULE}1`, rollout: ROLLOUT, routeArn: RULE, step: 0, groupArn: GREEN }];
  const scaling = { scaleInSuspended: true };
  const status = statusAt(observation({ cohorts, service: { ...service(tags), scaling } }));
  expect(status).toMatchObject({ tags, scaling });
  expect(status.cohorts).toEqual([
    { rollout: ROLLOUT, step: 0, ruleArn: `${RULE}1`, targetGroup: "orders-green" },
  ]);
});

test("unclear: it says why; a draining set is leaving", () => {
  const seen = observation({
    taskSets: [
      stableSet(),
      freshSet({ origin: undefined }),
      stableSet({ id: "ecs-svc/0", status: "DRAINING" }),
    ],
  });
  const status = statusAt(seen);
  expect(status).toMatchObject({ situation: "unclear", problem: expect.stringContaining("side by side") });
  expect(status.taskSets.map(({ role }) => role)).toEqual(["other", "other", "leaving"]);
});

test("a shape that JSON can hold", () => {
  const status = statusAt(flipped(NOW_MS));
  expect(JSON.parse(JSON.stringify(status))).toEqual(status);
});
