import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy, type GitHubWorld, openGitHub, plainly, refusal } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

const list = () => world.api.repos.listDeployments(world.at);
const create = () => world.api.repos.createDeployment({ ...world.at, ...plainly });

test("nobody gets in without a token, or with a wrong one", async () => {
  const url = `${world.github.url}/repos/octo-org/orders/deployments`;
  const anonymous = await fetch(url);
  expect([anonymous.status, await anonymous.json()]).toMatchObject([
    401,
    { message: "Requires authentication" },
  ]);
  expect(await refusal(world.as("ghs_other").repos.listDeployments(world.at))).toBe("401 Bad credentials");
  const bearer = await fetch(url, { headers: { authorization: `Bearer ${world.github.token.value}` } });
  expect(bearer.status).toBe(200);
});

test("another repository is not found, and letters' case does not matter", async () => {
  const { api } = world;
  expect(await refusal(api.repos.listDeployments({ owner: "octo-org", repo: "other" }))).toBe(
    "404 Not Found",
  );
  expect(await refusal(api.repos.listDeployments({ owner: "Octo-Org", repo: "Orders" }))).toBe("passes");
});

test("a token without the permission is refused, and told which", async () => {
  const { github } = world;
  github.token.permissions = { deployments: "read" };
  await expect(create()).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("Resource not accessible by integration"),
    response: { headers: { "x-accepted-github-permissions": "deployments=write" } },
  });
  expect(await refusal(list())).toBe("passes");
  expect(github.deployments).toEqual([]);
  github.token.permissions = {};
  const environment = world.api.repos.getEnvironment({ ...world.at, environment_name: "production" });
  await expect(environment).rejects.toMatchObject({
    response: { headers: { "x-accepted-github-permissions": "actions=read" } },
  });
});

test("what a public repository has may be read by every token, and changed by none", async () => {
  world.github.settings.isPrivate = false;
  world.github.token.permissions = {};
  expect(await refusal(list())).toBe("passes");
  expect(await refusal(create())).toMatch(/^403 /);
});

test("the calls of an hour are counted, and end", async () => {
  const { github, clock } = world;
  github.settings.callsPerHour = 2;
  expect((await list()).headers).toMatchObject({ "x-ratelimit-limit": "2", "x-ratelimit-remaining": "1" });
  await list();
  await expect(list()).rejects.toMatchObject({
    status: 403,
    response: {
      headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Date.UTC(2026, 0, 5, 10) / 1000) },
    },
  });
  await clock.advance(3_600_000);
  expect(await refusal(list())).toBe("passes");
});

test.each([500, 502, 503, 504] as const)("an outage answers %i, as often as it should", async (status) => {
  world.github.fail({ kind: "server-error", status, operation: "repos/create-deployment", times: 2 });
  expect(await refusal(create())).toBe(`${status} Server Error`);
  expect(await refusal(create())).toBe(`${status} Server Error`);
  expect(await refusal(list())).toBe("passes");
  expect(world.github.deployments).toEqual([]);
  expect(await refusal(create())).toBe("passes");
});

test("an answer can be lost after the Deployment was made", async () => {
  world.github.fail({ kind: "server-error", status: 502, when: "after", times: 1 });
  expect(await refusal(create())).toBe("502 Server Error");
  expect(world.github.deployments).toHaveLength(1);
  world.github.fail({ kind: "cut", when: "after", times: 1 });
  expect(await refusal(create())).toMatch(/^500 /);
  expect(world.github.deployments).toHaveLength(2);
});

test("a call that hangs ends when the client gives up", async () => {
  const lift = world.github.fail({ kind: "hang" });
  const signal = AbortSignal.timeout(50);
  await expect(world.api.repos.listDeployments({ ...world.at, request: { signal } })).rejects.toThrow(
    /abort|timeout/i,
  );
  lift();
  expect(await refusal(list())).toBe("passes");
  expect(world.github.calls.map(({ status }) => status)).toEqual([undefined, 200]);
});

test.each([403, 429] as const)("limits are told with %i and when to come back", async (status) => {
  const resetMs = Date.UTC(2026, 0, 5, 9, 30);
  world.github.fail({ kind: "rate-limit", status, resetMs, times: 1 });
  await expect(list()).rejects.toMatchObject({
    status,
    response: { headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(resetMs / 1000) } },
  });
  world.github.fail({ kind: "secondary-limit", status, retryAfterSeconds: 60, times: 1 });
  await expect(list()).rejects.toMatchObject({ status, response: { headers: { "retry-after": "60" } } });
});

test("calls are logged with what they asked and how they ended", async () => {
  await deploy(world);
  await list();
  expect(world.github.calls).toMatchObject([
    { seq: 1, operation: "repos/create-deployment", method: "POST", body: plainly, status: 201 },
    { seq: 2, operation: "repos/list-deployments", path: "/repos/octo-org/orders/deployments", status: 200 },
  ]);
});
