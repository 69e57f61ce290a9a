import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { validateCommand } from "../../../src/cli/validate.ts";
import { specText } from "../core/spec/samples.ts";

let folder = "";
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-validate-"));
  const more = "bake: 20m\nsmoke-checks: [{ path: /version }]\ngates: { errors: false }\n";
  await writeFile(file("good.yml"), specText(more));
  const steps = "steps: [{ approve: true }, { weight: 10 }]\n";
  await writeFile(file("canary.yml"), specText(steps));
  await writeFile(file("rolling.yml"), specText("strategy: rolling\nbatch: { size: 2 }\n"));
  const metric = "{ namespace: Orders, metric: Paid, dimensions: { Version: '${version}' } }";
  const gates = `gates:
  errors: { max-percent: 100, dry-run: true }
  latency:
  saturation:
  ratios: [{ name: payments, max-percent: 5, dry-run: true, from: { requests: ${metric}, good: ${metric} } }]
  alarms: [orders-5xx, { name: orders-slow, dry-run: true }]
`;
  await writeFile(file("gates.yml"), specText(gates));
  const others = "gates: { errors: false, latency: { max-percent: 2 }, alarms: [orders-5xx] }\n";
  await writeFile(file("others.yml"), specText(others));
  await writeFile(file("bad.yml"), specText("bake: soon\nstratgy: blue-green\n"));
  await writeFile(file("latin1.yml"), Buffer.from([0x61, 0x3a, 0x20, 0xe9]));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function run(names: readonly string[], json = false): Promise<{ status: number; text: string }> {
  let text = "";
  const out = { write: (more: string) => (text += more) };
  const status = await validateCommand(names.map(file), { json, out });
  return { status, text: text.replaceAll(`${folder}/`, "") };
}

describe("validate", () => {
  test("a valid file: what it will release, and 0", async () => {
    expect(await run(["good.yml"])).toEqual({
      status: 0,
      text: `good.yml: valid: orders (canary)
  orders: cluster default, 1 production route, steps 5 % → 25 % → 50 % → 100 %, 1 smoke check, errors gate off, bake 20m
`,
    });
  });

  test.each([
    ["good.yml", "errors gate off, bake"],
    ["canary.yml", "no smoke checks, gates errors (at most 1 %), bake"],
    [
      "gates.yml",
      "no smoke checks, gates errors (dry run) + latency + payments (at most 5 %, dry run) + saturation (at most 90 %) + alarms orders-5xx, orders-slow (dry run), bake",
    ],
    ["others.yml", "no smoke checks, errors gate off, gates latency (at most 2 %) + alarm orders-5xx, bake"],
  ])("which gates are on: %s", async (name, words) => {
    expect((await run([name])).text).toContain(words);
  });

  test.each([
    ["canary.yml", "1 production route, steps approve → 10 % → 100 %, no smoke checks"],
    ["rolling.yml", "1 production route, batches of 2 tasks, no smoke checks"],
  ])("how traffic will move: %s", async (name, words) => {
    expect((await run([name])).text).toContain(words);
  });

  test("a file with problems: all of them with their lines, and 1", async () => {
    expect(await run(["good.yml", "bad.yml"])).toEqual({
      status: 1,
      text: `good.yml: valid: orders (canary)
  orders: cluster default, 1 production route, steps 5 % → 25 % → 50 % → 100 %, 1 smoke check, errors gate off, bake 20m
bad.yml:8:7  bake  expected a duration of at most 7d, such as 10m, got "soon".
    8 | bake: soon
      |       ^
bad.yml:9:1  stratgy  unknown key "stratgy". Did you mean "strategy"?
    9 | stratgy: blue-green
      | ^
bad.yml: 2 problems
`,
    });
  });

  test.each([
    ["missing.yml", "no such file"],
    ["latin1.yml", "it is not UTF-8 text"],
    [".", "it is a directory"],
  ])("an unreadable file (%s): its reason, and 2, the others checked all the same", async (name, reason) => {
    const { status, text } = await run([name, "bad.yml"]);
    expect(status).toBe(2);
    expect(text).toContain(`cannot be read: ${reason}`);
    expect(text).toContain("bad.yml: 2 problems");
  });

  test("--json: the same for programs", async () => {
    const { status, text } = await run(["good.yml", "bad.yml", "missing.yml"], true);
    expect(status).toBe(2);
    expect(JSON.parse(text)).toMatchObject({
      files: [
        { file: "good.yml", valid: true, services: [{ service: "orders", bake: 1_200_000 }] },
        {
          file: "bad.yml",
          valid: false,
          problems: [
            { path: "bake", line: 8, column: 7, seen: '"soon"' },
            { path: "stratgy", line: 9, suggestion: "strategy" },
          ],
        },
        { file: "missing.yml", valid: false, error: "cannot be read: no such file" },
      ],
    });
  });
});
