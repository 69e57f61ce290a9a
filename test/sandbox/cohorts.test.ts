import { afterAll, beforeAll, expect, test } from "vitest";
import { type Clients, createClients } from "../../src/aws/clients.ts";
import { createCohort, deleteCohort, readCohorts } from "../../src/aws/cohorts.ts";
import type { RouteRef } from "../../src/core/observation.ts";
import { listenerArnOf } from "../../src/core/spec/elb-arn.ts";
import type { Cohort } from "../../src/core/steps.ts";
import { groupArn, ordersDefinition, routeArn } from "./orders.ts";
import { openWorld, until, type World } from "./world.ts";

const HEADER: Cohort = { kind: "header", name: "x-beta", values: ["1"] };
const COOKIE: Cohort = { kind: "cookie", name: "beta", values: ["yes"] };

const rule = (name: string): RouteRef => ({ kind: "listener-rule", arn: routeArn(name) });
const plan = {
  rollout: "r1",
  routes: [rule("http/orders")],
  testRoute: rule("http/orders-test"),
  groups: [groupArn("orders-blue"), groupArn("orders-green")] as const,
  cohortListeners: [listenerArnOf(routeArn("http/orders"))],
};

let world: World;
let clients: Clients;
const before = process.env.AWS_ENDPOINT_URL;

/** Version 1 behind blue with all the weight, and version 2 behind green with none. */
beforeAll(async () => {
  const definition = ordersDefinition({ desiredCount: 1 });
  const [orders] = definition.services;
  if (!orders) throw new Error("no service");
  const taskDefinition = { ...orders.taskDefinition, family: "orders-2", image: "orders:2" };
  const second = { ...orders, name: "orders-2", targetGroup: "orders-green", taskDefinition };
  world = await openWorld({ definition: { ...definition, services: [orders, second] } });
  process.env.AWS_ENDPOINT_URL = world.sandbox.endpoint;
  process.env.AWS_ACCESS_KEY_ID ??= "AKIA0000000000000000";
  process.env.AWS_SECRET_ACCESS_KEY ??= "not-a-secret";
  clients = createClients(world.sandbox.account.region);
});

afterAll(async () => {
  if (before === undefined) delete process.env.AWS_ENDPOINT_URL;
  else process.env.AWS_ENDPOINT_URL = before;
  await world?.close();
});

const REQUESTS = 10;

/** The versions that answer, by a user's headers. */
async function versionsFor(headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const url = `${world.sandbox.listeners[0]?.url}/version`;
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, async () => {
      const answer = await fetch(url, { headers, signal: AbortSignal.timeout(5_000) });
      expect(answer.status).toBe(200);
      return JSON.stringify(await answer.json());
    }),
  );
  return [...new Set(answers)].map((text) => /"version":"([^"]*)"/.exec(text)?.[1] ?? text);
}

const create = (step: number, cohort: Cohort) =>
  createCohort(clients, plan, {
    kind: "create-cohort",
    routeArn: routeArn("http/orders"),
    step,
    cohort,
    groupArn: groupArn("orders-green"),
    reason: "",
  });

/** Rules that lead to the new version on the data plane. */
const applied = (): number =>
  world.sandbox.elbv2.routeShares().filter(({ shares }) => shares[groupArn("orders-green")] === 1).length;

test("users with the header or the cookie meet the new version's processes, and nobody else does", async () => {
  expect(await versionsFor({ "x-beta": "1", cookie: "beta=yes" })).toEqual(["1"]);
  await create(0, HEADER);
  await create(1, COOKIE);
  await until(() => applied() === 2, "both rules on the data plane", 5_000);

  const met: readonly Readonly<Record<string, string>>[] = [
    { "x-beta": "1" },
    { "X-Beta": "1", cookie: "a=1" },
    { cookie: "beta=yes" },
    { cookie: "a=1; beta=yes" },
    { cookie: "beta=yes; b=2" },
    { cookie: "a=1; beta=yes; b=2" },
    { cookie: "a=1; beta=yesterday" }, // begins so: three patterns a condition are too few to tell
  ];
  for (const headers of met) expect([headers, await versionsFor(headers)]).toEqual([headers, ["2"]]);
  const others: readonly Readonly<Record<string, string>>[] = [
    {},
    { "x-beta": "2" },
    { "x-beta": "11" },
    { cookie: "beta=no" },
    { cookie: "alphabeta=yes" },
    { "x-note": "beta=yes" },
  ];
  for (const headers of others) expect([headers, await versionsFor(headers)]).toEqual([headers, ["1"]]);

  for (const { ruleArn } of await readCohorts(clients, plan)) await deleteCohort(clients, ruleArn);
  await until(() => applied() === 0, "no rule on the data plane", 5_000);
  for (const headers of met) expect([headers, await versionsFor(headers)]).toEqual([headers, ["1"]]);
});
