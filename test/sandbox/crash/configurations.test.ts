import { afterEach, describe, expect, test } from "vitest";
import { BLUE, GREEN } from "./account.ts";
import { runPhase } from "./phases.ts";
import { expectAlone, expectSafe, standing } from "./standing.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** Services and routes of every kind: a good release ends well on them, a bad one is taken back. */

let world: World | undefined;

afterEach(() => world?.close());

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld(options);
  return world;
}

interface Configuration {
  readonly name: string;
  readonly options: WorldOptions;
}

const CONFIGURATIONS: readonly Configuration[] = [
  { name: "bridge networking", options: { networkMode: "bridge" } },
  { name: "host networking", options: { networkMode: "host", desiredCount: 1 } },
  { name: "cross-zone off", options: { attributes: { "load_balancing.cross_zone.enabled": "false" } } },
  { name: "a default action as the production route", options: { production: "default-action" } },
  { name: "two production rules", options: { production: "two-rules" } },
  { name: "a third group on the rule", options: { thirdGroup: true } },
  { name: "a sticky action", options: { stickySeconds: 60 } },
  { name: "two sticky rules", options: { stickySeconds: 60, production: "two-rules" } },
  {
    name: "pinned clients that weight 0 stops",
    options: { stickySeconds: 60, settings: { stickyReachesWeightZero: false } },
  },
  { name: "twelve tasks", options: { desiredCount: 12 } },
];

const LEFT = ["sluice:aborted", "sluice:idle-group"];

describe.each(CONFIGURATIONS)("$name", ({ options }) => {
  test("a good release ends well, and the next one too", async () => {
    const world = await open(options);
    expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-green", LEFT);
    const next = await runPhase(world, "rollout", { rollout: "r2", image: "orders:1" });
    expect(next.outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-blue", LEFT);
    expectSafe(world);
  });

  test("a bad release is taken back, and the next one ships", async () => {
    const world = await open(options);
    const { outcome } = await runPhase(world, "rollout", { image: "orders:3" });
    expect(outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
    await expectAlone(world, "orders-blue", LEFT);
    expect((await runPhase(world, "rollout", { rollout: "r2" })).outcome).toMatchObject({ kind: "reached" });
    await expectAlone(world, "orders-green", LEFT);
    expectSafe(world);
  });
});

const weightsOf = (world: World, arn: string | undefined) =>
  world.sandbox.elbv2.view().routes.find((route) => route.arn === arn)?.weights;

test("a rollback takes the new group out of a sticky action; the next stage puts it back", async () => {
  const world = await open({ stickySeconds: 60 });
  const [rule] = world.productionArns;
  await runPhase(world, "rollout", { image: "orders:3" });
  expect(weightsOf(world, rule)).toEqual({ [BLUE]: 100 });
  expect(standing(world).tags).toEqual(LEFT);
  await runPhase(world, "stage", { rollout: "r2" });
  expect(weightsOf(world, rule)).toEqual({ [BLUE]: 100, [GREEN]: 0 });
});

test("a third group keeps its weight and its share", async () => {
  const world = await open({ thirdGroup: true });
  await runPhase(world, "rollout");
  const weights = Object.entries(weightsOf(world, world.productionArns[0]) ?? {});
  expect(Object.fromEntries(weights.map(([arn, weight]) => [arn.split("/")[1], weight]))).toEqual({
    "orders-blue": 0,
    cart: 20,
    "orders-green": 80,
  });
});

test("a sign-in before the forward stays, with the secret that AWS has", async () => {
  const world = await open();
  const [RuleArn] = world.productionArns;
  const signIn = {
    Issuer: "https://id.example",
    AuthorizationEndpoint: "https://id.example/authorize",
    TokenEndpoint: "https://id.example/token",
    UserInfoEndpoint: "https://id.example/userinfo",
    ClientId: "orders",
  };
  const weights = [
    { TargetGroupArn: BLUE, Weight: 100 },
    { TargetGroupArn: GREEN, Weight: 0 },
  ];
  await world.api("elbv2", "ModifyRule", {
    RuleArn,
    Actions: [
      { Type: "authenticate-oidc", Order: 1, AuthenticateOidcConfig: { ...signIn, ClientSecret: "secret" } },
      { Type: "forward", Order: 2, ForwardConfig: { TargetGroups: weights } },
    ],
  });
  await world.clock.advance(1_000);
  const { outcome } = await runPhase(world, "rollout");
  expect(outcome).toMatchObject({ kind: "reached" });
  const production = world.sandbox.calls.writes().filter(({ input }) => input.RuleArn === RuleArn);
  expect(production.length).toBeGreaterThan(0);
  for (const { input } of production) {
    expect(input.Actions).toMatchObject([
      {
        Type: "authenticate-oidc",
        Order: 1,
        AuthenticateOidcConfig: { ...signIn, UseExistingClientSecret: true },
      },
      { Type: "forward", Order: 2 },
    ]);
  }
  await expectAlone(world, "orders-green", []);
  expectSafe(world);
});
