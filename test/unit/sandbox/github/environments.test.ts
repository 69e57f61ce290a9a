import { afterEach, beforeEach, expect, test } from "vitest";
import { type GitHubWorld, openGitHub, refusal } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

const environment = async (environment_name: string) =>
  (await world.api.repos.getEnvironment({ ...world.at, environment_name })).data;

test("an environment shows each of its rules", async () => {
  world.github.addEnvironment({
    name: "production-approval",
    reviewers: ["octocat", "team/oncall"],
    preventSelfReview: true,
    waitTimerMinutes: 30,
    branches: "protected",
  });
  const { protection_rules, deployment_branch_policy } = await environment("production-approval");
  expect(protection_rules).toMatchObject([
    { type: "wait_timer", wait_timer: 30 },
    {
      type: "required_reviewers",
      prevent_self_review: true,
      reviewers: [
        { type: "User", reviewer: { login: "octocat" } },
        { type: "Team", reviewer: { slug: "oncall" } },
      ],
    },
    { type: "branch_policy" },
  ]);
  expect(deployment_branch_policy).toEqual({ protected_branches: true, custom_branch_policies: false });
});

test("an environment without rules has an empty list of them", async () => {
  world.github.addEnvironment({ name: "production" });
  expect(await environment("PRODUCTION")).toMatchObject({
    name: "production",
    protection_rules: [],
    deployment_branch_policy: null,
  });
});

test("a missing environment is not made by asking for it", async () => {
  expect(await refusal(environment("production"))).toBe("404 Not Found");
  expect(world.github.environments).toEqual([]);
});

test("a name may have slashes", async () => {
  world.github.addEnvironment({ name: "eu/production" });
  expect((await environment("eu/production")).name).toBe("eu/production");
});

test("rules of GitHub Apps have a list of their own", async () => {
  const { api, at, github } = world;
  github.addEnvironment({ name: "production", customRules: ["change-windows"] });
  const asked = { ...at, environment_name: "production" };
  const { data } = await api.repos.getAllDeploymentProtectionRules(asked);
  expect(data).toMatchObject({
    total_count: 1,
    custom_deployment_protection_rules: [{ enabled: true, app: { slug: "change-windows" } }],
  });
  expect((await environment("production")).protection_rules).toEqual([]);
});

test("all environments are listed, with their number", async () => {
  for (const name of ["production", "staging", "test"]) world.github.addEnvironment({ name });
  const { data } = await world.api.repos.getAllEnvironments({ ...world.at, per_page: 2 });
  expect(data.total_count).toBe(3);
  expect(data.environments?.map(({ name }) => name)).toEqual(["production", "staging"]);
});

test("what GitHub's page would refuse is refused", () => {
  const reviewers = ["a", "b", "c", "d", "e", "f", "g"];
  expect(() => world.github.addEnvironment({ name: "production", reviewers })).toThrow("At most 6 reviewers");
  world.github.addEnvironment({ name: "production" });
  expect(() => world.github.addEnvironment({ name: "Production" })).toThrow("already");
});
