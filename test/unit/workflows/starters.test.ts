import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { withWorkflowTables } from "../../../scripts/action-docs.ts";
import { REUSABLE, readText, readWorkflow, STARTERS } from "./files.ts";

const NEEDED = { contents: "read", "id-token": "write", deployments: "write", actions: "read" };

/** The sweep is no reusable workflow. */
const CALLERS = STARTERS.filter((path) => basename(path) !== "sweep.yml");

describe.each(STARTERS)("%s", (path) => {
  test("is short, and grants exactly what is needed", () => {
    expect(readText(path).split("\n").length).toBeLessThan(40);
    for (const job of Object.values(readWorkflow(path).jobs)) {
      const { actions, ...least } = NEEDED;
      expect(job.permissions).toEqual(job.uses ? { actions, ...least } : least);
    }
  });

  test("takes the role from a variable", () => {
    for (const job of Object.values(readWorkflow(path).jobs)) {
      const given = job.uses ? job.with : job.steps.at(-1)?.with;
      expect(given).toMatchObject({ "role-to-assume": "${{ vars.SLUICE_ROLE }}" });
    }
  });
});

describe.each(CALLERS)("%s", (path) => {
  test("calls the workflow of its name, by what is declared there", () => {
    const [job, ...others] = Object.values(readWorkflow(path).jobs);
    expect(others).toEqual([]);
    const called = `.github/workflows/${basename(path)}`;
    expect(job?.uses).toBe(`OWNER/sluice/${called}@v1`);
    const inputs = readWorkflow(called).on.workflow_call?.inputs ?? {};
    const required = Object.keys(inputs).filter((name) => inputs[name]?.required);
    for (const name of Object.keys(job?.with ?? {})) expect(inputs).toHaveProperty([name]);
    for (const name of required) expect(job?.with).toHaveProperty([name]);
  });
});

describe("the page on workflows", () => {
  const page = readText("docs/reference/workflows.md");
  const names = ["canary", "blue-green", "rolling", "rollback", "promote"];
  const texts = Object.fromEntries(names.map((name) => [name, readText(`.github/workflows/${name}.yml`)]));

  test("has the tables of their inputs and outputs", () => {
    expect(withWorkflowTables(page, texts)).toBe(page);
    const changed = { ...texts, canary: texts.canary?.replace("Path of the spec", "Path of the file") ?? "" };
    expect(withWorkflowTables(page, changed)).not.toBe(page);
  });

  test("names every job", () => {
    const rows = page.slice(page.indexOf("| job | phase |"), page.indexOf("`rollback.yml` has the jobs"));
    const named = new Set([...rows.matchAll(/`([a-z]+)(-\d)?`/g)].map(([, name]) => name));
    const ids = REUSABLE.flatMap((path) => Object.keys(readWorkflow(path).jobs));
    for (const id of ids) if (id !== "look") expect(named).toContain(id.replace(/-\d$/, ""));
  });
});
