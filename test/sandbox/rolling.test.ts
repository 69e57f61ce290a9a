import { afterEach, expect, test } from "vitest";
import { ordersDefinition, specText } from "./orders.ts";
import { startPinnedClients } from "./pinned-clients.ts";
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
const DESIRED = 3;
const CLIENTS = 40;
const LATE_MS = 4_000;
/** What a stopped task has for requests that reach it late: as long as targets do, 0.8 s, and the slow ones take, and more. */
const DEREGISTRATION_SECONDS = 4;
const SLOW_MS = 500;

/** The production rule is sticky. */
const definition = () => {
  const orders = ordersDefinition({ desiredCount: DESIRED });
  const [balancer] = orders.loadBalancers;
  const listeners = (balancer?.listeners ?? []).map((listener) => ({
    ...listener,
    rules: (listener.rules ?? []).map((rule) =>
      rule.name === "orders" ? { ...rule, action: { ...rule.action, stickySeconds: 3_600 } } : rule,
    ),
  }));
  return ordersDefinition({
    desiredCount: DESIRED,
    deregistrationSeconds: DEREGISTRATION_SECONDS,
    listeners,
  });
};

test("a rolling release of three tasks loses no request, of pinned clients neither", {
  timeout: 150_000,
}, async () => {
  const settings = {
    speed: 1,
    propagationDelayMs: { min: 0, max: LATE_MS },
    targetPropagationDelayMs: { min: 100, max: 800 },
  };
  world = await openWorld({ definition: definition(), settings });
  const { sandbox } = world;
  const url = sandbox.listeners[0]?.url ?? "";
  const load = world.load(180, SLOW_MS);
  const clients = startPinnedClients({ url, path: "/orders", count: CLIENTS, pauseMs: 400 });
  await until(() => clients.versions()["1"] === CLIENTS, "every client has an answer");
  const pinned: Readonly<Record<string, number>>[] = [];
  let mostTasks = 0;
  sandbox.calls.listen(({ operation }) => {
    if (operation === "UpdateServicePrimaryTaskSet") pinned.push(clients.versions());
    const sets = sandbox.ecs.view().services.flatMap(({ taskSets }) => taskSets);
    mostTasks = Math.max(
      mostTasks,
      sets.reduce((sum, { computedDesiredCount }) => sum + computedDesiredCount, 0),
    );
  });

  const spec = specText({
    with: { strategy: "rolling", batch: { size: 1, bake: "2s" }, settle: `${LATE_MS / 1000}s` },
  });
  const result = await world.run({ runId: "5001", image: "orders:2", spec });
  await until(() => clients.versions()["2"] === CLIENTS, "every client is served by the new version");
  await until(() => load.figures().requests + clients.requests >= REQUESTS, `${REQUESTS} requests`);
  const figures = await load.stop();
  await clients.stop();

  expect(result.exitCode, result.log).toBe(0);
  expect(failuresOf(figures)).toEqual([]);
  expect(clients.failures).toEqual([]);
  expect(violationsOf(sandbox)).toEqual([]);
  expect(sandbox.monitor.loadBalancerErrors).toEqual([]);
  expect(mostTasks).toBe(DESIRED + 1);
  expect(pinned[0]?.["1"], "clients pinned to the old version at weight 0").toBeGreaterThan(0);
  expect(weightWrites(sandbox)).toEqual([
    { "orders-blue": 66, "orders-green": 33 },
    { "orders-blue": 33, "orders-green": 66 },
    { "orders-blue": 0, "orders-green": 100 },
    { "orders-green": 100 },
  ]);
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", scalePercent: 100, steady: true });
  expect(weightsOf(sandbox)).toEqual({ "orders-green": 100 });
  expect(appliedWeightsOf(sandbox)).toEqual({ "orders-green": 100 });
  expect(Object.keys(sluiceTags(world.service().tags))).toEqual(["sluice:idle-group", "sluice:history"]);
});
