import { afterEach, expect, test } from "vitest";
import type { JobResult } from "../../src/cli/rehearse/job.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { type Figures, serveFigures } from "./figures.ts";
import { ordersDefinition, ordersImage, specText } from "./orders.ts";
import { annotationsOf, isBaking, violationsOf, weightsOf } from "./reading.ts";
import { type JobOptions, openWorld, sleep, type World } from "./world.ts";

/** Gates with real latencies, and with a source whose key no job may tell. */

let world: World | undefined;
let figures: Figures | undefined;

afterEach(async () => {
  await world?.close();
  await figures?.close();
  world = undefined;
  figures = undefined;
});

const STEPS = { strategy: "canary", steps: [{ weight: 50, bake: "8s" }], bake: "2s" };
const BLUE = { "orders-blue": 100, "orders-green": 0 };
const GREEN = { "orders-blue": 0, "orders-green": 100 };
const QUICKLY = { period: "1s", "min-requests": 50, patience: "15s" };
/** From which the old version's usual times are known. */
const PAST_MS = 8_000;

/** A rollout of `image` through the given gates, with the spec's other parts as every rollout here has them. */
function rollout(runId: string, image: string, gates: object, over: object = {}): JobOptions {
  return { runId, image, spec: specText({ with: { ...STEPS, gates, ...over } }) };
}

test("a release that is merely slow is taken back by latency, and a quick one passes", async () => {
  const images = { "orders:lame": ordersImage("lame", "slow:300ms") };
  world = await openWorld({ definition: ordersDefinition({ images }) });
  const load = world.load(100, 20);
  await sleep(PAST_MS);

  const slow = await world.run(rollout("5001", "orders:lame", { errors: QUICKLY, latency: QUICKLY }));
  expect(slow.exitCode, slow.log).toBe(1);
  expect(slow.outputs).toMatchObject({ outcome: "rolled-back", gate: "latency" });
  expect(slow.outputs.reason).toMatch(
    /^[\d,]+ of [\d,]+ requests to the new version took longer than [\d.,]+ ms \([\d.]+ %\); [\d,]+ of [\d,]+ to the old version.*; chance of a false alarm below 1 in [\d,]+/,
  );
  expect(slow.summary).toContain("The gate **latency** stopped this release");
  expect(annotationsOf(slow.log, "error")[0]).toContain("rolled back by the gate latency");
  expect(weightsOf(world.sandbox)).toEqual(BLUE);

  const latency = { ...QUICKLY, "slower-than": "200ms" };
  const quick = await world.run(rollout("5002", "orders:2", { errors: QUICKLY, latency }));
  expect(quick.exitCode, quick.log).toBe(0);
  expect(quick.journal.flatMap((line) => (line.kind === "verdict" ? [line.verdict] : []))).toContainEqual(
    expect.objectContaining({ kind: "healthy", gate: "latency" }),
  );
  expect(weightsOf(world.sandbox)).toEqual(GREEN);
  expect(violationsOf(world.sandbox)).toEqual([]);
  expect((await load.stop()).failed).toBe(0);
});

const KEY = "s3cret+key/of=the shop";
const RATES = {
  "orders-blue": { visits: 90, orders: 27 },
  "orders-green": { visits: 90, orders: 27 },
};

test("a source that fails holds the release, fewer orders take it back, and its key is told to nobody", async () => {
  world = await openWorld();
  const served = await serveFigures(KEY, RATES);
  figures = served;
  world.load(50);
  const ratio = {
    ...QUICKLY,
    name: "orders",
    patience: "3s",
    from: {
      source: "shop",
      requests: "visits ${target-group-name}",
      good: "orders ${target-group-name}",
    },
  };
  const http = {
    url: served.url,
    "secret-headers": { "x-api-key": "SHOP_KEY" },
    points: "points",
    lag: "1s",
  };
  const gates = { errors: false, ratios: [ratio] };
  const options = rollout("5003", "orders:2", gates, { sources: { shop: { http } } });
  const first = world.start({ ...options, environment: { SHOP_KEY: KEY, RUNNER_DEBUG: "1" } });
  await first.until(isBaking);
  served.status = 500;
  const held = await first.result;
  expect(held.exitCode, held.log).toBe(0);
  expect(held.outputs).toMatchObject({
    outcome: "held",
    "waits-for": "evidence",
    reason: expect.stringMatching(/orders.* could not be asked|could not be asked: .* answered 500/),
  });
  expect(weightsOf(world.sandbox)).toEqual({ "orders-blue": 50, "orders-green": 50 });

  served.status = undefined;
  served.rates = { ...RATES, "orders-green": { visits: 90, orders: 9 } };
  const second = await world.run({ ...options, inputs: { "source-secrets": `SHOP_KEY=${KEY}` } });
  expect(second.exitCode, second.log).toBe(1);
  expect(second.outputs).toMatchObject({ outcome: "rolled-back", gate: "orders" });
  expect(second.summary).toContain("The gate **orders** stopped this release");
  expect(weightsOf(world.sandbox)).toEqual(BLUE);
  expect(second.log).toContain(`::add-mask::${KEY}`);
  expect(placesOfKey(held, first.journal())).toEqual([]);
  expect(placesOfKey(second, second.journal)).toEqual([]);
  expect(violationsOf(world.sandbox)).toEqual([]);
});

/** Where a job tells the key, as it is, as URLs have it, or in base64; telling the runner to mask it is no place. */
function placesOfKey(
  { log, summary, outputs, state }: JobResult,
  journal: readonly JournalLine[],
): readonly string[] {
  const said = log.split("\n").filter((line) => !line.startsWith("::add-mask::"));
  const texts = { log: said.join("\n"), summary, outputs, state, journal };
  const forms = [KEY, encodeURIComponent(KEY), Buffer.from(KEY).toString("base64")];
  return Object.entries(texts)
    .filter(([, text]) => forms.some((form) => JSON.stringify(text).includes(form)))
    .map(([place]) => place);
}
