import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { LoadFigures } from "../../src/cli/rehearse/load.ts";
import { healthWatch } from "./health.ts";
import { mortalImage, ordersDefinition, specText } from "./orders.ts";
import {
  annotationsOf,
  isBaking,
  sluiceTags,
  violationsOf,
  weightsOf,
  weightWrites,
  writeNames,
} from "./reading.ts";
import { type Job, onlySet, openWorld, type World } from "./world.ts";

let world: World | undefined;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-bad-"));
});

afterEach(async () => {
  await world?.close();
  world = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const SIZE = 2;
const MORTAL = "orders:mortal";
const deathFile = (): string => join(folder, "dies");

interface TakenBack {
  readonly world: World;
  readonly result: Awaited<ReturnType<World["run"]>>;
  readonly figures: LoadFigures;
}

/**
 * Releases a bad image under load, and checks all that every release that is taken back has in common. `during`: what
 * happens meanwhile.
 */
async function releaseBad(
  image: string,
  changes: Readonly<Record<string, unknown>> = {},
  during: (job: Job) => Promise<void> = async () => {},
): Promise<TakenBack> {
  const images = { [MORTAL]: mortalImage("mortal", deathFile()) };
  const definition = ordersDefinition({ desiredCount: SIZE, images });
  world = await openWorld({ definition });
  const { sandbox } = world;
  const load = world.load(200);
  const stable = onlySet(world.service()).id;
  const watch = healthWatch(sandbox, stable);
  const spec = specText({ with: { bake: "40s", ...changes } });
  const job = world.start({ runId: "3001", image, spec });
  await during(job);
  const result = { ...(await job.result), journal: job.journal() };
  const fewest = watch.stop();
  const figures = await load.stop();

  expect(result.exitCode, result.log).toBe(1);
  expect(result.outputs).toMatchObject({ outcome: "rolled-back", rollout: "3001" });
  const verdict = result.journal.find(({ kind }) => kind === "rolling-back");
  expect(writeNames(sandbox, { atMs: verdict?.atMs ?? Number.POSITIVE_INFINITY })).toEqual([
    "ModifyRule http/orders",
    "TagResource sluice:aborted sluice:step",
    "ModifyRule http/orders-test",
    "DeleteTaskSet",
    "UntagResource",
  ]);
  expect(weightWrites(sandbox)).toEqual([
    { "orders-blue": 0, "orders-green": 100 },
    { "orders-blue": 100, "orders-green": 0 },
  ]);
  expect(weightsOf(sandbox, "http/orders-test")).toEqual({ "orders-blue": 100 });
  expect(fewest, "healthy tasks of the stable set").toBe(SIZE);
  expect(onlySet(world.service())).toMatchObject({ id: stable, status: "PRIMARY", scalePercent: 100 });
  expect(sluiceTags(world.service().tags)).toEqual({ "sluice:aborted": "3001" });
  expect(violationsOf(sandbox)).toEqual([]);
  expect(annotationsOf(result.log, "error")).toHaveLength(1);
  expect(figures.versions["1"]).toMatchObject({ failed: 0 });
  return { world, result, figures };
}

/** "57 of 236 requests to the new version went bad": the numbers of a sentence. */
function countsIn(text: string, pattern: RegExp): readonly [number, number] {
  const [, one, two] = pattern.exec(text) ?? [];
  expect(one, `${pattern} in ${text}`).toBeDefined();
  return [Number(one?.replaceAll(",", "")), Number(two?.replaceAll(",", ""))];
}

/** What the summary must say of a release that the errors gate stopped: which gate, numbers, since when. */
function expectErrorsExplained({ result, figures }: TakenBack): void {
  const { summary, outputs } = result;
  expect(outputs).toMatchObject({ gate: "errors" });
  expect(summary).toContain("↩️ Rolled back: `orders`, orders:1 → orders:2");
  expect(summary).toContain("The gate **errors** stopped this release");
  const [bad, requests] = countsIn(outputs.reason ?? "", /([\d,]+) of ([\d,]+) requests .*, allowed are 1 %/);
  expect(countsIn(summary, /([\d,]+) of ([\d,]+) requests to the new version went bad/)).toEqual([
    bad,
    requests,
  ]);
  expect(summary).toMatch(
    /\| 100 % \| errors \| ❌ regress \| [\d,]+ of .* \| [\d.,]+ times \| \d\d:\d\d:\d\d \|/,
  );
  expect(bad).toBeLessThanOrEqual(figures.failed);
  const [hurt, all] = countsIn(
    summary,
    /([\d,]+) of the ([\d,]+) requests that the new version got went bad/,
  );
  expect(all).toBeGreaterThanOrEqual(requests);
  expect(Math.abs(hurt - figures.failed), `${hurt} counted, ${figures.failed} seen by users`).toBeLessThan(
    Math.max(5, figures.failed * 0.2),
  );
  expect(annotationsOf(result.log, "error")[0]).toContain("rolled back by the gate errors");
}

test("a release that answers one in five with 500 is taken back", async () => {
  const taken = await releaseBad("orders:3");
  const { versions, failed, failedByKind } = taken.figures;
  expect(failed).toBeGreaterThan(0);
  expect(versions["3"]?.failed).toBe(failed);
  expect(failedByKind["status-5xx"]).toBe(failed);
  expectErrorsExplained(taken);
});

test("a release that drops one connection in five is taken back", async () => {
  const taken = await releaseBad("orders:reset");
  const { versions, failed } = taken.figures;
  expect(failed).toBeGreaterThan(0);
  expect((versions.reset?.failed ?? 0) + (versions.none?.failed ?? 0)).toBe(failed);
  expectErrorsExplained(taken);
});

test("a release whose tasks die while it bakes is taken back by the gate tasks", async () => {
  const { result, figures } = await releaseBad(MORTAL, { gates: { errors: false } }, async (job) => {
    await job.until(isBaking);
    writeFileSync(deathFile(), "all");
  });
  expect(result.outputs).toMatchObject({ gate: "tasks" });
  expect(result.outputs.reason).toMatch(/\d+ tasks stopped by themselves.*exit code 1/);
  expect(result.summary).toContain("The gate **tasks** stopped this release");
  expect(result.summary).toContain("Essential container in task exited");
  expect(figures.versions["1"]?.failed).toBe(0);
});
