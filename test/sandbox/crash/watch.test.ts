import { afterEach, describe, expect, test } from "vitest";
import type { JournalLine } from "../../../src/core/journal.ts";
import type { Phase } from "../../../src/phases/run.ts";
import { GREEN } from "./account.ts";
import { killsAt } from "./kills.ts";
import { type Ended, type PhaseOptions, runPhase, writesOf } from "./phases.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** A rollout waits for a person, and meanwhile somebody looks: a watch job, or a sweep that nobody of the run began. */

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const LEFT = ["sluice:aborted"];
const CANARY = {
  strategy: "canary",
  steps: [{ weight: 25, bake: "3s" }, { approve: "look at the orders" }, { weight: 50, bake: "3s" }],
};
const BAD = { errorRate: 0.3 };

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({
    desiredCount: 4,
    requestsPerSecond: 80,
    tickMs: 500,
    spec: CANARY,
    ...options,
  });
  return world;
}

/** Held at 25 %, at the approve step. */
async function openHeld(options: WorldOptions = {}): Promise<World> {
  const at = await open(options);
  expect((await runPhase(at, "rollout")).outcome).toMatchObject({ kind: "held" });
  return at;
}

const percent = (at: World): number =>
  at.sandbox.elbv2.view().routes.find(({ arn }) => arn === at.productionArns[0])?.weights[GREEN] ?? 0;

/** Makes the new version bad `afterMs` into the phase. */
function turnsBad(at: World, afterMs: number): (line: JournalLine) => void {
  const dueMs = at.clock.nowMs() + afterMs;
  return ({ atMs }) => {
    if (atMs >= dueMs) at.runtime.setBehaviour("orders:2", BAD);
  };
}

async function expectTakenBack(at: World): Promise<void> {
  await expectAlone(at, "orders-blue", LEFT);
  expect(at.sandbox.monitor.violations).toEqual([]);
}

function expectRefused(at: World, ended: Ended, why: RegExp): void {
  expect(ended.outcome).toMatchObject({
    kind: "failed",
    error: { message: expect.stringMatching(why), hint: expect.stringMatching(/./) },
  });
  expect(writesOf(at, ended)).toEqual([]);
}

describe("pending while a regression comes", () => {
  test("the watch takes it back, though it was good for ten minutes, and what is approved then refuses", async () => {
    const at = await openHeld();
    const badAtMs = at.clock.nowMs() + 600_000;
    const watch = await runPhase(at, "watch", { during: turnsBad(at, 600_000) });
    expect(watch.outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    const seen = watch.lines.find(({ kind }) => kind === "rolling-back");
    expect((seen?.atMs ?? Number.NaN) - badAtMs).toBeLessThan(20_000);
    await expectTakenBack(at);
    for (const phase of ["shift", "promote", "stage", "verify", "watch"] as const) {
      const again = await runPhase(at, phase, { approvals: 1 });
      expectRefused(at, again, /rollout r1 was taken back; it does not ship again/);
    }
    await expectTakenBack(at);
  });

  test("blue-green: tasks that die before any user came", async () => {
    const at = await open({ spec: { strategy: "blue-green" } });
    for (const phase of ["stage", "verify"] as const) await runPhase(at, phase);
    const dueMs = at.clock.nowMs() + 60_000;
    const { outcome } = await runPhase(at, "watch", {
      during: ({ atMs }) => {
        if (atMs >= dueMs) at.runtime.setBehaviour("orders:2", { crash: { afterMs: 1_000, exitCode: 1 } });
      },
      watchEnd: async () => {
        if (at.clock.nowMs() >= dueMs) crashAll(at);
        return undefined;
      },
    });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: expect.stringMatching(/tasks|health/) });
    await expectTakenBack(at);
    expect(at.traffic.versions()["orders:2"]).toBeUndefined();
  });
});

function crashAll(at: World): void {
  const sets = at.sandbox.ecs.view().services.flatMap(({ taskSets }) => taskSets);
  const fresh = sets.find(({ targetGroupArn }) => targetGroupArn === GREEN);
  for (const { arn } of fresh?.tasks ?? []) at.sandbox.ecs.faults.crash(arn, 1);
}

test("a watch killed anywhere is run again, and the release is taken back all the same", async () => {
  const bad = async (): Promise<World> => {
    const at = await openHeld();
    at.runtime.setBehaviour("orders:2", BAD);
    return at;
  };
  const first = await bad();
  const { accessKeyId } = await runPhase(first, "watch");
  const kills = killsAt(first.sandbox.calls.calls.filter((call) => call.accessKeyId === accessKeyId));
  await first.close();
  expect(kills.length).toBeGreaterThan(15);
  const failures: string[] = [];
  for (const kill of kills) {
    const at = await bad();
    try {
      expect((await runPhase(at, "watch", { kill })).outcome.kind).toBe("killed");
      const { outcome } = await runPhase(at, "watch");
      expect(outcome.kind).toMatch(/^(rolled-back|failed)$/);
      if (outcome.kind === "failed") {
        expect((await runPhase(at, "rollback")).outcome).toMatchObject({ kind: "reached" });
      }
      await expectTakenBack(at);
    } catch (error) {
      failures.push(
        `killed ${kill.when} call ${kill.call}: ${error instanceof Error ? error.message : error}`,
      );
    } finally {
      await at.close();
    }
  }
  expect(failures).toEqual([]);
});

interface Job extends PhaseOptions {
  readonly phase: Phase;
  readonly afterMs: number;
}

const HELD_BY_MS = 120_000;

/** Held by the first of them, then all side by side. */
async function together(
  jobs: readonly Job[],
  prepare: (at: World) => void = () => undefined,
): Promise<{ readonly at: World; readonly ended: readonly Ended[] }> {
  const at = await open({ participants: jobs.length });
  const beginMs = at.clock.nowMs() + HELD_BY_MS;
  const run = async ({ phase, afterMs, ...options }: Job, index: number): Promise<Ended> => {
    if (index === 0) {
      expect((await runPhase(at, "rollout")).outcome).toMatchObject({ kind: "held" });
      prepare(at);
    }
    await at.clock.sleep(beginMs + afterMs - at.clock.nowMs());
    const ended = await runPhase(at, phase, options);
    at.clock.leave();
    return ended;
  };
  return { at, ended: await Promise.all(jobs.map(run)) };
}

describe("a watch and the approved job at the same moment", () => {
  test.each([0, 300, 1_000, 2_500, 4_000])("the job %d ms later: a good version goes on", async (afterMs) => {
    const { at, ended } = await together([
      { phase: "watch", afterMs: 0 },
      { phase: "shift", afterMs, approvals: 1 },
    ]);
    expect(ended.map(({ outcome }) => outcome.kind)).toEqual(["reached", "reached"]);
    expect(percent(at)).toBe(50);
    expect(ended[0] && writesOf(at, ended[0])).toEqual([]);
    expectSafe(at);
  });

  test.each([0, 300, 1_000, 2_500, 4_000])(
    "the job %d ms later: a bad one is taken back",
    async (afterMs) => {
      const { at, ended } = await together(
        [
          { phase: "watch", afterMs: 0 },
          { phase: "shift", afterMs, approvals: 1 },
        ],
        (world) => world.runtime.setBehaviour("orders:2", BAD),
      );
      expect(ended.map(({ outcome }) => outcome.kind)).toContain("rolled-back");
      await expectTakenBack(at);
    },
  );

  test("two watches take it back together", async () => {
    const { at, ended } = await together(
      [
        { phase: "watch", afterMs: 0 },
        { phase: "watch", afterMs: 100 },
      ],
      (world) => world.runtime.setBehaviour("orders:2", BAD),
    );
    for (const { outcome } of ended) expect(outcome.kind).toMatch(/^(rolled-back|failed)$/);
    expect(ended.map(({ outcome }) => outcome.kind)).toContain("rolled-back");
    await expectTakenBack(at);
  });
});

describe("a sweep", () => {
  const TIMEOUTS = { stage: "30s", verify: "1m", shift: "30s", finish: "2m", rollback: "5m", held: "2m" };
  const SHORT = { ...CANARY, timeouts: TIMEOUTS };

  test("leaves a good rollout that is held, whatever name it is told, and takes it back when its time is over", async () => {
    const at = await openHeld({ spec: SHORT });
    const young = await runPhase(at, "sweep", { rollout: "8001" });
    expect(young.outcome).toMatchObject({
      kind: "reached",
      reason: expect.stringMatching(/^rollout r1 stands at 25 %: .*taken back at 2026/),
    });
    expect(writesOf(at, young)).toEqual([]);
    await at.clock.advance(120_000);
    const old = await runPhase(at, "sweep", { rollout: "8002" });
    expect(old.outcome).toMatchObject({ kind: "rolled-back", gate: "held" });
    await expectAlone(at, "orders-blue", LEFT);
    expectSafe(at);
    expectRefused(at, await runPhase(at, "shift", { approvals: 1 }), /r1 was taken back/);
    const none = await runPhase(at, "sweep", { rollout: "8003" });
    expect(none.outcome).toEqual({ kind: "reached", reason: "no rollout is under way on this service" });
    expect(writesOf(at, none)).toEqual([]);
  });

  test("takes back a rollout that nobody watched, and one whose rollback died", async () => {
    const at = await openHeld();
    at.runtime.setBehaviour("orders:2", BAD);
    await at.clock.advance(20_000);
    const dies = { call: 40, when: "before" } as const;
    expect((await runPhase(at, "sweep", { kill: dies })).outcome.kind).toBe("killed");
    await at.clock.advance(400_000);
    const { outcome } = await runPhase(at, "sweep");
    expect(outcome).toMatchObject({ kind: "rolled-back" });
    await expectTakenBack(at);
  });

  test.each([
    ["good", {}, "reached"],
    ["bad", BAD, "rolled-back"],
  ])("every few seconds beside a %s rollout does no harm", async (_name, behaviour, kind) => {
    const steps = [
      { weight: 25, bake: "6s" },
      { weight: 50, bake: "6s" },
    ];
    const at = await open({ participants: 2, spec: { ...CANARY, steps } });
    at.runtime.setBehaviour("orders:2", behaviour);
    let isOver = false;
    const sweeps: Ended[] = [];
    const [ended] = await Promise.all([
      runPhase(at, "rollout").then((done) => {
        isOver = true;
        at.clock.leave();
        return done;
      }),
      (async () => {
        while (!isOver) {
          await at.clock.sleep(1_700);
          if (!isOver) sweeps.push(await runPhase(at, "sweep", { rollout: "8001" }));
        }
      })(),
    ]);
    if (kind === "reached") {
      expect(sweeps.length).toBeGreaterThan(5);
      expect(ended.outcome).toMatchObject({ kind });
      expect(sweeps.filter(({ outcome }) => outcome.kind !== "reached")).toEqual([]);
      expect(sweeps.flatMap((sweep) => writesOf(at, sweep))).toEqual([]);
      await expectAlone(at, "orders-green", []);
      expectSafe(at);
    } else {
      expect(sweeps.length).toBeGreaterThan(0);
      await expectTakenBack(at);
    }
  });
});

describe("the current rollout", () => {
  test("goes on by the strategy that it began with, and is finished twice", async () => {
    const at = await open({ spec: { strategy: "blue-green" } });
    const begun = await runPhase(at, "rollout", { spec: CANARY });
    expect(begun.outcome).toMatchObject({ kind: "held" });
    const weights = new Set<number>();
    const during = (): void => {
      weights.add(percent(at));
    };
    const promotion = await runPhase(at, "promote", { rollout: "current", during });
    expect(promotion.outcome).toMatchObject({ kind: "reached" });
    expect([...weights]).toEqual([25, 50, 100]);
    for (const _time of [1, 2]) {
      const { outcome } = await runPhase(at, "finish", { rollout: "current" });
      expect(outcome).toMatchObject({ kind: "reached", reason: expect.stringContaining("serves alone") });
    }
    expectNothing(await runPhase(at, "promote", { rollout: "current" }));
    const back = await runPhase(at, "rollback", { rollout: "r1" });
    expectRefused(at, back, /rollout r1 is finished and orders:2 serves/);
    await expectAlone(at, "orders-green", []);
    expectSafe(at);
  });

  function expectNothing({ outcome }: Ended): void {
    expect(outcome).toMatchObject({
      kind: "failed",
      error: { kind: "configuration", message: "no rollout is under way on this service" },
    });
  }
});

describe("who is told of a rollout", () => {
  test("hears of it once, before the first write; not of what is refused, nor of a rollback", async () => {
    const at = await open({ spec: { strategy: "blue-green" } });
    const told: string[] = [];
    const onBegin: PhaseOptions["onBegin"] = async ({ rollout }) => {
      told.push(`${rollout} after ${at.sandbox.calls.writes().length}`);
    };
    const before = at.sandbox.calls.writes().length;
    await runPhase(at, "plan", { onBegin });
    await runPhase(at, "stage", { onBegin, dryRun: true });
    await runPhase(at, "stage", { onBegin, source: { kind: "task-definition", taskDefinition: "nobody:9" } });
    expect(told).toEqual([]);
    await runPhase(at, "stage", { onBegin });
    expect(told).toEqual([`r1 after ${before}`]);
    await runPhase(at, "rollback", { onBegin });
    expect(told).toHaveLength(1);
  });

  test("and who never answers is not waited for", async () => {
    const at = await open({ spec: { strategy: "blue-green" } });
    const beganMs = at.clock.nowMs();
    const { outcome, lines } = await runPhase(at, "stage", { onBegin: () => new Promise(() => undefined) });
    expect(outcome).toMatchObject({ kind: "reached" });
    const first = lines.find(({ kind }) => kind === "writing");
    expect((first?.atMs ?? 0) - beganMs).toBeGreaterThanOrEqual(15_000);
    expect((first?.atMs ?? 0) - beganMs).toBeLessThan(17_000);
  });
});

test("without a Region anywhere, that of the routes is taken", async () => {
  const at = await open();
  Reflect.deleteProperty(process.env, "AWS_REGION");
  expect((await runPhase(at, "plan", { anywhere: true })).outcome.kind).toBe("reached");
});
