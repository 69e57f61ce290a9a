import { afterEach, describe, expect, test } from "vitest";
import type { Release } from "../../../src/core/plan.ts";
import { BLUE, GREEN } from "./account.ts";
import { type Kill, type PhaseOptions, runPhase, runTogether, writesOf } from "./phases.ts";
import { expectAlone, standing } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** The service "orders" without a task set: its first deployment, and what follows it. */

const FIRST = { subnets: ["subnet-0a", "subnet-0b"], "security-groups": ["sg-0a"] };
const STANDING: Release["source"] = { kind: "task-definition", taskDefinition: "orders" };
const NOTHING = { taskSets: [], serving: [["orders-blue"]], test: ["orders-blue"], desiredCount: 2 };

/** A task definition from a file, as the one that stands in the account, with another image. */
const definitionWith = (image: string): Release["source"] => ({
  kind: "definition",
  image,
  definition: {
    family: "orders",
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    containerDefinitions: [
      {
        name: "app",
        image: "orders:1",
        essential: true,
        portMappings: [{ containerPort: 8080 }],
        stopTimeout: 5,
      },
    ],
  },
});

let world: World;
afterEach(() => world?.close());

async function emptyWorld({ spec, ...options }: WorldOptions = {}): Promise<World> {
  world = await createWorld({ empty: true, spec: { "first-task-set": FIRST, ...spec }, ...options });
  return world;
}

const rollout = (source: Release["source"], options: PhaseOptions = {}) =>
  runPhase(world, "rollout", { source, ...options });

/** Users met nothing but 503 before; from here on each is served. */
function fromNowOn(): () => void {
  const before = world.traffic.lost.length;
  return () => {
    expect(world.traffic.lost.slice(before)).toEqual([]);
    expect(world.sandbox.monitor.violations).toEqual([]);
  };
}

/** What a first deployment that was taken back leaves: no task set, and the weights as they were. */
async function expectEmpty(): Promise<void> {
  await world.clock.advance(15_000);
  const { tags, ...left } = standing(world);
  expect(left).toEqual({ ...NOTHING, serving: world.productionArns.map(() => ["orders-blue"]) });
  expect(tags.filter((key) => key !== "sluice:rolled-back-by")).toEqual(["sluice:aborted"]);
  const { routes } = world.sandbox.elbv2.view();
  for (const arn of world.productionArns) {
    const weights = Object.values(routes.find((route) => route.arn === arn)?.appliedWeights ?? {});
    expect(weights.sort()).toEqual([0, 100]);
  }
}

describe("a good first deployment", () => {
  test.each([
    ["canary", { strategy: "canary", steps: [{ weight: 50, bake: "2s" }] }],
    ["blue-green", {}],
    ["rolling", { strategy: "rolling", batch: { bake: "2s" } }],
  ])(
    "serves at full size at once, whatever its strategy: %s; the next release drops nothing",
    async (_name, spec) => {
      await emptyWorld({ spec });
      const first = await rollout(STANDING);
      expect(first.outcome).toMatchObject({ kind: "reached" });
      const expectServed = fromNowOn();
      await expectAlone(world, "orders-blue", []);
      expect(writesOf(world, first)).toEqual([
        "ecs:CreateTaskSet",
        "ecs:TagResource",
        "ecs:UpdateServicePrimaryTaskSet",
        "ecs:TagResource",
        "ecs:UntagResource",
      ]);
      const second = await runPhase(world, "rollout", { rollout: "r2", image: "orders:2" });
      expect(second.outcome).toMatchObject({ kind: "reached" });
      await expectAlone(world, "orders-green", []);
      expectServed();
    },
  );

  test("is planned without a write: at full size at once, whatever the strategy", async () => {
    await emptyWorld({ spec: { strategy: "canary" } });
    const planned = await runPhase(world, "plan", { source: STANDING });
    expect(planned.outcome).toMatchObject({ kind: "reached" });
    expect(writesOf(world, planned)).toEqual([]);
    const foreseen = planned.lines.flatMap((line) => (line.kind === "foreseen" ? [line.move] : []));
    expect(foreseen[0]).toMatchObject({
      kind: "create-task-set",
      scalePercent: 100,
      reason: expect.stringMatching(/first task set, at full size.*canary begins with the next release/),
    });
  });

  test("stands in whichever group has the weight, and the test route is pointed there", async () => {
    await emptyWorld({ production: "two-rules" });
    for (const RuleArn of world.productionArns) await weigh(RuleArn, 0, 100);
    expect((await rollout(definitionWith("orders:2"))).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-green", []);
  });

  test("runs on instances without any network of its own", async () => {
    await emptyWorld({ networkMode: "bridge", spec: { "first-task-set": { "launch-type": "EC2" } } });
    expect((await rollout(STANDING)).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-blue", []);
  });

  test("is promoted without evidence where nobody comes, and says so", async () => {
    await emptyWorld({ requestsPerSecond: 0 });
    const { outcome, lines } = await rollout(STANDING);
    expect(outcome).toMatchObject({ kind: "reached" });
    const promotion = lines.find((line) => line.kind === "writing" && line.write.kind === "set-primary");
    expect(promotion).toMatchObject({
      write: { reason: expect.stringMatching(/without evidence.*0 requests to the new version/) },
    });
  });

  test("cannot be rolled back once it is finished: nothing stood before it", async () => {
    await emptyWorld();
    await rollout(STANDING);
    const refusals = {
      r1: "rollout r1 is finished and orders:1 serves",
      current: "nothing is on record that served before orders:1",
    };
    for (const [name, why] of Object.entries(refusals)) {
      const back = await runPhase(world, "rollback", { rollout: name });
      expect(back.outcome).toMatchObject({
        kind: "failed",
        error: { message: expect.stringContaining(why) },
      });
      expect(writesOf(world, back)).toEqual([]);
    }
  });
});

const weigh = (RuleArn: string, blue: number, green: number) =>
  world.api("elbv2", "ModifyRule", {
    RuleArn,
    Actions: [
      {
        Type: "forward",
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: BLUE, Weight: blue },
            { TargetGroupArn: GREEN, Weight: green },
          ],
        },
      },
    ],
  });

describe("a bad first deployment is deleted, and says that nothing serves", () => {
  test.each<[string, string, string]>([
    ["its tasks crash", "orders:crash-loop", "tasks"],
    ["it never becomes healthy", "orders:never-ready", "health"],
    ["20 % of its requests fail", "orders:3", "errors"],
  ])("%s", async (_name, image, gate) => {
    await emptyWorld({ spec: { timeouts: { stage: "12s" } } });
    const { outcome, lines } = await rollout(definitionWith(image));
    expect(outcome).toMatchObject({
      kind: "rolled-back",
      gate,
      hint: expect.stringMatching(/first deployment: there is nothing to go back to.*nothing serves/),
    });
    const back = lines.findLast((line) => line.kind === "phase-ended" && line.phase === "rollback");
    expect(back).toMatchObject({ outcome: { reason: expect.stringContaining("nothing serves now") } });
    await expectEmpty();
    expect(world.sandbox.monitor.violations).toEqual([]);
  });

  test("it does not ship again; the next run is a first deployment, too", async () => {
    await emptyWorld();
    await rollout(definitionWith("orders:crash-loop"));
    const again = await rollout(definitionWith("orders:2"));
    expect(again.outcome).toMatchObject({
      kind: "failed",
      error: { message: expect.stringContaining("was taken back") },
    });
    expect(writesOf(world, again)).toEqual([]);
    const next = await rollout(definitionWith("orders:2"), { rollout: "r2" });
    expect(next.outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
  });
});

describe("rollback", () => {
  test("goes back to the first version where somebody deleted the next one in its promotion", async () => {
    await emptyWorld();
    await rollout(STANDING);
    for (const phase of ["stage", "promote"] as const) {
      const { outcome } = await runPhase(world, phase, { rollout: "r2", image: "orders:2" });
      expect(outcome.kind).toBe("reached");
    }
    const sets = world.sandbox.ecs.view().services.flatMap(({ taskSets }) => taskSets);
    const taskSet = sets.find(({ status }) => status === "PRIMARY")?.id;
    await world.api("ecs", "DeleteTaskSet", { cluster: "shop", service: "orders", taskSet, force: true });
    const { outcome } = await runPhase(world, "rollback", { rollout: "current" });
    expect(outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-blue", ["sluice:aborted"]);
  });

  test.each(["r1", "current"])("of %s deletes a first deployment that is under way", async (name) => {
    await emptyWorld();
    await runPhase(world, "stage", { source: STANDING });
    const { outcome } = await runPhase(world, "rollback", { rollout: name });
    expect(outcome).toEqual({
      kind: "reached",
      reason: "the first deployment is deleted; there was nothing to go back to; nothing serves now",
    });
    await expectEmpty();
    expect(world.sandbox.monitor.violations).toEqual([]);
  });

  test.each(["r1", "current"])("of %s says that an empty service has nothing to go back to", async (name) => {
    await emptyWorld({ spec: { "first-task-set": undefined } });
    const ended = await runPhase(world, "rollback", { rollout: name });
    expect(ended.outcome).toMatchObject({
      kind: "failed",
      error: { kind: "refused", message: expect.stringMatching(/has no task set.*nothing to roll back to/) },
    });
    expect(writesOf(world, ended)).toEqual([]);
  });
});

test.each([0, 1, 500, 2_000])(
  "of two first deployments, %d ms apart, the younger withdraws",
  async (afterMs) => {
    await emptyWorld({ participants: 2 });
    const ended = await runTogether(world, [
      { phase: "rollout", afterMs: 0, rollout: "r1", source: STANDING },
      { phase: "rollout", afterMs, rollout: "r2", source: definitionWith("orders:2") },
    ]);
    const kinds = ended.map(({ outcome }) => outcome.kind).sort();
    expect(kinds).toEqual(["failed", "reached"]);
    expect(ended.find(({ outcome }) => outcome.kind === "failed")?.outcome).toMatchObject({
      error: { kind: "refused", message: expect.stringMatching(/rollout r[12].* is under way/) },
    });
    await expectAlone(world, "orders-blue", []);
    expect(world.sandbox.monitor.violations).toEqual([]);
  },
);

test.each([0, 500, 1_500, 3_000, 6_000, 9_000])(
  "a rollback beside it, begun after %d ms, leaves nothing or a finished one",
  async (afterMs) => {
    await emptyWorld({ participants: 2 });
    const [first, back] = await runTogether(world, [
      { phase: "rollout", afterMs: 0, source: STANDING },
      { phase: "rollback", afterMs },
    ]);
    if (back?.outcome.kind === "reached") {
      expect(first?.outcome.kind).toBe("failed");
      await expectEmpty();
    } else {
      expect(first?.outcome.kind).toBe("reached");
      await expectAlone(world, "orders-blue", []);
    }
    expect(world.sandbox.monitor.violations).toEqual([]);
  },
);

describe("what a first deployment lacks is told at once, and nothing is written", () => {
  const reasonOf = async (source: Release["source"], phase: "plan" | "rollout" = "rollout") => {
    const ended = await runPhase(world, phase, { source });
    expect(writesOf(world, ended)).toEqual([]);
    expect(ended.outcome).toMatchObject({ kind: "failed", error: { kind: "configuration" } });
    return ended.outcome.kind === "failed" ? ended.outcome.error.message : "";
  };

  test("an image alone, no settings, and weight on both groups", async () => {
    await emptyWorld({ spec: { "first-task-set": undefined } });
    await weigh(world.productionArns[0] ?? "", 60, 40);
    for (const phase of ["plan", "rollout"] as const) {
      expect(await reasonOf({ kind: "image", image: "orders:2" }, phase)).toMatch(
        /^3 things.*first-task-set is missing.*only an image is given.*orders-blue 60, orders-green 40.*Give orders-blue all of it: orders-blue 100, orders-green 0/s,
      );
    }
  });

  test("subnets", async () => {
    await emptyWorld({ spec: { "first-task-set": {} } });
    expect(await reasonOf(STANDING)).toMatch(/^1 thing .*names no subnets/s);
  });
});

describe("killed before or after any write of a first deployment", () => {
  const ACCOUNT: WorldOptions = { production: "two-rules", stickySeconds: 60 };
  const GOOD = definitionWith("orders:2");
  const BAD = definitionWith("orders:3");

  async function afterEachKill(source: Release["source"], what: () => Promise<void>): Promise<void> {
    await emptyWorld(ACCOUNT);
    await rollout(source);
    const { calls } = world.sandbox.calls;
    await world.close();
    const kills = calls.flatMap(({ write }, index): readonly Kill[] =>
      write
        ? [
            { call: index + 1, when: "before" },
            { call: index + 1, when: "after" },
          ]
        : [],
    );
    expect(kills.length).toBeGreaterThanOrEqual(10);
    const failures: string[] = [];
    for (const kill of kills) {
      await emptyWorld(ACCOUNT);
      try {
        expect((await rollout(source, { kill })).outcome.kind).toBe("killed");
        await what();
        expect(world.sandbox.monitor.violations).toEqual([]);
      } catch (error) {
        const fatal = world.sandbox.calls.calls[kill.call - 1]?.operation;
        failures.push(`killed ${kill.when} call ${kill.call} (${fatal}): ${error}`);
      } finally {
        await world.close();
      }
    }
    expect(failures).toEqual([]);
  }

  test("a good one is completed by the next run of the same", () =>
    afterEachKill(GOOD, async () => {
      expect((await rollout(GOOD)).outcome).toMatchObject({ kind: "reached" });
      await expectAlone(world, "orders-blue", []);
    }));

  test("a good one is taken back, unless it is finished or nothing of it is there yet", () =>
    afterEachKill(GOOD, async () => {
      const isProven = standing(world).taskSets.some((set) => set.includes("PRIMARY"));
      const isThere = standing(world).taskSets.length > 0;
      const { outcome } = await runPhase(world, "rollback");
      expect(outcome.kind).toBe(isThere && !isProven ? "reached" : "failed");
      if (isProven) expect(standing(world).taskSets).toEqual(["orders-blue 100 % PRIMARY, 2 of 2 healthy"]);
      else if (isThere) await expectEmpty();
      else
        expect(standing(world)).toEqual({
          ...NOTHING,
          serving: [["orders-blue"], ["orders-blue"]],
          tags: [],
        });
    }));

  test("a bad one is deleted by the next run of the same, or by a rollback", () =>
    afterEachKill(BAD, async () => {
      const { outcome } = await rollout(BAD);
      expect(outcome.kind).toMatch(/rolled-back|failed/);
      if (outcome.kind === "failed") {
        expect(outcome.error.message).toContain("was taken back");
        expect((await runPhase(world, "rollback")).outcome).toMatchObject({ kind: "reached" });
      }
      await expectEmpty();
    }));
});
