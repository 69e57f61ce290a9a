import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseErrors, workflowAndActionFiles } from "../../../scripts/parse-workflows.ts";
import { JOB_LIMIT_MS } from "../../../src/core/long-jobs.ts";
import {
  COMPOSITES,
  type Job,
  REUSABLE,
  readAction,
  readText,
  readWorkflow,
  STARTERS,
  type Step,
  WORKFLOWS,
} from "./files.ts";

const ACTING = { contents: "read", "id-token": "write", deployments: "write", actions: "read" };
/** What a job's own action gets. */
const givenTo = ({ steps: all }: Job): Step["with"] => all.find((step) => step.id === "sluice")?.with ?? {};
/** Whoever asks for a token may assume the role. */
const isActing = ({ permissions }: Job): boolean => permissions?.["id-token"] === "write";

const jobsOf = (path: string) =>
  Object.entries(readWorkflow(path).jobs).map(([id, job]) => ({ path, id, job }));
const jobs = WORKFLOWS.flatMap(jobsOf);
const reusableJobs = REUSABLE.flatMap(jobsOf);
const steps: readonly { readonly where: string; readonly step: Step }[] = [
  ...jobs.flatMap(({ path, id, job }) => job.steps.map((step) => ({ where: `${path} ${id}`, step }))),
  ...COMPOSITES.flatMap((path) => readAction(path).runs.steps.map((step) => ({ where: path, step }))),
];

test("the files are there", () => {
  expect(REUSABLE.map((path) => basename(path, ".yml"))).toEqual([
    "blue-green",
    "canary",
    "promote",
    "rollback",
    "rolling",
  ]);
  expect(STARTERS.map((path) => basename(path, ".yml"))).toEqual([
    ...["blue-green", "canary", "promote", "rollback", "rolling", "sweep"],
  ]);
  expect(COMPOSITES).toHaveLength(10);
});

describe("GitHub's parser", () => {
  test.each(workflowAndActionFiles())("has nothing against %s", async (path) => {
    expect(await parseErrors(path, readText(path))).toEqual([]);
  });

  test.each([
    ["an unknown input", "workflows/canary.yml", "image: ${{", "picture: ${{", "picture is not defined"],
    [
      "an unknown job",
      ".github/workflows/rolling.yml",
      "needs: verify",
      "needs: verified",
      "unknown job 'verified'",
    ],
    ["an unknown key", "actions/plan/action.yml", "using: composite", "used: composite", "used"],
  ])("finds %s", async (_, path, good, bad, error) => {
    const text = readText(path).replace(good, bad);
    expect((await parseErrors(path, text)).join("\n")).toContain(error);
  });
});

describe("every step", () => {
  test("puts no expression into a script", () => {
    for (const { where, step } of steps) expect(step.run ?? "", where).not.toContain("${{");
  });

  test("pins others' actions by commit, and says which version that is", () => {
    for (const path of [...WORKFLOWS, ...COMPOSITES]) {
      for (const [, used] of readText(path).matchAll(/uses: (.+)$/gm)) {
        const isOwn = used?.startsWith("$/") || used?.startsWith("OWNER/sluice/");
        if (!isOwn) expect(used, path).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    }
  });

  test("gives Sluice's own actions what they declare, and nothing else", () => {
    const own = steps.filter(({ step }) => /^(\$|OWNER\/sluice)\//.test(step.uses ?? ""));
    expect(own.length).toBeGreaterThan(40);
    for (const { where, step } of own) {
      const path = step.uses?.replace(/^(\$|OWNER\/sluice)\//, "").replace(/@v1$/, "") ?? "";
      const { inputs } = readAction(join(path, "action.yml"));
      for (const name of Object.keys(step.with)) expect(inputs, where).toHaveProperty([name]);
    }
  });

  test("that checks out leaves no credentials behind", () => {
    for (const { where, step } of steps) {
      if (step.uses?.startsWith("actions/checkout@"))
        expect(step.with, where).toEqual({ "persist-credentials": false });
    }
  });
});

describe("every job", () => {
  test.each(jobs)("$path $id has a name, a time limit and permissions of its own", ({ path, job }) => {
    expect(readWorkflow(path).permissions).toEqual({});
    expect(job.name).toBeTruthy();
    expect(job.permissions).toBeDefined();
    if (job.uses === undefined) expect(job["timeout-minutes"]).toBeLessThanOrEqual(360);
  });

  test.each(reusableJobs.filter(({ id }) => /^(stage|shift|promote)/.test(id)))(
    "$path $id has as long as plan says that it has",
    ({ job }) => {
      expect(job["timeout-minutes"]).toBe(JOB_LIMIT_MS / 60_000);
    },
  );

  test.each(reusableJobs)("$path $id can do no more than it is for", ({ id, job }) => {
    expect(job.environment?.deployment ?? false).toBe(false);
    if (/^approve/.test(id)) {
      expect(job.permissions).toEqual({});
      expect(job.environment?.name).toBe("${{ inputs.approval-environment }}");
      expect(job.steps.every(({ uses }) => uses === undefined)).toBe(true);
    } else if (id === "report") {
      expect(job.permissions).toEqual({ contents: "read", actions: "read" });
      expect(job.environment).toBeUndefined();
    } else {
      expect(job.permissions).toEqual(ACTING);
      expect(job.environment?.name).toBe("${{ inputs.environment }}");
    }
  });

  test.each(reusableJobs.filter(({ job }) => isActing(job)))(
    "$path $id says which service, role and record",
    ({ job }) => {
      const given = givenTo(job);
      for (const name of [
        "spec",
        "service",
        "role-to-assume",
        "aws-region",
        "environment",
        "environment-url",
      ]) {
        expect(given[name]).toBe(`\${{ inputs.${name} }}`);
      }
    },
  );
});

describe("secrets of the spec's sources", () => {
  const ASKING = ["plan", "stage", "shift", "watch", "promote", "rollback"];
  const GIVEN = "${{ secrets.source-secrets }}";

  test.each(reusableJobs)("$path $id has them if it asks sources, and else not", ({ job }) => {
    const used = job.steps.find(({ id }) => id === "sluice")?.uses ?? "";
    const isAsking = ASKING.some((phase) => used === `$/actions/${phase}`);
    expect(givenTo(job)["source-secrets"]).toBe(isAsking ? GIVEN : undefined);
    expect(JSON.stringify(job).split("secrets.").length - 1).toBe(isAsking ? 1 : 0);
  });

  test.each(REUSABLE)("%s declares them, and nobody has to give any", (path) => {
    expect(readWorkflow(path).on.workflow_call?.secrets).toEqual({
      "source-secrets": { description: expect.any(String), required: false },
    });
    expect(readText(path)).not.toContain("inherit");
  });

  test("go to every action that asks sources, and to no other", () => {
    const taking = COMPOSITES.filter((path) => "source-secrets" in readAction(path).inputs);
    expect(taking.map((path) => path.split("/")[1]).sort()).toEqual([...ASKING, "sweep"].sort());
  });
});

describe.each(REUSABLE)("%s", (path) => {
  const workflow = readWorkflow(path);
  const ids = Object.keys(workflow.jobs);
  const strategy = basename(path, ".yml");

  test("has its rollback and its report behind all that they are to know of", () => {
    expect([...(workflow.jobs.report?.needs ?? [])].sort()).toEqual(
      ids.filter((id) => id !== "report").sort(),
    );
    const before = ids.slice(0, ids.indexOf("promote") + 1);
    if (strategy !== "rollback")
      expect([...(workflow.jobs.rollback?.needs ?? [])].sort()).toEqual(before.sort());
  });

  test("uses every one of its inputs, and begins with a role or not at all", () => {
    const { jobs: _, on } = workflow;
    const body = readText(path).slice(readText(path).indexOf("\njobs:"));
    for (const name of Object.keys(on.workflow_call?.inputs ?? {})) {
      expect(body).toMatch(new RegExp(`inputs\\.${name}(?![\\w-])`));
    }
    expect(workflow.jobs[ids[0] ?? ""]?.steps[0]).toMatchObject({
      if: "inputs.role-to-assume == ''",
      run: expect.stringMatching(/^echo "::error .*\nexit 1\n$/),
    });
  });

  test("is one release in all of its jobs", () => {
    const isRelease = ["canary", "blue-green", "rolling"].includes(strategy);
    for (const job of Object.values(workflow.jobs).filter(isActing)) {
      const given = givenTo(job);
      expect(given.strategy).toBe(isRelease ? strategy : undefined);
      if (isRelease) expect(given).not.toHaveProperty("rollout");
    }
  });

  test("waits in a group that a rollback is not in", () => {
    const kind = ["promote", "rollback"].includes(strategy) ? `-${strategy}` : "";
    expect(workflow.concurrency).toEqual({
      group: `sluice${kind}-\${{ inputs.environment }}-\${{ inputs.service || inputs.spec }}`,
      queue: "max",
    });
  });

  test("gives what its report has read", () => {
    const outputs = Object.entries(workflow.on.workflow_call?.outputs ?? {});
    expect(outputs.map(([name]) => name)).toEqual(["outcome", "reason", "gate", "rollout"]);
    for (const [name, { value }] of outputs) {
      expect(value).toBe(`\${{ jobs.report.outputs.${name} }}`);
      expect(workflow.jobs.report?.outputs[name]).toBe(`\${{ steps.sluice.outputs.${name} }}`);
    }
  });
});
