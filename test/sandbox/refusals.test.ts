import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePolicy } from "../../sandbox/faults/policy.ts";
import { accountDefinition, arrangeAccount, type ServiceName, simulation } from "./account.ts";
import { groupArn, routeArn, specText } from "./orders.ts";
import { annotationsOf, attemptedWrites, lastSeq } from "./reading.ts";
import { type JobOptions, openWorld, type World } from "./world.ts";

let world: World;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-refusals-"));
  world = await openWorld({
    definition: accountDefinition(),
    simulation: simulation(),
    settings: { speed: 20 },
  });
  await arrangeAccount(world.sandbox);
});

afterAll(async () => {
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The spec of one of the account's services, with changes. */
function specFor(service: ServiceName, changes: Readonly<Record<string, unknown>> = {}): string {
  const traffic = {
    production: [{ "listener-rule": routeArn(`http/${service}`) }],
    test: { "listener-rule": routeArn(`http/${service}-test`) },
  };
  return specText({ with: { service, traffic, ...changes } });
}

/** The traffic of `fine`, with changes. */
const traffic = (changes: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  production: [{ "listener-rule": routeArn("http/fine") }],
  test: { "listener-rule": routeArn("http/fine-test") },
  ...changes,
});

/** Runs a job that must end before it would write anything, and returns what it said. */
async function refusal(options: Partial<JobOptions>): Promise<string> {
  const before = lastSeq(world.sandbox);
  const result = await world.run({ runId: "7001", image: "orders:2", spec: specFor("fine"), ...options });
  expect(result.exitCode, result.log).toBe(1);
  expect(attemptedWrites(world.sandbox, { seq: before })).toEqual([]);
  expect(result.outputs.outcome).toBe("failed");
  expect(annotationsOf(result.log, "error")).toHaveLength(1);
  expect(result.summary).toContain("❌ Failed");
  return result.outputs.reason ?? "";
}

function expectWords(said: string, words: readonly string[]): void {
  for (const word of words) expect(said).toContain(word);
}

test("the account itself is fine: a plan for its good service is reached, and writes nothing", async () => {
  const before = lastSeq(world.sandbox);
  const result = await world.run({ runId: "7000", phase: "plan", image: "orders:2", spec: specFor("fine") });
  expect(result.exitCode, result.log).toBe(0);
  expect(attemptedWrites(world.sandbox, { seq: before })).toEqual([]);
});

describe("services that a release cannot work with", () => {
  test.each<[string, ServiceName, readonly string[]]>([
    ["the ECS controller", "ecs", ["its deployment controller is ECS; task sets need EXTERNAL"]],
    ["a rule with one group", "single", ["it forwards to 1 target group (single-blue)", "needs two"]],
    ["a stray test route", "astray", ["the test route forwards to neither of the two target groups"]],
    [
      "an unlisted rule",
      "shared",
      [routeArn("http/shared-too"), "shared-blue, but the spec does not list it"],
    ],
    ["five task sets", "full", ["it has 5 task sets", "AWS allows 5"]],
    ["another rollout", "foreign", ["rollout 7999", "actions/runs/7999", "is under way", "one at a time"]],
    [
      "two sets that say nothing",
      "silent",
      ["2 task sets stand side by side", "none says which it replaces"],
    ],
    ["no desired task", "zero", ["its desired count is 0"]],
    [
      "no task set, and nothing to make its first of",
      "empty",
      ["2 things", "first-task-set is missing", "only an image is given"],
    ],
    ["an ARN of the short format", "short", ["its ARN has the old short format", "serviceLongArnFormat"]],
  ])("%s", async (_what, service, words) => {
    expectWords(await refusal({ spec: specFor(service) }), words);
    expectWords(await refusal({ spec: specFor(service), phase: "plan" }), words);
  });
});

test("an empty service has nothing that a rollback could go back to", async () => {
  const spec = specFor("empty");
  for (const rollout of ["current", "7001"]) {
    const said = await refusal({ spec, phase: "rollback", image: "", inputs: { rollout } });
    expectWords(said, ["the service has no task set: nothing serves"]);
  }
});

describe("specs that do not fit what is there", () => {
  const elsewhere = ["elsewhere-blue", "elsewhere-green"].map(groupArn);
  test.each<[string, string, readonly string[]]>([
    [
      "a rule that does not exist",
      specFor("fine", { traffic: traffic({ production: [{ "listener-rule": routeArn("http/nobody") }] }) }),
      [routeArn("http/nobody"), "there is no such listener rule"],
    ],
    [
      "groups of another load balancer",
      specFor("fine", { traffic: traffic({ "target-groups": elsewhere }) }),
      [...elsewhere, "there is no such target group on the load balancer"],
    ],
    [
      "a rule of a Network Load Balancer",
      specFor("fine", {
        traffic: traffic({ production: [{ listener: routeArn("http", "orders", "net") }] }),
      }),
      ["traffic.production[0].listener", "Application Load Balancer"],
    ],
    [
      "a container that the task definition lacks",
      specFor("fine", { container: "sidecar" }),
      ["the task definition has no container sidecar; it has app"],
    ],
    [
      "a service that does not exist",
      specFor("fine", { service: "fin" }),
      ["there is no service fin in cluster demo"],
    ],
    ["a cluster that does not exist", specFor("fine", { cluster: "dmeo" }), ["ClusterNotFound"]],
    [
      "three errors at once",
      specFor("fine", { bake: "10 minutes", strategie: "blue-green", settle: "1h" }),
      ["bake", "strategie", "settle"],
    ],
  ])("%s", async (_what, spec, words) => {
    expectWords(await refusal({ spec }), words);
  });
});

describe("inputs that cannot be used", () => {
  test.each<[string, Partial<JobOptions>, readonly string[]]>([
    ["an unknown phase", { phase: "deploy" }, ['input phase: "deploy" is none of', "rollback"]],
    [
      "an image and a task definition",
      { inputs: { "task-definition": "fine:1" } },
      ["image and task-definition", "JSON file"],
    ],
    ["no image", { image: "" }, ["input image: give the new image"]],
    ["an image with white space", { image: "orders: 2" }, ['"orders: 2" has white space']],
    [
      "illegal characters",
      { inputs: { rollout: "a*b" } },
      ['input rollout: "a*b" is not a name of 1 to 100'],
    ],
    ["current for a release", { inputs: { rollout: "current" } }, ["which rollout does not"]],
    ["no spec", { inputs: { spec: "nowhere.yml" } }, ["nowhere.yml: there is no such file"]],
    ["a service that the spec lacks", { inputs: { service: "carts" } }, ["carts", "fine"]],
    [
      "all of it at once",
      { phase: "deploy", image: "a b", inputs: { rollout: "a*b" } },
      ['"deploy"', '"a*b"', '"a b"'],
    ],
    [
      "a task definition that does not exist",
      { image: "", inputs: { "task-definition": "nothing:7" } },
      ["there is no task definition nothing:7"],
    ],
  ])("%s", async (_what, options, words) => {
    expectWords(await refusal(options), words);
  });

  test("a task definition file without containers", async () => {
    const path = join(folder, "task.json");
    writeFileSync(path, JSON.stringify({ family: "fine" }));
    const said = await refusal({ image: "", inputs: { "task-definition": path } });
    expectWords(said, [path, "containerDefinitions"]);
  });
});

describe("credentials", () => {
  const allow = (...Action: readonly string[]) =>
    parsePolicy(
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action, Resource: "*" }] },
      "the test's policy",
    );

  test("that may read nothing", async () => {
    world.sandbox.faults.enforce(allow("sts:GetCallerIdentity"));
    try {
      expectWords(await refusal({}), ["AccessDenied", "not authorized to perform"]);
    } finally {
      world.sandbox.faults.enforce(undefined);
    }
  });
});
