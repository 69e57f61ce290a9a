import { afterEach, beforeEach, expect, test } from "vitest";
import { type GitHubWorld, openGitHub, refusal } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

const compare = async (base: string, head: string, page: object = {}) => {
  const basehead = `${base}...${head}`;
  return (await world.api.repos.compareCommitsWithBasehead({ ...world.at, basehead, ...page })).data;
};

const messages = ({ commits }: Awaited<ReturnType<typeof compare>>) =>
  commits.map(({ commit }) => commit.message);

test("a comparison lists what the head has more, oldest first", async () => {
  const { github, sha } = world;
  const [, last] = github.addCommits([{ message: "Sort orders" }, { message: "Ship orders\n\nAt last." }]);
  const found = await compare(sha, last?.sha ?? "");
  expect(found).toMatchObject({ status: "ahead", ahead_by: 2, behind_by: 0, total_commits: 2 });
  expect(found.html_url).toBe(`https://github.com/octo-org/orders/compare/${sha}...${last?.sha}`);
  expect(messages(found)).toEqual(["Sort orders", "Ship orders\n\nAt last."]);
  expect(found.commits[0]?.author).toMatchObject({ login: "octocat" });
  expect(await compare("main", sha)).toMatchObject({ status: "behind", behind_by: 2, commits: [] });
  expect(await compare("main", "main")).toMatchObject({ status: "identical", total_commits: 0 });
});

test("branches that went apart are compared from where they did, slashes in names or not", async () => {
  const { github, sha } = world;
  github.addCommits([{ message: "A fix" }], { branch: "fix/taxes" });
  github.addCommits([{ message: "Main goes on" }]);
  const found = await compare("main", "fix/taxes");
  expect(found).toMatchObject({ status: "diverged", ahead_by: 1, behind_by: 1 });
  expect(found.merge_base_commit.sha).toBe(sha);
  expect(messages(found)).toEqual(["A fix"]);
  const url = `${github.url}/repos/octo-org/orders/compare/main...fix/taxes`;
  const plain = await fetch(url, { headers: { authorization: `token ${github.token.value}` } });
  expect(await plain.json()).toMatchObject({ status: "diverged" });
});

test("more than 250 commits come in pages", async () => {
  const { github, sha } = world;
  github.addCommits(Array.from({ length: 260 }, (_, index) => ({ message: `Commit ${index + 1}` })));
  const whole = await compare(sha, "main");
  expect([whole.total_commits, whole.commits.length]).toEqual([260, 250]);
  expect(messages(await compare(sha, "main", { per_page: 100, page: 3 }))).toHaveLength(60);
});

test("commits that GitHub does not know", async () => {
  expect(await refusal(compare("main", "nowhere"))).toBe("404 Not Found");
  const call = world.api.repos.getCommit({ ...world.at, ref: "nowhere" });
  expect(await refusal(call)).toBe("422 No commit found for SHA: nowhere");
});

test("a commit is found by branch, by SHA and by its beginning", async () => {
  const { api, at, sha } = world;
  for (const ref of ["main", "refs/heads/main", sha, sha.slice(0, 7)])
    expect((await api.repos.getCommit({ ...at, ref })).data.sha).toBe(sha);
});
