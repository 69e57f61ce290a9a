import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { plan, spec } from "../core/world.ts";
import { asLines, journalOf, type Office, openOffice, RUN_URL, reached, SHA } from "./desk-world.ts";

let office: Office;

beforeEach(async () => {
  office = await openOffice();
});

afterEach(async () => {
  expect(office.github.violations).toEqual([]);
  await office.close();
});

const held: Outcome = { kind: "held", reason: "held at 50 %: look at the graphs" };
const rolledBack: Outcome = { kind: "rolled-back", gate: "errors", reason: "4 of 100 requests went bad" };

/** What stands on each Deployment, oldest first. */
const states = () => office.github.deployments.map(({ statuses }) => statuses.map(({ state }) => state));
const lastText = () => office.github.deployments.at(-1)?.statuses.at(-1)?.description;

async function phase(name: "stage" | "shift" | "promote" | "finish", outcome: Outcome, rollout = plan()) {
  const desk = office.desk();
  if (name !== "finish") await desk.begin(rollout);
  await desk.end(journalOf(rollout, [name, outcome]), name, outcome);
}

describe("a rollout's Deployment", () => {
  test("is one, from stage to finish, by jobs that know nothing of each other", async () => {
    await phase("stage", reached);
    await phase("shift", held);
    expect(lastText()).toBe("shift: held at 50 %: look at the graphs");
    await phase("promote", reached);
    await phase("finish", reached);
    expect(states()).toEqual([["in_progress", "in_progress", "in_progress", "success"]]);
    const [deployment] = office.github.deployments;
    expect(deployment).toMatchObject({
      environment: "production",
      sha: SHA,
      ref: SHA,
      task: "deploy:orders",
      payload: { rollout: "run-2", service: "orders", cluster: "shop", region: "eu-west-1" },
      description: "orders: 2, blue-green",
    });
    const urls = deployment?.statuses.map(({ logUrl, environmentUrl }) => [logUrl, environmentUrl]);
    expect(new Set(urls?.map(String))).toEqual(new Set([`${RUN_URL},https://shop.example.com/`]));
    expect(office.complaints).toEqual([]);
  });

  test("is a failure once it is rolled back, which no later job changes", async () => {
    const desk = office.desk();
    await desk.begin(plan());
    const lines = journalOf(plan(), ["shift", rolledBack], ["rollback", reached]);
    const cause = asLines([{ kind: "rolling-back", gate: "errors", reason: "4 of 100 requests went bad" }]);
    await desk.end([...lines, ...cause], "shift", rolledBack);
    expect(lastText()).toBe("rolled back (errors): 4 of 100 requests went bad");
    await office.desk().end(journalOf(plan(), ["rollback", reached]), "rollback", reached);
    await phase("stage", { kind: "failed", error: refusal() });
    expect(states()).toEqual([["in_progress", "failure"]]);
  });

  test("is a failure by the rollback job, even after it was a success", async () => {
    await phase("promote", reached);
    await office.desk().end(journalOf(plan(), ["rollback", reached]), "rollback", reached);
    expect(states()).toEqual([["in_progress", "success", "failure"]]);
  });

  test("a rollback that found nothing of the rollout makes none", async () => {
    await office.desk().end(journalOf(plan(), ["rollback", reached]), "rollback", reached);
    await office.desk().end([], "rollback", reached);
    expect(states()).toEqual([]);
  });

  test("is an error where a job failed otherwise, and goes on where it is run again", async () => {
    await phase("stage", { kind: "failed", error: refusal() });
    expect(states()).toEqual([["in_progress", "error"]]);
    await phase("stage", reached);
    expect(states()).toEqual([["in_progress", "error", "in_progress", "in_progress"]]);
  });

  test("a success is not spoilt by a job that came too late", async () => {
    await phase("promote", reached);
    await phase("finish", { kind: "failed", error: refusal() });
    await phase("stage", { kind: "failed", error: refusal() });
    expect(states()).toEqual([["in_progress", "success"]]);
  });

  test("of the next release makes the one before inactive, and another service's not", async () => {
    await phase("promote", reached, plan({ rollout: "run-1" }));
    await phase("promote", reached, plan({ rollout: "run-1", spec: spec({ service: "billing" }) }));
    await phase(
      "promote",
      reached,
      plan({ rollout: "run-1", clusterArn: "arn:aws:ecs:us-east-1:1:cluster/shop" }),
    );
    await phase("promote", reached);
    expect(states().map((all) => all.at(-1))).toEqual(["inactive", "success", "success", "success"]);
  });

  test("of a release back says who wanted it and why", async () => {
    const [older] = office.github.addCommits([{ message: "Older" }], { from: SHA });
    const back = plan({
      rollout: "rollback-99",
      release: {
        source: { kind: "task-definition", taskDefinition: "orders:1" },
        commit: older?.sha ?? "",
        isRollback: true,
      },
    });
    const desk = office.desk({ asked: { by: "octocat", reason: "checkout was slow" } });
    await desk.end(journalOf(back, ["stage", reached], ["promote", reached]), "rollback", reached);
    expect(office.github.deployments).toMatchObject([
      {
        description: "orders: back to orders:1, by octocat: checkout was slow",
        sha: older?.sha,
        statuses: [{ state: "success", description: "orders:1, by octocat: checkout was slow" }],
      },
    ]);
  });

  test("is none where no environment is named", async () => {
    const desk = office.desk({ environment: undefined });
    await desk.begin(plan());
    await desk.end(journalOf(plan(), ["promote", reached]), "promote", reached);
    expect(office.github.calls).toEqual([]);
  });

  test("takes long words in GitHub's 140 characters, on one line", async () => {
    await phase("shift", { kind: "held", reason: `held\n::error::${"🚦".repeat(200)}` });
    expect([...(lastText() ?? "")]).toHaveLength(140);
    expect(lastText()).not.toContain("\n");
    expect(lastText()).toMatch(/^shift: held ::error::🚦+…$/u);
  });
});

describe("there is one Deployment", () => {
  test("where two jobs begin at once", async () => {
    await Promise.all([office.desk().begin(plan()), office.desk().begin(plan())]);
    await phase("promote", reached);
    const last = states().map((all) => all.at(-1));
    expect(last.filter((state) => state === "success")).toHaveLength(1);
    expect(last[0]).toBe("success");
    expect(last.slice(1).every((state) => state === "inactive")).toBe(true);
  });

  test.each(["server-error", "cut"] as const)(
    "where the answer to its creation is lost (%s)",
    async (kind) => {
      const operation = "repos/create-deployment";
      const outage = { operation, when: "after", times: 1 } as const;
      office.github.fail(kind === "cut" ? { kind, ...outage } : { kind, status: 502, ...outage });
      await phase("stage", reached);
      expect(states()).toEqual([["in_progress", "in_progress"]]);
    },
  );

  test("where its list lags behind its creation", async () => {
    office.github.settings.listLagMs = 60_000;
    await phase("stage", reached);
    expect(states()).toEqual([["in_progress", "in_progress"]]);
  });

  test("where the opening is still under way when the job ends", async () => {
    const desk = office.desk();
    const begun = desk.begin(plan());
    await desk.end(journalOf(plan(), ["promote", reached]), "promote", reached);
    await begun;
    expect(states()).toEqual([["in_progress", "success"]]);
  });
});

describe("a GitHub that does not answer stops nothing", () => {
  test.each([
    [
      "it is down",
      { kind: "server-error", status: 503 },
      "the Deployment is not recorded: GitHub answers 503",
    ],
    ["it closes connections", { kind: "cut" }, /^the Deployment is not recorded: \S/],
    [
      "too many calls",
      { kind: "rate-limit", status: 403, resetMs: 60_000 },
      "the Deployment is not recorded: GitHub limits this job's calls",
    ],
    [
      "too much at once",
      { kind: "secondary-limit", status: 403, retryAfterSeconds: 60 },
      "the Deployment is not recorded: GitHub limits this job's calls",
    ],
  ] as const)("%s", async (_name, outage, complaint) => {
    const lift = office.github.fail(outage);
    const desk = office.desk();
    await desk.begin(plan());
    expect(office.complaints).toEqual([expect.stringMatching(complaint)]);
    lift();
    await desk.end(journalOf(plan(), ["promote", reached]), "promote", reached);
    expect(states()).toEqual([["success"]]);
  });

  test("it hangs: two tries, and no more", async () => {
    office.github.fail({ kind: "hang" });
    const beganMs = Date.now();
    await office.desk({ limits: { callMs: 200, pauseMs: 20 } }).begin(plan());
    expect(Date.now() - beganMs).toBeLessThan(2_000);
    expect(office.complaints).toHaveLength(1);
  });

  test("once is not yet down", async () => {
    office.github.fail({ kind: "server-error", status: 502, times: 1 });
    await phase("stage", reached);
    expect(states()).toEqual([["in_progress", "in_progress"]]);
    expect(office.complaints).toEqual([]);
  });

  test("a job that may not is told so once", async () => {
    office.github.token.permissions = { contents: "read", deployments: "read" };
    const desk = office.desk();
    await desk.begin(plan());
    await desk.end(journalOf(plan(), ["promote", reached]), "promote", reached);
    expect(office.complaints).toEqual(["the Deployment is not recorded: the job lacks `deployments: write`"]);
  });
});

test("the commits between two versions, oldest first", async () => {
  const [first, second] = office.github.addCommits([
    { message: "Round prices\n\nHalf up.", author: "hubot" },
    { message: "Speed up checkout" },
  ]);
  expect(await office.desk().commitsBetween(SHA, second?.sha ?? "")).toEqual({
    url: `https://github.com/octo-org/orders/compare/${SHA}...${second?.sha}`,
    total: 2,
    commits: [
      { sha: first?.sha, title: "Round prices", author: "hubot" },
      { sha: second?.sha, title: "Speed up checkout", author: "octocat" },
    ],
  });
  expect(await office.desk().commitsBetween("f".repeat(40), SHA)).toBeUndefined();
  expect(office.complaints).toEqual([]);
});

function refusal(): SluiceError {
  return new SluiceError("refused", "somebody else has changed the weights");
}
