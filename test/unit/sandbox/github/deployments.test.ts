import { afterEach, beforeEach, expect, test } from "vitest";
import { deploy, type GitHubWorld, openGitHub, plainly, refusal } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

const listed = async (filter: object = {}): Promise<readonly number[]> => {
  const { data } = await world.api.repos.listDeployments({ ...world.at, ...filter });
  return data.map(({ id }) => id);
};

test("a Deployment is made with GitHub's defaults, and found again", async () => {
  const { api, at, github, sha } = world;
  const payload = { rollout: "r1", service: "orders" };
  const made = await api.repos.createDeployment({ ...at, ...plainly, payload, description: "orders: 1 → 2" });
  expect(made.status).toBe(201);
  expect(made.data).toMatchObject({
    sha,
    ref: "main",
    task: "deploy",
    payload,
    description: "orders: 1 → 2",
    environment: "production",
    original_environment: "production",
    production_environment: true,
    transient_environment: false,
    creator: { login: "github-actions[bot]", type: "Bot" },
    created_at: "2026-01-05T09:00:00Z",
  });
  const id = github.deployments[0]?.id ?? 0;
  const found = await api.repos.getDeployment({ ...at, deployment_id: id });
  expect(found.data).toEqual(made.data);
  expect(await refusal(api.repos.getDeployment({ ...at, deployment_id: id + 1 }))).toBe("404 Not Found");
});

test("a Deployment to an environment that is not there makes it, without any protection", async () => {
  await deploy(world, { environment: "staging" });
  await deploy(world, { environment: "Staging" });
  const { data } = await world.api.repos.getEnvironment({ ...world.at, environment_name: "staging" });
  expect(data.protection_rules).toEqual([]);
  expect(world.github.environments).toHaveLength(1);
  expect(world.github.deployments[0]?.isProduction).toBe(false);
});

test("two equal calls make two Deployments: GitHub knows no key that would make them one", async () => {
  const [first, second] = [await deploy(world), await deploy(world)];
  expect(second).not.toBe(first);
  expect(await listed()).toEqual([second, first]);
});

test("the list takes filters, each alone and together", async () => {
  const { github, sha } = world;
  const [next] = github.addCommits([{ message: "Take more orders" }], { branch: "next" });
  const a = await deploy(world, { task: "deploy:orders" });
  const b = await deploy(world, { environment: "staging" });
  const c = await deploy(world, { ref: "next" });
  expect(await listed({ environment: "production" })).toEqual([c, a]);
  expect(await listed({ task: "deploy:orders" })).toEqual([a]);
  expect(await listed({ sha })).toEqual([b, a]);
  expect(await listed({ sha: next?.sha, ref: "next" })).toEqual([c]);
  expect(await listed({ ref: "next", environment: "staging" })).toEqual([]);
});

test("the list has pages, linked as octokit follows them", async () => {
  const ids: number[] = [];
  for (let count = 0; count < 5; count++) ids.unshift(await deploy(world));
  expect(await listed({ per_page: 2, page: 2 })).toEqual(ids.slice(2, 4));
  const links = async (page: number) => {
    const { headers } = await world.api.repos.listDeployments({ ...world.at, per_page: 2, page });
    const found = (headers.link ?? "").matchAll(/[?&]page=(\d+)>; rel="(\w+)"/g);
    return [...found].map(([, to, rel]) => `${rel} ${to}`);
  };
  expect(await links(2)).toEqual(["first 1", "prev 1", "next 3", "last 3"]);
  expect(await links(3)).toEqual(["first 1", "prev 2"]);
  expect(await listed({ per_page: 2, page: 4 })).toEqual([]);
});

test("a new Deployment may be missing from lists for a while, but not from its own page", async () => {
  const { github, clock, api, at } = world;
  github.settings.listLagMs = 2000;
  const id = await deploy(world);
  expect(await listed()).toEqual([]);
  expect((await api.repos.getDeployment({ ...at, deployment_id: id })).status).toBe(200);
  await clock.advance(2000);
  expect(await listed()).toEqual([id]);
});

test("without required_contexts the running job's own check is in the way", async () => {
  const { github, api, at, sha } = world;
  const run = github.addRun();
  github.addJob(run.id, "test", "success");
  github.addJob(run.id, "stage");
  const open = { ...at, ref: sha, auto_merge: false };
  await expect(api.repos.createDeployment(open)).rejects.toMatchObject({
    status: 409,
    response: {
      data: {
        message: `Conflict: Commit status checks failed for ${sha}.`,
        errors: [
          {
            contexts: [
              { context: "test", state: "success" },
              { context: "stage", state: "pending" },
            ],
            field: "required_contexts",
            code: "invalid",
          },
        ],
      },
    },
  });
  expect(await refusal(api.repos.createDeployment({ ...open, required_contexts: ["test"] }))).toBe("passes");
  expect(await refusal(api.repos.createDeployment({ ...open, required_contexts: ["lint"] }))).toMatch(
    /^409 /,
  );
  expect(await refusal(api.repos.createDeployment({ ...open, required_contexts: [] }))).toBe("passes");
  github.finishRun(run.id, "success");
  expect(await refusal(api.repos.createDeployment(open))).toBe("passes");
  github.setCheck(sha, "lint", "failure");
  expect(await refusal(api.repos.createDeployment(open))).toMatch(/^409 /);
});

test("without auto_merge: false a commit behind main cannot be deployed, and a branch gets main first", async () => {
  const { github, api, at, sha } = world;
  github.addCommits([{ message: "A fix" }], { branch: "fix" });
  github.addCommits([{ message: "Main goes on" }]);
  const open = { ...at, required_contexts: [] };
  const behind = await refusal(api.repos.createDeployment({ ...open, ref: sha }));
  expect(behind).toBe(`409 Conflict merging main into ${sha}.`);
  const merged = await api.repos.createDeployment({ ...open, ref: "fix" });
  expect([merged.status, merged.data]).toEqual([
    202,
    { message: "Auto-merged main into fix on deployment." },
  ]);
  expect(github.deployments).toEqual([]);
  expect((await api.repos.createDeployment({ ...open, ref: "fix" })).status).toBe(201);
  expect((await api.repos.createDeployment({ ...open, ref: sha, auto_merge: false })).status).toBe(201);
});

test("a ref that GitHub does not know is refused", async () => {
  const call = world.api.repos.createDeployment({ ...world.at, ...plainly, ref: "nowhere" });
  expect(await refusal(call)).toBe("422 No ref found for: nowhere");
});
