import { afterEach, beforeEach, expect, test } from "vitest";
import { type GitHubWorld, openGitHub, refusal } from "./world.ts";

let world: GitHubWorld;

beforeEach(async () => {
  world = await openGitHub();
});

afterEach(() => world.github.close());

const APPROVAL = "production-approval";

const pendingIn = async (run_id: number): Promise<readonly unknown[]> => {
  const { data } = await world.api.actions.getPendingDeploymentsForRun({ ...world.at, run_id });
  return data.map(({ environment }) => environment.name);
};

const approvals = async (run_id: number): Promise<readonly string[]> => {
  const { data } = await world.api.actions.getReviewsForRun({ ...world.at, run_id });
  return data.map(({ state, user, comment, environments }) =>
    [state, user?.login, comment, environments.map(({ name }) => name)].join(" "),
  );
};

test("a run shows what it is and how it goes", async () => {
  const { api, at, github, sha } = world;
  const run = github.addRun({ workflow: "release.yml", actor: "octocat", attempt: 2 });
  const { data } = await api.actions.getWorkflowRun({ ...at, run_id: run.id });
  expect(data).toMatchObject({
    head_sha: sha,
    head_branch: "main",
    path: ".github/workflows/release.yml",
    run_attempt: 2,
    status: "in_progress",
    conclusion: null,
    actor: { login: "octocat" },
    html_url: `https://github.com/octo-org/orders/actions/runs/${run.id}`,
  });
  github.finishRun(run.id, "cancelled");
  const ended = await api.actions.getWorkflowRun({ ...at, run_id: run.id });
  expect(ended.data).toMatchObject({ status: "completed", conclusion: "cancelled" });
  expect(await refusal(api.actions.getWorkflowRun({ ...at, run_id: 1 }))).toBe("404 Not Found");
});

test("jobs are those of the attempt that is asked for", async () => {
  const { api, at, github } = world;
  const run = github.addRun();
  github.addJob(run.id, "plan", "success");
  expect(() => github.rerun(run.id)).toThrow("has not ended");
  github.finishRun(run.id, "failure");
  github.rerun(run.id);
  github.addJob(run.id, "stage", "failure");
  const names = async (call: Promise<{ data: { jobs: { name: string; conclusion: string | null }[] } }>) =>
    (await call).data.jobs.map(({ name, conclusion }) => `${name} ${conclusion}`);
  const asked = { ...at, run_id: run.id };
  expect(await names(api.actions.listJobsForWorkflowRun(asked))).toEqual(["stage failure"]);
  expect(await names(api.actions.listJobsForWorkflowRun({ ...asked, filter: "all" }))).toHaveLength(2);
  const first = api.actions.listJobsForWorkflowRunAttempt({ ...asked, attempt_number: 1 });
  expect(await names(first)).toEqual(["plan success"]);
  const third = api.actions.listJobsForWorkflowRunAttempt({ ...asked, attempt_number: 3 });
  expect(await refusal(third)).toBe("404 Not Found");
});

test("a run waits for a review, until somebody approves", async () => {
  const { api, at, github } = world;
  github.addEnvironment({ name: APPROVAL, reviewers: ["octocat", "team/oncall"] });
  const { id } = github.addRun();
  expect(github.requestReview(id, APPROVAL)).toBe("waiting");
  const { data } = await api.actions.getPendingDeploymentsForRun({ ...at, run_id: id });
  expect(data).toMatchObject([
    {
      environment: { name: APPROVAL },
      wait_timer: 0,
      wait_timer_started_at: null,
      current_user_can_approve: false,
      reviewers: [{ type: "User" }, { type: "Team" }],
    },
  ]);
  expect(await approvals(id)).toEqual([]);
  expect((await api.actions.getWorkflowRun({ ...at, run_id: id })).data.status).toBe("waiting");
  github.review(id, APPROVAL, { state: "approved", by: "octocat", comment: "Looks fine" });
  expect(await pendingIn(id)).toEqual([]);
  expect(await approvals(id)).toEqual([`approved octocat Looks fine ${APPROVAL}`]);
  expect((await api.actions.getWorkflowRun({ ...at, run_id: id })).data.status).toBe("in_progress");
});

test("a rejection and a cancelled run end the waiting too", async () => {
  const { github } = world;
  github.addEnvironment({ name: APPROVAL, reviewers: ["octocat"] });
  const [rejected, cancelled] = [github.addRun(), github.addRun()];
  for (const { id } of [rejected, cancelled]) github.requestReview(id, APPROVAL);
  github.review(rejected.id, APPROVAL, { state: "rejected", by: "octocat", comment: "Not today" });
  github.finishRun(cancelled.id, "cancelled");
  expect(await pendingIn(rejected.id)).toEqual([]);
  expect(await approvals(rejected.id)).toEqual([`rejected octocat Not today ${APPROVAL}`]);
  expect(await pendingIn(cancelled.id)).toEqual([]);
  expect(await approvals(cancelled.id)).toEqual([]);
  github.rerun(cancelled.id);
  expect(await pendingIn(cancelled.id)).toEqual([]);
});

test("a wait timer passes by itself, a review that is missing does not", async () => {
  const { github, clock } = world;
  github.addEnvironment({ name: "bake", waitTimerMinutes: 10 });
  github.addEnvironment({ name: "both", waitTimerMinutes: 10, reviewers: ["octocat"] });
  const { id } = github.addRun();
  github.requestReview(id, "bake");
  github.requestReview(id, "both");
  expect(await pendingIn(id)).toEqual(["bake", "both"]);
  await clock.advance(600_000);
  expect(await pendingIn(id)).toEqual(["both"]);
});

test("an environment without rules lets a job pass, and exists from then on", async () => {
  const { github } = world;
  const { id } = github.addRun();
  expect(github.requestReview(id, "misspelt")).toBe("passed");
  expect(await pendingIn(id)).toEqual([]);
  expect(github.environments.map(({ name }) => name)).toEqual(["misspelt"]);
});

test("history of reviews, in either order that GitHub may give it", async () => {
  const { github } = world;
  github.addEnvironment({ name: APPROVAL, reviewers: ["octocat"] });
  const { id } = github.addRun();
  for (const comment of ["first", "second"]) {
    github.requestReview(id, APPROVAL);
    github.review(id, APPROVAL, { state: "approved", by: "octocat", comment });
  }
  expect((await approvals(id)).map((review) => review.split(" ")[2])).toEqual(["second", "first"]);
  github.settings.newestReviewFirst = false;
  expect((await approvals(id)).map((review) => review.split(" ")[2])).toEqual(["first", "second"]);
});

test("a review that GitHub would not take is an error of the test", () => {
  const { github } = world;
  github.addEnvironment({ name: APPROVAL, reviewers: ["octocat"], preventSelfReview: true });
  const { id } = github.addRun({ actor: "octocat" });
  const review = { state: "approved", by: "octocat" } as const;
  expect(() => github.review(id, APPROVAL, review)).toThrow("waits for no review");
  github.requestReview(id, APPROVAL);
  expect(() => github.review(id, APPROVAL, review)).toThrow("does not let octocat");
  github.review(id, APPROVAL, { ...review, by: "hubot" });
  expect(github.pending(id)).toEqual([]);
});

test("a dispatch starts a run, and says which if it is asked", async () => {
  const { at, github, as } = world;
  github.addToken("ghp_person", "hubot", { actions: "write" });
  const api = as("ghp_person");
  github.addWorkflow("promote.yml", { rollout: {}, service: { required: true } });
  const asked = { ...at, workflow_id: "promote.yml", ref: "main", inputs: { service: "orders" } };
  expect((await api.actions.createWorkflowDispatch(asked)).status).toBe(204);
  const told = await api.actions.createWorkflowDispatch({ ...asked, return_run_details: true });
  expect([told.status, told.data]).toMatchObject([200, { workflow_run_id: github.runs[1]?.id }]);
  expect(github.runs).toMatchObject([
    { event: "workflow_dispatch", actor: "hubot", status: "queued", inputs: { service: "orders" } },
    { number: 2 },
  ]);
});

test.each([
  ["promote.yml", "nowhere", {}, "422 No ref found for: nowhere"],
  ["missing.yml", "main", {}, "404 Not Found"],
  ["release.yml", "main", {}, "422 Workflow does not have 'workflow_dispatch' trigger"],
  ["promote.yml", "main", {}, "422 Required input 'service' not provided"],
  ["promote.yml", "main", { service: "a", to: "b" }, '422 Unexpected inputs provided: ["to"]'],
])("a dispatch of %s on %s with %j is refused", async (workflow_id, ref, inputs, expected) => {
  const { at, github, as } = world;
  github.addToken("ghp_person", "hubot", { actions: "write" });
  github.addWorkflow("promote.yml", { service: { required: true } });
  github.addWorkflow("release.yml");
  const call = as("ghp_person").actions.createWorkflowDispatch({ ...at, workflow_id, ref, inputs });
  expect(await refusal(call)).toBe(expected);
  expect(github.runs).toEqual([]);
});
