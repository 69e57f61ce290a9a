import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy, type GitHubWorld, openGitHub, refusal } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

type State = "error" | "failure" | "in_progress" | "queued" | "success";

const mark = (deployment_id: number, state: State, more: object = {}) =>
  world.api.repos.createDeploymentStatus({ ...world.at, deployment_id, state, ...more });

const states = (): readonly (string | undefined)[] =>
  world.github.deployments.map(({ statuses }) => statuses.at(-1)?.state);

test("a status is kept, and the newest comes first", async () => {
  const { api, at, clock, github } = world;
  const id = await deploy(world);
  await clock.advance(5000);
  await mark(id, "in_progress");
  const { status, data } = await mark(id, "failure", {
    description: "rolled back: errors 3.2 %",
    log_url: "https://github.com/octo-org/orders/actions/runs/1",
    environment_url: "https://orders.example",
  });
  expect(status).toBe(201);
  expect(data).toMatchObject({
    state: "failure",
    description: "rolled back: errors 3.2 %",
    environment: "production",
    environment_url: "https://orders.example",
    log_url: "https://github.com/octo-org/orders/actions/runs/1",
    target_url: "https://github.com/octo-org/orders/actions/runs/1",
    created_at: "2026-01-05T09:00:05Z",
  });
  const list = await api.repos.listDeploymentStatuses({ ...at, deployment_id: id });
  expect(list.data.map(({ state }) => state)).toEqual(["failure", "in_progress"]);
  const one = await api.repos.getDeploymentStatus({ ...at, deployment_id: id, status_id: data.id });
  expect(one.data).toEqual(data);
  expect(github.deployments[0]?.updatedMs).toBe(clock.nowMs());
});

test("a status may move its Deployment to another environment", async () => {
  const id = await deploy(world);
  await mark(id, "in_progress", { environment: "staging" });
  const { data } = await world.api.repos.getDeployment({ ...world.at, deployment_id: id });
  expect([data.original_environment, data.environment]).toEqual(["production", "staging"]);
});

test("a description has at most 140 characters, counted as people do", async () => {
  const id = await deploy(world);
  expect(await refusal(mark(id, "queued", { description: "→".repeat(140) }))).toBe("passes");
  expect(await refusal(mark(id, "queued", { description: "🎉".repeat(140) }))).toBe("passes");
  const refused = await refusal(mark(id, "queued", { description: "x".repeat(141) }));
  expect(refused).toContain("422 Validation Failed");
  expect(refused).toContain("description is too long (maximum is 140 characters)");
  expect(world.github.deployments[0]?.statuses).toHaveLength(2);
});

test.each(["environment_url", "log_url", "target_url"])("%s has to be http or https", async (field) => {
  const id = await deploy(world);
  expect(await refusal(mark(id, "queued", { [field]: "orders.example" }))).toContain(
    "must use http(s) scheme",
  );
  expect(await refusal(mark(id, "queued", { [field]: "http://orders.example" }))).toBe("passes");
});

test("a success makes earlier successes of its environment inactive, and nothing else", async () => {
  const succeeded = await deploy(world);
  const failed = await deploy(world);
  const running = await deploy(world);
  const passing = await deploy(world, { transient_environment: true });
  const elsewhere = await deploy(world, { environment: "staging" });
  const current = await deploy(world);
  const later = await deploy(world);
  for (const id of [succeeded, passing, elsewhere, later])
    await mark(id, "success", { auto_inactive: false });
  await mark(failed, "failure");
  await mark(running, "in_progress");
  await mark(current, "success");
  expect(states()).toEqual([
    "inactive",
    "failure",
    "in_progress",
    "success",
    "success",
    "success",
    "success",
  ]);
});

test("only a success does that, and only without auto_inactive: false", async () => {
  const first = await deploy(world);
  await mark(first, "success");
  const second = await deploy(world);
  await mark(second, "in_progress");
  await mark(second, "failure");
  await mark(second, "success", { auto_inactive: false });
  expect(states()).toEqual(["success", "success"]);
});

test("where GitHub keeps production active, as its reference says, other environments change still", async () => {
  world.github.settings.productionStaysActive = true;
  for (const environment of ["production", "production", "staging", "staging"])
    await mark(await deploy(world, { environment }), "success");
  expect(states()).toEqual(["success", "success", "inactive", "success"]);
});
