import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import type { RoutedRequest } from "../../../../sandbox/ports.ts";
import type { Behaviour, VirtualTarget } from "../../../../sandbox/runtime/behaviour.ts";
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
  /** Of "bad". Default: every fifth request fails. */
  readonly behaviour?: Behaviour;
  /** Four users who keep their cookies make half of the requests; what the shares are from then on. */
  readonly pinned?: { readonly stickySeconds: number; readonly reachWeightZero: boolean };
  readonly later?: { readonly seconds: number; readonly shares: Record<string, number> };
}

/** Ten requests a second to the rule for `seconds`; every fifth of "bad" fails. */
async function run(scene: Scene, seconds: number) {
  const clock = new VirtualClock();
  const samples: string[] = [];
  const requests: RoutedRequest[] = [];
  const { pinned } = scene;
  let shares = scene.shares;
  const traffic = startTraffic({
    clock,
    tickMs: 500,
    ...(pinned ? { clients: { count: 4, share: 0.5, reachWeightZero: () => pinned.reachWeightZero } } : {}),
    requestsPerSecond: 10,
    routeArns: [RULE],
    ...(scene.cohortShares ? { cohort: { headers: { "x-beta": "1" }, share: 0.1 } } : {}),
    elbv2: {
      routeShares: () => [RULE, "another"].map((arn) => routeOf(arn, shares, pinned?.stickySeconds)),
      routeWith: (arn, headers) =>
        arn === RULE && headers["x-beta"] === "1" ? routeOf("cohort", scene.cohortShares ?? {}) : undefined,
      targetsOf: (arn) =>
        (scene.targets[arn] ?? []).map((id) => ({ target: { id, port: 80 }, state: "healthy" })),
    },
    runtime: { targetAt: (image) => targetOf(image, scene) },
    metrics: {
      add: (_namespace, metric, dimensions) =>
        void samples.push(`${metric} ${dimensions.TargetGroup?.split("/")[1] ?? "whole"}`),
    },
    events: { request: (request) => void requests.push(request) },
  });
  await clock.advance(seconds * 1000);
  if (scene.later) {
    shares = scene.later.shares;
    await clock.advance(scene.later.seconds * 1000);
  }
  traffic.stop();
  await clock.advance(5000);
  const count = (sample: string) => samples.filter((other) => other === sample).length;
  return { traffic, requests, count };
}

const routeOf = (routeArn: string, shares: Record<string, number>, stickySeconds?: number) => ({
  routeArn,
  listenerArn: "listener",
  loadBalancerArn: BALANCER,
  isDefault: false,
  shares,
  ...(stickySeconds ? { stickySeconds } : {}),
});

const targetOf = (image: string, { ready = true, behaviour = { errorRate: 0.2 } }: Scene): VirtualTarget => ({
  taskArn: image,
  container: "app",
  image,
  environment: {},
  behaviour: image === "bad" ? behaviour : {},
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

test("a connection that the app resets is a 502, and counts as its failure", async () => {
  const scene = { shares: { [group("blue")]: 1 }, targets: { [group("blue")]: ["bad"] } };
  const { traffic, count } = await run({ ...scene, behaviour: { resetRate: 0.5 } }, 4);
  expect(traffic.versions()).toEqual({ bad: { requests: 40, failed: 20 } });
  expect(count("HTTPCode_ELB_502_Count whole")).toBe(20);
  expect(count("TargetConnectionErrorCount blue")).toBe(0);
  expect(traffic.lost).toEqual([]);
});

test("a request that the app keeps ends as a 504 a minute later", async () => {
  const scene = { shares: { [group("blue")]: 1 }, targets: { [group("blue")]: ["bad"] } };
  const hanging = { ...scene, behaviour: { hangRate: 0.5 } };
  const soon = await run(hanging, 4);
  expect(soon.traffic.versions()).toEqual({ bad: { requests: 40, failed: 20 } });
  expect(soon.count("RequestCount blue")).toBe(20);
  const late = await run(hanging, 64);
  expect(late.count("HTTPCode_ELB_504_Count whole")).toBeGreaterThanOrEqual(20);
});

describe("users who keep their cookies", () => {
  const half = { [group("blue")]: 0.5, [group("green")]: 0.5 };
  const targets = { [group("blue")]: ["old"], [group("green")]: ["new"] };
  /** Ten requests a second, of which they make five. */
  const withPins = (shares: Record<string, number>, reachWeightZero: boolean, stickySeconds = 60) =>
    run(
      { shares: half, targets, pinned: { stickySeconds, reachWeightZero }, later: { seconds: 20, shares } },
      20,
    );

  test("stay where they are pinned, whatever the weights", async () => {
    const { traffic } = await withPins({ [group("blue")]: 0.1, [group("green")]: 0.9 }, false);
    expect([traffic.pinnedTo(group("blue")), traffic.pinnedTo(group("green"))]).toEqual([2, 2]);
    expect(traffic.versions().old?.requests).toBe(100 + 10 + 50);
  });

  test("reach weight 0, or do not, as it is set", async () => {
    const flipped = { [group("blue")]: 0, [group("green")]: 1 };
    expect((await withPins(flipped, true)).traffic.versions().old?.requests).toBe(100 + 50);
    expect((await withPins(flipped, false)).traffic.versions().old?.requests).toBe(100);
  });

  test("leave a group that is out of the action", async () => {
    const { traffic } = await withPins({ [group("green")]: 1 }, true);
    expect(traffic.versions().old?.requests).toBe(100);
    expect([traffic.pinnedTo(group("blue")), traffic.pinnedTo(group("green"))]).toEqual([0, 4]);
  });

  test("forget a pin that has run out, and have none where the action is not sticky", async () => {
    const flipped = { [group("blue")]: 0.1, [group("green")]: 0.9 };
    const { traffic } = await withPins(flipped, true, 0.3);
    expect(traffic.versions().old?.requests).toBe(100 + 20);
    const plain = await run({ shares: half, targets }, 4);
    expect(plain.traffic.pinnedTo(group("blue"))).toBe(0);
  });
});
