import { describe, expect, test } from "vitest";
import type { Release } from "../../../../src/core/plan.ts";
import { firstContainer } from "../../../../src/core/preflight/first.ts";
import type { Infrastructure, ReleasedDefinition } from "../../../../src/core/preflight/infrastructure.ts";
import { preflight } from "../../../../src/core/preflight.ts";
import { group, infrastructure, request } from "../infrastructure.ts";
import { BLUE, GREEN, LISTENER, RULE, route, spec, TEST_RULE, testRoute } from "../world.ts";

const FIRST = { subnets: ["subnet-0a"], "security-groups": ["sg-0a"] };
const GIVEN: Release["source"] = { kind: "task-definition", taskDefinition: "orders" };

const definition = (more: Partial<ReleasedDefinition> = {}): ReleasedDefinition => ({
  networkMode: "awsvpc",
  containers: [
    { name: "app", ports: [8080] },
    { name: "log", ports: [] },
  ],
  ...more,
});
const container = (...ports: number[]) => definition({ containers: [{ name: "app", ports }] });
const TWO = definition({
  containers: [
    { name: "app", ports: [8080] },
    { name: "proxy", ports: [80, 443] },
  ],
});

interface Given {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly source?: Release["source"];
  readonly infra?: Partial<Infrastructure>;
}

function planned({ spec: more = {}, source = GIVEN, infra = {} }: Given = {}) {
  const whole = { "first-task-set": FIRST, ...more };
  const asked = request({ spec: spec(whole), release: { source } });
  return preflight(
    asked,
    infrastructure({ taskSets: [], containers: [], definition: definition(), ...infra }),
  );
}

const messagesOf = (given: Given) =>
  planned(given).problems.map(({ message, hint }) => `${message} | ${hint}`);

test("an empty service with all that a first deployment needs resolves to a plan", () => {
  expect(planned()).toMatchObject({
    kind: "plan",
    problems: [],
    plan: { container: { name: "app", port: 8080 }, imageContainer: "app" },
  });
});

test("a service whose last task set drains is as empty", () => {
  const draining = {
    id: "ecs-svc/1",
    status: "DRAINING",
    targetGroupArn: BLUE,
    container: { name: "old", port: 1 },
  };
  expect(planned({ infra: { taskSets: [draining] } })).toMatchObject({
    problems: [],
    plan: { container: { name: "app", port: 8080 } },
  });
  expect(
    messagesOf({ source: { kind: "image", image: "x:1" }, infra: { taskSets: [draining] } }),
  ).toHaveLength(1);
});

test("a service with a task set needs none of it", () => {
  const image = request();
  expect(preflight(image, infrastructure())).toMatchObject({ problems: [] });
});

describe("what is missing", () => {
  test.each<[string, Given, RegExp]>([
    [
      "first-task-set",
      { spec: { "first-task-set": undefined } },
      /first-task-set is missing.*Give first-task-set/,
    ],
    ["subnets, in awsvpc", { spec: { "first-task-set": {} } }, /names no subnets.*first-task-set.subnets/],
    [
      "subnets, for Fargate with a definition that says nothing",
      { spec: { "first-task-set": {} }, infra: { definition: definition({ networkMode: undefined }) } },
      /names no subnets/,
    ],
    [
      "a task definition: only an image",
      { source: { kind: "image", image: "orders:2" } },
      /only an image is given.*input task-definition/,
    ],
    ["a task definition: nothing", { source: { kind: "staged" } }, /nothing is given/],
    ["a container of the spec", { spec: { container: "web" } }, /no container web; it has app, log/],
    [
      "the one container: two map ports",
      { infra: { definition: TWO } },
      /app and proxy have a port mapping.*\(container\)/,
    ],
    [
      "the one container: none maps a port",
      { infra: { definition: container() } },
      /none of app has a port mapping/,
    ],
    [
      "the one port",
      { infra: { definition: container(80, 81) } },
      /which port of container app.*maps 80, 81.*container-port/,
    ],
    [
      "the port that is asked for",
      { spec: { "first-task-set": { ...FIRST, "container-port": 81 } } },
      /container app maps no port 81; it maps 8080/,
    ],
    [
      "a network mode for Fargate",
      { infra: { definition: definition({ networkMode: "bridge" }), groups: instances() } },
      /FARGATE, which needs network mode awsvpc; the task definition's is bridge/,
    ],
    [
      "one group with all of the weight",
      { infra: { routes: [route(60, 40), testRoute(BLUE)] } },
      /orders-blue 60, orders-green 40.*Give orders-blue all of it: orders-blue 100, orders-green 0/,
    ],
  ])("%s", (_name, given, message) => {
    const [problem, ...others] = messagesOf(given);
    expect(problem).toMatch(message);
    expect(others).toEqual([]);
  });

  test("target groups of the tasks' kind, each told", () => {
    expect(messagesOf({ infra: { groups: instances() } })).toEqual([
      expect.stringMatching(/of type instance; tasks of network mode awsvpc register as ip/),
      expect.stringMatching(/of type instance/),
    ]);
  });

  test("one of two routes that disagree", () => {
    const traffic = {
      production: [{ "listener-rule": RULE }, { listener: LISTENER }],
      test: { "listener-rule": TEST_RULE },
    };
    const other = route(0, 100, { kind: "listener", arn: LISTENER });
    const result = planned({ spec: { traffic }, infra: { routes: [route(100, 0), other, testRoute(BLUE)] } });
    expect(result.problems.map(({ subject }) => subject)).toEqual([LISTENER]);
  });

  test("all of it is told at once, and keeps no rollback from what it does", () => {
    const result = planned({
      spec: { "first-task-set": undefined },
      source: { kind: "image", image: "orders:2" },
      infra: { desiredCount: 0, routes: [route(60, 40), testRoute(BLUE)] },
    });
    expect(result.kind).toBe("plan");
    expect(result.problems.map(({ message }) => message).join("\n")).toMatch(
      /desired count is 0.*first-task-set is missing.*only an image.*orders-blue 60/s,
    );
    expect(result.problems.every(({ onlyRelease }) => onlyRelease)).toBe(true);
  });

  test("no weight at all is told once", () => {
    expect(messagesOf({ infra: { routes: [route(0, 0), testRoute(BLUE)] } })).toHaveLength(1);
  });
});

function instances(): Infrastructure["groups"] {
  return [BLUE, GREEN].map((arn) => group(arn, { targetType: "instance" }));
}

test("what runs on instances needs no subnets", () => {
  const infra = { definition: definition({ networkMode: "bridge" }), groups: instances() };
  expect(planned({ spec: { "first-task-set": { "launch-type": "EC2" } }, infra })).toMatchObject({
    problems: [],
  });
});

test.each<[string, Readonly<Record<string, unknown>>, ReleasedDefinition | undefined, object | undefined]>([
  ["the only one with a port", {}, definition(), { name: "app", port: 8080 }],
  [
    "the spec's",
    { container: "proxy", "first-task-set": { "container-port": 443 } },
    TWO,
    { name: "proxy", port: 443 },
  ],
  [
    "the spec's, without a mapping",
    { container: "log", "first-task-set": { "container-port": 24 } },
    definition(),
    { name: "log", port: 24 },
  ],
  ["none, of two", {}, TWO, undefined],
  ["none, of two ports", {}, container(80, 81), undefined],
  ["none, without a definition", {}, undefined, undefined],
])("the container behind the load balancer: %s", (_name, more, given, expected) => {
  expect(firstContainer(spec(more), given)).toEqual(expected);
});
