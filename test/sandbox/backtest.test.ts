import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, inject, test } from "vitest";
import { formatTrace } from "../../src/evidence/backtest/trace.ts";
import { traceOf } from "../unit/evidence/backtest/traces.ts";
import { sluice } from "./cli.ts";
import { ordersDefinition, specText } from "./orders.ts";
import { openWorld, sleep, type World } from "./world.ts";

let folder: string;
let world: World | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-backtest-"));
});

afterEach(async () => {
  await world?.close();
  world = undefined;
  rmSync(folder, { recursive: true, force: true });
});

function trace(requests: number, errorRatio: number): string {
  return formatTrace(
    traceOf({
      seed: 8,
      history: 60,
      canary: 30,
      requests: () => requests,
      share: () => 0.1,
      errors: () => 0.002,
      errorRatio,
    }),
  );
}

describe("the bundle by itself, without any AWS", () => {
  const cli = (words: readonly string[], input = "") =>
    spawnSync(process.execPath, [join(dirname(inject("mainBundle")), "cli.js"), "backtest", ...words], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder },
      input,
      encoding: "utf8",
      timeout: 30_000,
    });

  beforeEach(() => {
    writeFileSync(join(folder, "sluice.yml"), specText({ with: { gates: {} } }));
    writeFileSync(join(folder, "good.jsonl"), trace(6_000, 1));
    writeFileSync(join(folder, "bad.jsonl"), trace(6_000, 5));
    writeFileSync(join(folder, "few.jsonl"), trace(30, 1));
    writeFileSync(join(folder, "dirty.jsonl"), `${trace(6_000, 1)}oh\n`);
  });

  test.each<readonly [string, number, readonly string[]]>([
    ["--trace good.jsonl", 0, ["good.jsonl: healthy"]],
    ["--trace bad.jsonl", 1, ["bad.jsonl: regress at"]],
    ["--trace dirty.jsonl", 2, ["dirty.jsonl: unusable: 1 problem"]],
    ["--trace few.jsonl", 3, ["few.jsonl: insufficient evidence"]],
    ["good.jsonl few.jsonl", 3, ["good.jsonl: healthy", "few.jsonl: insufficient"]],
    ["--trace few.jsonl --trace bad.jsonl", 1, ["few.jsonl: insufficient", "bad.jsonl: regress"]],
    [
      "--trace bad.jsonl dirty.jsonl good.jsonl",
      2,
      ["bad.jsonl: regress", "dirty.jsonl: unusable", "good.jsonl: healthy"],
    ],
  ])("%s: %i", (words, status, lines) => {
    const ended = cli(["--spec", "sluice.yml", ...words.split(" ")]);
    expect(ended.stdout.trimEnd().split("\n")).toEqual(lines.map((line) => expect.stringContaining(line)));
    expect(ended.stderr).toBe(words.includes("dirty") ? "dirty.jsonl:91: not JSON: oh\n" : "");
    expect(ended.status).toBe(status);
  });

  test("--json from standard input: one object on one line", () => {
    const ended = cli(["--spec", "sluice.yml", "--json", "--trace", "-"], trace(6_000, 5));
    expect(ended.status).toBe(1);
    expect(ended.stdout.split("\n")).toHaveLength(2);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      version: 1,
      file: "-",
      service: "orders",
      verdict: "regress",
      gates: [{ gate: "errors", verdict: "regress" }],
    });
  });

  test.each([
    ["no spec", "--trace good.jsonl", "required option '--spec"],
    ["no trace", "--spec sluice.yml", "no trace to replay"],
    [
      "an option of the recording",
      "--spec sluice.yml good.jsonl --from 2026-11-20T14:00:00Z",
      "--from belongs to",
    ],
    ["a recording and a trace", "--spec sluice.yml --from-cloudwatch good.jsonl", "replays none: good.jsonl"],
    [
      "a recording of no time",
      "--spec sluice.yml --from-cloudwatch",
      "--from: expected a time with its offset",
    ],
    [
      "a recording of a moment",
      "--spec sluice.yml --from-cloudwatch --from 2026-01-01T00:00:00Z --to 2026-01-01T00:00:00Z",
      "expected a time in the past of two periods",
    ],
    ["another service", "--spec sluice.yml good.jsonl --service carts", 'no service "carts"'],
  ])("%s: 2, and why", (_name, words, reason) => {
    const ended = cli(words.split(" "));
    expect(ended.stderr).toContain(reason);
    expect(ended.stdout).toBe("");
    expect(ended.status).toBe(2);
  });
});

/** After a request, its period and CloudWatch's delay (`QUICK`) are over. */
const PUBLISHED_MS = 2_000;

describe("--from-cloudwatch", () => {
  const GATES = { errors: { period: "1s" }, latency: { period: "1s", "slower-than": "300ms" } };
  const recording = specText({ with: { gates: GATES } });
  const since = (atMs: number): readonly string[] => [
    "backtest",
    "--from-cloudwatch",
    "--from",
    new Date(atMs).toISOString(),
    "--to",
    new Date().toISOString(),
  ];

  test("a bad release that nobody stopped is recorded, and would have been stopped", async () => {
    world = await openWorld({ definition: ordersDefinition() });
    const { sandbox } = world;
    const load = world.load(200);
    const startedAtMs = Date.now();
    await sleep(8_000);
    const early = await sluice(sandbox, since(startedAtMs), { spec: recording });
    expect(early).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("there was no canary") });
    const steps = [
      { weight: 30, bake: "6s" },
      { weight: 100, bake: "1s" },
    ];
    const blind = specText({ with: { strategy: "canary", steps, gates: { errors: false } } });
    const released = await world.run({ runId: "5001", image: "orders:3", spec: blind });
    expect(released.exitCode, released.log).toBe(0);
    const figures = await load.stop();
    await sleep(PUBLISHED_MS);

    const out = join(folder, "rollout.jsonl");
    const recorded = await sluice(sandbox, [...since(startedAtMs), "--out", out], { spec: recording });
    expect(recorded).toMatchObject({ exitCode: 0, stdout: "" });
    expect(recorded.stderr).toMatch(
      /^\d+ periods of 1s; stable is orders-blue; canary is orders-green, from \S+; slow ones took longer than 300 ms\n$/,
    );
    const lines = readFileSync(out, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    const first = lines.findIndex(({ canary }) => canary);
    expect(first).toBeGreaterThan(5);
    const failed = lines.slice(first).reduce((sum, { canary }) => sum + canary.errors, 0);
    expect(Math.abs(failed - figures.failed)).toBeLessThan(Math.max(5, 0.2 * figures.failed));

    const replayed = await sluice(sandbox, ["backtest", "--json", "--trace", out], { spec: recording });
    expect(replayed.exitCode, replayed.stdout).toBe(1);
    const { verdict, badCanaryRequests, atSeconds, gates } = JSON.parse(replayed.stdout);
    expect({ verdict, gates }).toMatchObject({
      verdict: "regress",
      gates: [{ gate: "errors", verdict: "regress" }, { gate: "latency" }],
    });
    expect(badCanaryRequests).toBeLessThan(failed / 2);
    expect(atSeconds).toBeLessThan(lines[first].t + 8);
  });
});
