import { expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import type { RoutedRequest } from "../../../../sandbox/ports.ts";
import type { VirtualTarget } from "../../../../sandbox/runtime/behaviour.ts";
import { startTraffic } from "../../../../sandbox/simulation/traffic.ts";

const BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/50dc6c495c0c9188";
const RULE = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/shop/1/2/3";
const group = (name: string) =>
  `arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/${name}/0123456789abcdef`;

interface Scene {
  shares: Record<string, number>;
  /** A tenth of the users send "x-beta: 1"; the balancer has a rule of these shares for them. */
  readonly cohortShares?: Record<string, number>;
  /** Images by target group. */
  readonly targets: Readonly<Record<string, readonly string[]>>;
  readonly ready?: boolean;
}

/** Ten requests a second to the rule for `seconds`; every fifth of "bad" fails. */
async function run(scene: Scene, seconds: number) {
  const clock = new VirtualClock();
  const samples: string[] = [];
  const requests: RoutedRequest[] = [];
  const traffic = startTraffic({
    clock,
    requestsPerSecond: 10,
    routeArns: [RULE],
    ...(scene.cohortShares ? { cohort: { headers: { "x-beta": "1" }, share: 0.1 } } : {}),
    elbv2: {
      routeShares: () => [RULE, "another"].map((arn) => routeOf(arn, scene.shares)),
      routeWith: (arn, headers) =>
        arn === RULE && headers["x-beta"] === "1" ? routeOf("cohort", scene.cohortShares ?? {}) : undefined,
      targetsOf: (arn) =>
        (scene.targets[arn] ?? []).map((id) => ({ target: { id, port: 80 }, state: "healthy" })),
    },
    runtime: { targetAt: (image) => targetOf(image, scene.ready ?? true) },
    metrics: {
      add: (_namespace, metric, dimensions) =>
        void samples.push(`${metric} ${dimensions.TargetGroup?.split("/")[1] ?? "whole"}`),
    },
    events: { request: (request) => void requests.push(request) },
  });
  await clock.advance(seconds * 1000);
  traffic.stop();
  await clock.advance(5000);
  const count = (sample: string) => samples.filter((other) => other === sample).length;
  return { traffic, requests, count };
}

const routeOf = (routeArn: string, shares: Record<string, number>) => ({
  routeArn,
  listenerArn: "listener",
  loadBalancerArn: BALANCER,
  isDefault: false,
  shares,
});

const targetOf = (image: string, ready: boolean): VirtualTarget => ({
  taskArn: image,
  container: "app",
  image,
  environment: {},
  behaviour: image === "bad" ? { errorRate: 0.2 } : {},
  runningSinceMs: 0,
  ready,
  stopping: false,
});

test("requests are split by weight and fail as often as the image does, exactly", async () => {
  const scene = {
    shares: { [group("blue")]: 0.75, [group("green")]: 0.25 },
    targets: { [group("blue")]: ["good"], [group("green")]: ["bad"] },
  };
  const { traffic, count, requests } = await run(scene, 20);
  expect(traffic.versions()).toEqual({
    good: { requests: 150, failed: 0 },
    bad: { requests: 50, failed: 10 },
  });
  expect(traffic.lost).toEqual([]);
  expect(requests).toHaveLength(200);
  expect(count("RequestCount green")).toBe(50);
  expect(count("HTTPCode_Target_5XX_Count green")).toBe(10);
  expect(count("RequestCount whole")).toBe(200);
});

test("users of a cohort go where the balancer sends them", async () => {
  const scene = {
    shares: { [group("blue")]: 1, [group("green")]: 0 },
    cohortShares: { [group("green")]: 1 },
    targets: { [group("blue")]: ["good"], [group("green")]: ["bad"] },
  };
  const { traffic, requests } = await run(scene, 20);
  expect(traffic.versions()).toEqual({
    good: { requests: 180, failed: 0 },
    bad: { requests: 20, failed: 4 },
  });
  expect(traffic.cohortVersions()).toEqual({ bad: { requests: 20, failed: 4 } });
  expect(requests.filter(({ routeArn }) => routeArn === "cohort")).toHaveLength(20);
});

test("targets take turns", async () => {
  const scene = { shares: { [group("blue")]: 1 }, targets: { [group("blue")]: ["one", "two"] } };
  const { traffic } = await run(scene, 2);
  expect(traffic.versions()).toEqual({ one: { requests: 10, failed: 0 }, two: { requests: 10, failed: 0 } });
});

test.each([
  ["a group without targets", { shares: { [group("blue")]: 1 }, targets: {} }, 503],
  ["no weight at all", { shares: { [group("blue")]: 0 }, targets: { [group("blue")]: ["good"] } }, 503],
  [
    "a target that does not listen",
    { shares: { [group("blue")]: 1 }, targets: { [group("blue")]: ["good"] }, ready: false },
    502,
  ],
])("%s loses every request", async (_name, scene, status) => {
  const { traffic, count } = await run(scene, 3);
  expect(traffic.lost).toHaveLength(30);
  expect(new Set(traffic.lost.map((request) => request.status))).toEqual(new Set([status]));
  expect(count(`HTTPCode_ELB_${status}_Count whole`)).toBe(30);
  expect(traffic.versions()).toEqual({});
});
