import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createCohort, deleteCohort, readCohorts } from "../../../src/aws/cohorts.ts";
import { markCohorts, readUsers } from "../../../src/aws/route-users.ts";
import type { Write } from "../../../src/core/moves.ts";
import type { Cohort } from "../../../src/core/steps.ts";
import {
  BLUE,
  DEFAULT_LISTENER,
  GREEN,
  LISTENER,
  MOBILE,
  PRODUCTION,
  type Stage,
  setStage,
} from "./cohort-stage.ts";

const BALANCER = LISTENER.replace(":listener/", ":loadbalancer/").replace(/\/[^/]+$/, "");

let stage: Stage;

beforeEach(async () => {
  stage = await setStage();
});

afterEach(() => stage.close());

const HEADER: Cohort = { kind: "header", name: "x-beta", values: ["1", "yes*"] };
const COOKIE: Cohort = { kind: "cookie", name: "beta", values: ["yes"] };

const asWrite = (given: Partial<Extract<Write, { kind: "create-cohort" }>>) => ({
  kind: "create-cohort" as const,
  routeArn: PRODUCTION,
  step: 0,
  cohort: HEADER,
  groupArn: GREEN,
  reason: "",
  ...given,
});
const create = (given: Parameters<typeof asWrite>[0] = {}, rollout = "r1") =>
  createCohort(stage.clients, { ...stage.plan, rollout }, asWrite(given));
const read = () => readCohorts(stage.clients, stage.plan);
const added = async (listener?: string) => {
  const known = await before;
  return (await stage.rules(listener)).filter((rule) => !known.has(rule.RuleArn ?? ""));
};

let before: Promise<ReadonlySet<string>>;
beforeEach(() => {
  before = Promise.all([stage.rules(), stage.rules(DEFAULT_LISTENER)]).then(
    (lists) => new Set(lists.flat().map((rule) => rule.RuleArn ?? "")),
  );
});

const path = {
  Field: "path-pattern",
  Values: ["/orders/*"],
  PathPatternConfig: { Values: ["/orders/*"] },
};
const host = {
  Field: "host-header",
  Values: ["shop.example"],
  HostHeaderConfig: { Values: ["shop.example"] },
};

describe("a cohort's rule", () => {
  test("has its route's conditions and the header, stands right before it, and says whose it is", async () => {
    await create();
    expect(await added()).toMatchObject([
      {
        Priority: "9",
        Conditions: [
          path,
          host,
          {
            Field: "http-header",
            HttpHeaderConfig: { HttpHeaderName: "x-beta", Values: ["1", "yes*"] },
          },
        ],
        Actions: [
          {
            Type: "forward",
            TargetGroupArn: GREEN,
            ForwardConfig: {
              TargetGroups: [{ TargetGroupArn: GREEN, Weight: 1 }],
              TargetGroupStickinessConfig: { Enabled: false },
            },
          },
        ],
      },
    ]);
    const [rule] = await added();
    expect(await read()).toEqual([
      { ruleArn: rule?.RuleArn, rollout: "r1", routeArn: PRODUCTION, step: 0, groupArn: GREEN },
    ]);
  });

  test("stands after all other rules, before a default action, with the cohort's condition alone", async () => {
    await stage.api("CreateRule", {
      ListenerArn: DEFAULT_LISTENER,
      Priority: 40_000,
      Conditions: [{ Field: "path-pattern", Values: ["/x"] }],
      Actions: [{ Type: "fixed-response", FixedResponseConfig: { StatusCode: "200" } }],
    });
    await create({ routeArn: DEFAULT_LISTENER, cohort: COOKIE });
    expect((await added(DEFAULT_LISTENER)).filter(({ Priority }) => Priority === "50000")).toMatchObject([
      {
        Conditions: [
          {
            Field: "http-header",
            HttpHeaderConfig: {
              HttpHeaderName: "Cookie",
              Values: ["beta=yes*", "*; beta=yes*"],
            },
          },
        ],
      },
    ]);
  });

  test("created twice is one; another step's stands before it, and another route's in its own place", async () => {
    await create();
    await create();
    expect(await added()).toHaveLength(1);
    await create({ step: 1, cohort: COOKIE });
    await create({ routeArn: DEFAULT_LISTENER });
    expect((await read()).map(({ step, routeArn }) => [step, routeArn])).toEqual([
      [1, PRODUCTION],
      [0, PRODUCTION],
      [0, DEFAULT_LISTENER],
    ]);
    expect((await added()).map(({ Priority }) => Priority)).toEqual(["8", "9"]);
  });

  test("keeps what comes before the forward action, and the route's transforms", async () => {
    const signIn = {
      Type: "authenticate-cognito",
      Order: 1,
      AuthenticateCognitoConfig: { UserPoolArn: "pool", UserPoolClientId: "me", UserPoolDomain: "d" },
    };
    const forward = { Type: "forward", Order: 2, TargetGroupArn: BLUE };
    const Transforms = [
      { Type: "url-rewrite", UrlRewriteConfig: { Rewrites: [{ Regex: "^/orders", Replace: "/" }] } },
    ];
    await stage.api("ModifyRule", { RuleArn: PRODUCTION, Actions: [signIn, forward], Transforms });
    await create();
    const [rule] = await added();
    expect(rule?.Actions).toMatchObject([signIn, { Type: "forward", Order: 2, TargetGroupArn: GREEN }]);
    expect(rule?.Transforms).toMatchObject(Transforms);
  });

  test("is deleted, also where it is gone already", async () => {
    await create();
    const [cohort] = await read();
    await deleteCohort(stage.clients, cohort?.ruleArn ?? "");
    expect(await added()).toEqual([]);
    await deleteCohort(stage.clients, cohort?.ruleArn ?? "");
    expect(await read()).toEqual([]);
  });
});

describe("no rule is created", () => {
  test("where another rule stands right before the route", async () => {
    await expect(create({ routeArn: MOBILE })).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringContaining("no priority is free right before it"),
    });
    expect(await added()).toEqual([]);
  });

  test("where another rollout's cohort rule took the last place", async () => {
    await stage.api("SetRulePriorities", { RulePriorities: [{ RuleArn: PRODUCTION, Priority: 7 }] });
    await create({}, "r0");
    await expect(create()).rejects.toMatchObject({ kind: "refused" });
    expect((await read()).map(({ rollout }) => rollout)).toEqual(["r0"]);
  });

  test("where its conditions would be too many", async () => {
    const four = { ...HEADER, values: ["1", "2", "3", "4"] };
    await expect(create({ cohort: four })).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringContaining("more values or wildcards than AWS allows"),
    });
  });

  test("where the route is gone", async () => {
    await stage.api("DeleteRule", { RuleArn: PRODUCTION });
    await expect(create()).rejects.toMatchObject({ kind: "transient" });
  });

  test("where users are signed in by OIDC, whose secret does not read back", async () => {
    const oidc = {
      Issuer: "https://id.test",
      AuthorizationEndpoint: "https://id.test/a",
      TokenEndpoint: "https://id.test/t",
      UserInfoEndpoint: "https://id.test/u",
      ClientId: "me",
      ClientSecret: "s",
    };
    const Actions = [
      { Type: "authenticate-oidc", Order: 1, AuthenticateOidcConfig: oidc },
      { Type: "forward", Order: 2, TargetGroupArn: BLUE },
    ];
    await stage.api("ModifyRule", { RuleArn: PRODUCTION, Actions });
    await expect(create()).rejects.toMatchObject({
      kind: "refused",
      message: expect.stringContaining("authenticate-oidc"),
    });
    const users = await readUsers(stage.clients, [BALANCER]);
    expect(users.filter((user) => user.signsInByOidc).map(({ arn }) => arn)).toEqual([PRODUCTION]);
  });

  test("while somebody else has just taken the priority: that is tried again", async () => {
    stage.sandbox.faults.add({
      kind: "error",
      operation: "elasticloadbalancing:CreateRule",
      code: "PriorityInUse",
      status: 400,
      times: 1,
    });
    await expect(create()).rejects.toMatchObject({ kind: "transient" });
    await create();
    expect(await added()).toHaveLength(1);
  });
});

test("a rule whose creation nobody heard of is found again, and stays the only one", async () => {
  stage.sandbox.faults.add({ kind: "lost-answer", operation: "CreateRule", times: 1 });
  await expect(create()).rejects.toMatchObject({ kind: "transient" });
  await create();
  expect(await added()).toHaveLength(1);
});

describe("what a look costs", () => {
  const calls = () => stage.sandbox.calls.calls.map(({ operation }) => operation);

  test("without listeners for cohorts: nothing", async () => {
    expect(await readCohorts(stage.clients, { ...stage.plan, cohortListeners: [] })).toEqual([]);
    expect(calls()).toEqual([]);
  });

  test("tags are asked for only of rules that lead to one of the two groups and are not listed", async () => {
    const listed = {
      ...stage.plan,
      routes: [...stage.plan.routes, { kind: "listener-rule" as const, arn: MOBILE }],
    };
    expect(await readCohorts(stage.clients, listed)).toEqual([]);
    expect(calls()).toEqual(["DescribeRules", "DescribeRules"]);
    expect(await read()).toEqual([]);
    expect(calls().slice(2).sort()).toEqual(["DescribeRules", "DescribeRules", "DescribeTags"]);
  });

  test("a listener that somebody has deleted has no cohorts", async () => {
    await create();
    await stage.api("DeleteListener", { ListenerArn: DEFAULT_LISTENER });
    expect(await read()).toHaveLength(1);
  });
});

describe("rules of the load balancer", () => {
  const marked = async () => {
    const users = await readUsers(stage.clients, [BALANCER]);
    return markCohorts(stage.clients, users, [PRODUCTION, MOBILE], [BLUE, GREEN]);
  };

  test("are read with what a rule before them has to know, and whose cohort they are for", async () => {
    await create();
    const [rule] = await added();
    const users = await marked();
    const of = (arn: string | undefined) => users.find((user) => user.arn === arn);
    expect(of(PRODUCTION)).toEqual({
      arn: PRODUCTION,
      groupArns: [BLUE, GREEN],
      rule: { priority: 10, values: 2, wildcards: 1 },
    });
    expect(of(DEFAULT_LISTENER)).toEqual({ arn: DEFAULT_LISTENER, groupArns: [BLUE, GREEN] });
    expect(of(rule?.RuleArn)).toMatchObject({
      rule: { priority: 9, values: 4, wildcards: 2 },
      cohort: { rollout: "r1", routeArn: PRODUCTION, step: 0 },
    });
    expect(users.filter((user) => user.cohort)).toHaveLength(1);
  });

  test("are read also by a role that may not read tags", async () => {
    await create();
    stage.sandbox.faults.add({
      kind: "error",
      operation: "elasticloadbalancing:DescribeTags",
      code: "AccessDenied",
      status: 403,
    });
    const users = await marked();
    expect(users.filter((user) => user.cohort)).toEqual([]);
    expect(users).toHaveLength(7);
  });
});
