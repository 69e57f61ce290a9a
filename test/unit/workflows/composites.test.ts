import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { actionFiles } from "../../../scripts/action-files.ts";
import { type Action, COMPOSITES, readAction, readText, type Step } from "./files.ts";

describe("the composite actions", () => {
  const files = actionFiles(readText("action.yml"));

  test("are those that scripts/action-files.ts writes", () => {
    expect([...files.keys()].sort()).toEqual(COMPOSITES);
    for (const [path, text] of files) expect(readText(path)).toBe(text);
  });

  test.each(COMPOSITES)("%s hands on its inputs and gives its outputs", (path) => {
    const { inputs, outputs, runs } = readAction(path);
    const root = readAction("action.yml");
    const phase = path.split("/")[1] ?? "";
    const own = runs.steps.find((step) => step.uses === "$/");
    expect(own?.with.phase).toBe(phase);
    for (const name of Object.keys(own?.with ?? {})) expect(root.inputs).toHaveProperty(name);
    for (const name of Object.keys(outputs)) expect(root.outputs).toHaveProperty(name);
    const used = JSON.stringify(runs.steps);
    for (const name of Object.keys(inputs)) expect(used).toContain(`\${{ inputs.${name} `.replace(/ $/, ""));
  });

  test("fail no job by an artifact, and keep a journal whatever happens", () => {
    for (const path of COMPOSITES) {
      const [others, own] = partition(readAction(path), ({ uses }) => uses === "$/");
      expect(own).toHaveLength(1);
      for (const step of others) expect(step).toMatchObject({ "continue-on-error": true });
      if (path !== "actions/report/action.yml")
        expect(others.map((step) => step.if)).toEqual(["always()", "always()"]);
    }
  });

  test.each([
    ["production", "", { own: "production.service.shift-2.1", release: "production.service" }],
    ["", "orders", { own: "none.orders.shift-2.1", release: "none.orders" }],
    ["prod/eu.1: $(id)", "a`b", { own: "prod_eu_1____id_.a_b.shift-2.1", release: "prod_eu_1____id_.a_b" }],
  ])("name what they keep of environment %j and service %j", (environment, service, names) => {
    const folder = mkdtempSync(join(tmpdir(), "names-"));
    try {
      const output = join(folder, "output");
      const run =
        readAction("actions/shift/action.yml").runs.steps.find((step) => step.id === "names")?.run ?? "";
      const env = {
        ENVIRONMENT: environment || "none",
        SERVICE: service || "service",
        JOB: "shift-2.1",
        GITHUB_OUTPUT: output,
      };
      expect(
        spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], { env, encoding: "utf8" }),
      ).toMatchObject({
        status: 0,
        stderr: "",
      });
      const written = readFileSync(output, "utf8").trim().split("\n");
      expect(Object.fromEntries(written.map((line) => line.split("=")))).toEqual(names);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function partition(
  { runs }: Action,
  isFirst: (step: Step) => boolean,
): readonly [readonly Step[], readonly Step[]] {
  return [runs.steps.filter((step) => !isFirst(step)), runs.steps.filter(isFirst)];
}
