import { afterEach, expect, test } from "vitest";
import type { FeedEvent } from "../../src/cli/rehearse/websocket.ts";
import { listenTo } from "./feed.ts";
import { ordersDefinition, specText } from "./orders.ts";
import { appliedWeightsOf, failuresOf, sluiceTags, violationsOf, weightsOf, writeNames } from "./reading.ts";
import { onlySet, openWorld, until, type World } from "./world.ts";

let world: World | undefined;

afterEach(async () => {
  await world?.close();
  world = undefined;
});

const REQUESTS_PER_SECOND = 340;
/** With staging, drain and settling: enough for all the requests. */
const BAKE = "9s";
const SLOW_MS = 2_000;
const REQUESTS = 5_000;
const DEREGISTRATION_SECONDS = 4;

const opened = (events: readonly FeedEvent[], version: string): boolean =>
  events.some((event) => event.kind === "opened" && event.version === version);

test("a good release, and the next one the other way round, drop nothing", { timeout: 180_000 }, async () => {
  const definition = ordersDefinition({ desiredCount: 4, deregistrationSeconds: DEREGISTRATION_SECONDS });
  world = await openWorld({ definition, settings: { speed: 1 } });
  const { sandbox } = world;
  const url = sandbox.listeners[0]?.url ?? "";
  const load = world.load(REQUESTS_PER_SECOND, SLOW_MS);
  const feedOfOld = listenTo(url);
  await until(() => opened(feedOfOld.events, "1"), "a WebSocket to version 1");
  const scaledDown: number[] = [];
  sandbox.calls.listen((call) => {
    if (call.operation === "UpdateTaskSet") scaledDown.push(call.atMs);
  });

  const job = world.start({ runId: "2001", image: "orders:2", spec: specText({ with: { bake: BAKE } }) });
  await until(() => appliedWeightsOf(sandbox)["orders-green"] === 100, "the flip", 60_000);
  const feedOfNew = listenTo(url);
  const result = await job.result;
  const before = load.figures();
  const rolloutMs = Date.now() - before.startedAtMs;

  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs).toMatchObject({ outcome: "reached", gate: "", rollout: "2001" });
  expect(result.summary).toContain("✅ Released: `orders`, orders:1 → orders:2");
  expect(failuresOf(before)).toEqual([]);
  expect(before.failed).toBe(0);
  expect(before.scheduled / (rolloutMs / 1000)).toBeGreaterThanOrEqual(200);
  expect(before.requests).toBeGreaterThanOrEqual(REQUESTS);
  expect(violationsOf(sandbox)).toEqual([]);
  expect(sandbox.monitor.loadBalancerErrors).toEqual([]);

  const fresh = onlySet(world.service());
  expect(fresh).toMatchObject({ status: "PRIMARY", scalePercent: 100, steady: true });
  expect(fresh.tags["sluice:rollout"]).toBe("2001");
  expect(weightsOf(sandbox)).toEqual({ "orders-blue": 0, "orders-green": 100 });
  expect(weightsOf(sandbox, "http/orders-test")).toEqual({ "orders-green": 100 });
  expect(sluiceTags(world.service().tags)).toEqual({ "sluice:history": "orders:2 orders:1" });
  expect(Object.keys(before.versions).sort()).toEqual(["1", "2"]);

  const closed = feedOfOld.events.find((event) => event.kind === "closed");
  expect(closed).toMatchObject({ version: "1" });
  const earliestMs = (scaledDown[0] ?? Number.POSITIVE_INFINITY) + DEREGISTRATION_SECONDS * 1000;
  expect(closed?.atMs, "closed only at the end of the deregistration delay").toBeGreaterThan(
    earliestMs - 250,
  );
  await until(() => opened(feedOfOld.events, "2"), "the WebSocket connects again, to version 2");
  expect(feedOfNew.events).toMatchObject([{ kind: "opened", version: "2" }]);

  await wayRound(world);
  await Promise.all([feedOfOld.close(), feedOfNew.close()]);
  const after = await load.stop();
  expect(failuresOf(after)).toEqual([]);
  expect(after.failed).toBe(0);
});

/** Green → blue, from where the first release ended. */
async function wayRound(world: World): Promise<void> {
  const { sandbox } = world;
  const stable = onlySet(world.service()).id;
  const firstWrites = writeNames(sandbox).length;
  const result = await world.run({ runId: "2002", image: "orders:1", spec: specText() });
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs).toMatchObject({ outcome: "reached", rollout: "2002" });
  expect(onlySet(world.service()).tags).toMatchObject({
    "sluice:replaces": stable,
    "sluice:rollout": "2002",
  });
  expect(weightsOf(sandbox)).toEqual({ "orders-blue": 100, "orders-green": 0 });
  expect(weightsOf(sandbox, "http/orders-test")).toEqual({ "orders-blue": 100 });
  expect(sluiceTags(world.service().tags)).toEqual({ "sluice:history": "orders:3 orders:2 orders:1" });
  expect(writeNames(sandbox).slice(firstWrites)).toEqual([
    "RegisterTaskDefinition",
    "CreateTaskSet",
    "ModifyRule http/orders-test",
    "TagResource sluice:shifted sluice:step",
    "ModifyRule http/orders",
    "TagResource sluice:step",
    "UpdateServicePrimaryTaskSet",
    "UpdateTaskSet",
    "DeleteTaskSet",
    "TagResource sluice:history",
    "UntagResource",
  ]);
  expect(violationsOf(sandbox)).toEqual([]);
}
