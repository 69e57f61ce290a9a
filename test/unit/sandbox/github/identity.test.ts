import { afterEach, beforeEach, expect, test } from "vitest";
import { type GitHubWorld, openGitHub } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

/** The claims of the token that a job gets, asked as a runner's job does. */
async function claims(job: Parameters<GitHubWorld["github"]["idTokenEnvironment"]>[0] = {}) {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } =
    world.github.idTokenEnvironment(job);
  const answer = await fetch(`${url}&audience=sts.amazonaws.com`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { value } = (await answer.json()) as { value: string };
  return JSON.parse(Buffer.from(value.split(".")[1] ?? "", "base64url").toString()) as Record<
    string,
    unknown
  >;
}

test.each([
  [{}, "repo:octo-org/orders:ref:refs/heads/main"],
  [{ ref: "refs/tags/v1" }, "repo:octo-org/orders:ref:refs/tags/v1"],
  [{ environment: "production" }, "repo:octo-org/orders:environment:production"],
  [{ environment: "eu:production" }, "repo:octo-org/orders:environment:eu%3Aproduction"],
])("the subject of a job with %j", async (job, sub) => {
  expect(await claims(job)).toMatchObject({ sub, aud: "sts.amazonaws.com" });
});

test("a token says where the job comes from, and ends after five minutes", async () => {
  const jobWorkflowRef = "OWNER/sluice/.github/workflows/canary.yml@refs/tags/v1";
  const found = await claims({ environment: "production", runId: 7, actor: "octocat", jobWorkflowRef });
  expect(found).toMatchObject({
    iss: "https://token.actions.githubusercontent.com",
    environment: "production",
    repository: "octo-org/orders",
    actor: "octocat",
    run_id: "7",
    job_workflow_ref: jobWorkflowRef,
    exp: Number(found.iat) + 300,
  });
});

test("a repository made since July 2026 has ids in its subject", async () => {
  world.github.settings.idsInSubject = true;
  const { sub } = await claims({ environment: "production" });
  expect(sub).toBe("repo:octo-org@600001/orders@700001:environment:production");
});

test("without the job's own key there is no token", async () => {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url = "" } = world.github.idTokenEnvironment();
  expect((await fetch(url, { headers: { authorization: "Bearer other" } })).status).toBe(401);
});
