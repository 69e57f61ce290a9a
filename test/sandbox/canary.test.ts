import { resolve } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readEvents } from "./event-stream.ts";
import { listenTo } from "./feed.ts";
import { healthWatch } from "./health.ts";
import { ordersDefinition, specText } from "./orders.ts";
import {
  appliedWeightsOf,
  failuresOf,
  sluiceTags,
  violationsOf,
  weightsOf,
  weightWrites,
} from "./reading.ts";
import { onlySet, openWorld, until, type World } from "./world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const REQUESTS = 10_000;
const REQUESTS_PER_SECOND = 300;
const DESIRED = 4;
const DEREGISTRATION_SECONDS = 3;
const COMMAND = ["node", resolve("test/sandbox/orders-with-events.mjs")];

const STEPS = [
  { weight: 5, bake: "4s" },
  { weight: 25, bake: "3s" },
  { weight: 50, bake: "3s" },
  { weight: 100, bake: "4s" },
];

const definition = () => {
  const orders = ordersDefinition({ desiredCount: DESIRED, deregistrationSeconds: DEREGISTRATION_SECONDS });
  const images = Object.entries(orders.images).map(([name, image]) => [name, { ...image, command: COMMAND }]);
  return { ...orders, images: Object.fromEntries(images) };
};

/** The kinds and versions of what a client with a lasting connection saw, in order: "opened 1". */
const seenBy = (events: readonly { readonly kind: string; readonly version?: string }[]): readonly string[] =>
  events.map(({ kind, version }) => `${kind} ${version}`);

test("a canary of four tasks drops none of ten thousand requests", { timeout: 150_000 }, async () => {
  world = await openWorld({ definition: definition(), settings: { speed: 1 } });
  const { sandbox } = world;
  const url = sandbox.listeners[0]?.url ?? "";
  const load = world.load(REQUESTS_PER_SECOND, 1_500);
  const stable = onlySet(world.service()).id;
  const feed = listenTo(url);
  const stream = readEvents(`${url}/events`);
  await until(() => feed.events.length > 0 && stream.events.length > 0, "a WebSocket and a stream of events");
  const watch = healthWatch(sandbox, stable);
  let fewest = Number.POSITIVE_INFINITY;
  sandbox.calls.listen((call) => {
    if (call.operation === "UpdateServicePrimaryTaskSet") fewest = watch.stop();
  });

  const spec = specText({ with: { strategy: "canary", steps: STEPS } });
  const result = await world.run({ runId: "4001", image: "orders:2", spec });
  await until(() => load.figures().requests >= REQUESTS, "ten thousand requests", 60_000);
  await until(
    () => stream.events.at(-1)?.kind === "opened" && feed.events.at(-1)?.kind === "opened",
    "connections",
  );
  const streamed = seenBy(stream.events);
  await Promise.all([feed.close(), stream.close()]);
  const figures = await load.stop();

  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs).toMatchObject({ outcome: "reached", gate: "", rollout: "4001" });
  expect(failuresOf(figures)).toEqual([]);
  expect(figures.failed).toBe(0);
  expect(figures.requests).toBeGreaterThanOrEqual(REQUESTS);
  expect(figures.scheduled / ((Date.now() - figures.startedAtMs) / 1000)).toBeGreaterThanOrEqual(200);
  expect(violationsOf(sandbox)).toEqual([]);
  expect(sandbox.monitor.loadBalancerErrors).toEqual([]);
  expect(fewest, "healthy tasks of the stable set until the promotion").toBe(DESIRED);

  expect(weightWrites(sandbox)).toEqual(
    STEPS.map(({ weight }) => ({ "orders-blue": 100 - weight, "orders-green": weight })),
  );
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100, steady: true });
  expect(weightsOf(sandbox)).toEqual({ "orders-blue": 0, "orders-green": 100 });
  expect(appliedWeightsOf(sandbox)).toEqual({ "orders-blue": 0, "orders-green": 100 });
  expect(sluiceTags(world.service().tags)).toEqual({ "sluice:history": "orders:2 orders:1" });
  expect(seenBy(feed.events)).toEqual(["opened 1", "closed 1", "opened 2"]);
  expect(streamed).toEqual(["opened 1", "ended 1", "opened 2"]);
});
