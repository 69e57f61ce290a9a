import { afterEach, expect, test } from "vitest";
import { groupArn, ordersDefinition, routeArn, specText } from "./orders.ts";
import { annotationsOf, sluiceTags, violationsOf, weightsOf, writeNames } from "./reading.ts";
import { onlySet, openWorld, until, type World } from "./world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const STAGED_AND_GONE = ["CreateTaskSet", "TagResource sluice:aborted", "DeleteTaskSet"];

const LEAST_SERVED = 100;

interface NeverServed {
  readonly result: Awaited<ReturnType<World["run"]>>;
  /** When each task of the new version stopped, oldest first. */
  readonly stoppedAtMs: readonly number[];
}

/** Releases what never becomes healthy, under load, and checks that no user noticed. */
async function releaseNever(image: string, stage: string): Promise<NeverServed> {
  world = await openWorld({ definition: ordersDefinition() });
  const { sandbox } = world;
  const stable = onlySet(world.service()).id;
  const load = world.load(60);
  let astray = 0;
  let served = 0;
  sandbox.listen({
    request({ routeArn: route, targetGroupArn }) {
      if (route !== routeArn("http/orders")) return;
      if (targetGroupArn === groupArn("orders-green")) astray++;
      else if (targetGroupArn === groupArn("orders-blue")) served++;
    },
  });
  const stoppedAtMs: number[] = [];
  sandbox.ecs.onChange((change) => {
    if (change.kind === "task-stopped" && change.taskSet !== stable) stoppedAtMs.push(change.atMs);
  });
  const spec = specText({ with: { timeouts: { stage } } });
  const result = await world.run({ runId: "4001", image, spec });
  await until(() => served > LEAST_SERVED, "users enough to tell that none went astray");
  const figures = await load.stop();

  expect(result.exitCode, result.log).toBe(1);
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", rollout: "4001" });
  expect(astray, "production requests that went to the new version").toBe(0);
  expect(served, "those of users, seen the same way").toBe(figures.requests);
  expect(figures.failed).toBe(0);
  expect(Object.keys(figures.versions)).toEqual(["1"]);
  const writes = writeNames(sandbox).filter((name) => name !== "RegisterTaskDefinition");
  expect(writes).toEqual(STAGED_AND_GONE);
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY" });
  expect(weightsOf(sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(sluiceTags(world.service().tags)).toEqual({ "sluice:aborted": "4001" });
  expect(violationsOf(sandbox)).toEqual([]);
  expect(annotationsOf(result.log, "error")).toHaveLength(1);
  return { result, stoppedAtMs };
}

/** On any machine; what would be waited for else is `timeouts.stage`, of minutes. */
const SOON_MS = 30_000;

test("a release that never becomes ready serves nobody, and is taken back at timeouts.stage", async () => {
  const { result } = await releaseNever("orders:never-ready", "6s");
  expect(result.outputs).toMatchObject({ gate: "health" });
  expect(result.outputs.reason).toContain("not healthy within 6s: 0 of 2 targets healthy");
  expect(result.summary).toContain("The gate **health** stopped this release");
  const begun = result.journal.find((line) => line.kind === "writing")?.atMs ?? 0;
  const given = result.journal.find((line) => line.kind === "rolling-back")?.atMs ?? 0;
  expect(given - begun).toBeGreaterThanOrEqual(6_000);
  expect(given - begun).toBeLessThan(6_000 + SOON_MS);
});

test("a release that crashes at once is given up soon after its third stopped task", async () => {
  const { result, stoppedAtMs } = await releaseNever("orders:crash-loop", "5m");
  expect(result.outputs).toMatchObject({ gate: "tasks" });
  for (const words of ["tasks stopped by themselves", "Essential container in task exited", "exit code 1"]) {
    expect(result.outputs.reason).toContain(words);
    expect(result.summary).toContain(words);
  }
  const third = stoppedAtMs[2] ?? Number.POSITIVE_INFINITY;
  const given = result.journal.find((line) => line.kind === "rolling-back")?.atMs ?? Number.POSITIVE_INFINITY;
  expect(given - third).toBeLessThan(SOON_MS);
});

test("an image that cannot be pulled ends the stage at once, in the words of ECS", async () => {
  const { result, stoppedAtMs } = await releaseNever("orders:misspelt", "5m");
  expect(result.outputs).toMatchObject({ gate: "tasks" });
  expect(result.outputs.reason).toContain("CannotPullContainerError");
  expect(result.outputs.reason).toContain("orders:misspelt");
  expect(result.summary).toContain("CannotPullContainerError");
  const first = stoppedAtMs[0] ?? Number.POSITIVE_INFINITY;
  const given = result.journal.find((line) => line.kind === "rolling-back")?.atMs ?? Number.POSITIVE_INFINITY;
  expect(given - first).toBeLessThan(SOON_MS);
});
