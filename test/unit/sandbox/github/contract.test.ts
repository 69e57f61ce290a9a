import { afterEach, beforeEach, expect, test } from "vitest";
import { contract } from "../../../../sandbox/github/contract.ts";
import { description } from "../../../../sandbox/github/description.ts";
import { deploy, type GitHubWorld, openGitHub } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

const send = async (method: string, path: string, body?: string, headers: Record<string, string> = {}) => {
  const authorization = `token ${world.github.token.value}`;
  const init = { method, headers: { authorization, ...headers }, ...(body === undefined ? {} : { body }) };
  const answer = await fetch(`${world.github.url}/repos/octo-org/orders${path}`, init);
  return { status: answer.status, body: (await answer.json()) as { message: string } };
};

test.each([
  ["POST", "/deployments", '{"ref":"main","required_context":[]}', 422, "(required_context)"],
  ["POST", "/deployments", '{"environment":"production"}', 422, "must have required property 'ref'"],
  ["POST", "/deployments", '{"ref":"main","auto_merge":"false"}', 422, "/auto_merge must be boolean"],
  ["POST", "/deployments", "[]", 422, "a JSON object is expected as body"],
  ["POST", "/deployments", undefined, 422, "a JSON object is expected as body"],
  ["POST", "/deployments/7/statuses", '{"state":"done"}', 422, "/state must be equal to one of"],
  ["GET", "/deployments?enviroment=production", undefined, 422, "(enviroment)"],
  ["GET", "/deployments?per_page=many", undefined, 422, "/per_page must be integer"],
  ["GET", "/actions/runs/latest", undefined, 422, "/run_id must be integer"],
  ["GET", "/actions/caches", undefined, 404, "no such operation"],
  ["DELETE", "/deployments", undefined, 404, "no such operation"],
])("%s %s with %s does not fit", async (method, path, body, status, problem) => {
  const answer = await send(method, path, body);
  expect(answer.status).toBe(status);
  expect(world.github.violations).toHaveLength(1);
  expect(world.github.violations[0]).toMatchObject({
    kind: "request",
    call: `${method} /repos/octo-org/orders${path}`,
    problems: [expect.stringContaining(problem)],
  });
  expect(world.github.deployments).toEqual([]);
});

test("JSON that is none, another version and a client without a name are refused", async () => {
  expect((await send("POST", "/deployments", "{")).body.message).toBe("Problems parsing JSON");
  const version = await send("GET", "/deployments", undefined, { "x-github-api-version": "2026-03-10" });
  expect(version.status).toBe(400);
  expect((await send("GET", "/deployments", undefined, { "user-agent": "" })).status).toBe(403);
  expect(world.github.violations.map(({ problems }) => problems)).toEqual([
    ["the body is no JSON"],
    ["the sandbox speaks version 2022-11-28, not 2026-03-10"],
    ["no User-Agent header"],
  ]);
});

test("what fits is no violation", async () => {
  await deploy(world);
  await world.api.repos.listDeployments({ ...world.at, environment: "production", per_page: 1 });
  expect(world.github.violations).toEqual([]);
});

test("an answer of the sandbox's own that does not fit is told", async () => {
  const operation = description.operations.find(({ id }) => id === "repos/get-deployment");
  if (!operation) throw new Error("The description has no repos/get-deployment");
  const id = await deploy(world);
  const { data } = await world.api.repos.getDeployment({ ...world.at, deployment_id: id });
  expect(contract.answer(operation, 200, data)).toEqual([]);
  const { creator: _creator, ...incomplete } = data;
  expect(contract.answer(operation, 200, incomplete)).toEqual(["/ must have required property 'creator'"]);
  expect(contract.answer(operation, 200, { ...data, state: "success" })).toEqual([
    "/ must NOT have additional properties (state)",
  ]);
  expect(contract.answer(operation, 200, { ...data, created_at: "yesterday" })).toHaveLength(1);
  expect(contract.answer(operation, 204, undefined)).toEqual(["the description has no answer 204"]);
  expect(contract.answer(operation, 404, { message: 404 })).toEqual(["/message must be string"]);
});

test("an answer that does not fit fails the test that got it", async () => {
  const broken = await openGitHub();
  await deploy(broken);
  Object.assign(broken.github.deployments[0] ?? {}, { task: 7 });
  await expect(broken.api.repos.listDeployments(broken.at)).rejects.toMatchObject({ status: 500 });
  await expect(broken.github.close()).rejects.toThrow("/0/task must be string");
});

test("every operation of the description is answered", async () => {
  for (const { method, path } of description.operations) {
    const filled = path
      .replace("/repos/{owner}/{repo}", "")
      .replace(/\{(environment_name|ref|basehead|workflow_id)\}/g, "a...b")
      .replace(/\{\w+\}/g, "1");
    const { status } = await send(
      method.toUpperCase(),
      filled,
      method === "post" ? '{"ref":"a"}' : undefined,
    );
    expect([200, 403, 404, 422], `${method} ${filled}`).toContain(status);
  }
  expect(world.github.calls.filter(({ operation }) => operation === "unknown")).toEqual([]);
});
