import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { backtestCommand } from "../../../src/cli/backtest.ts";
import { formatTrace } from "../../../src/evidence/backtest/trace.ts";
import { specText } from "../core/spec/samples.ts";
import { type Recipe, traceOf } from "../evidence/backtest/traces.ts";

const USUAL: Recipe = {
  seed: 4,
  history: 40,
  canary: 30,
  requests: () => 6_000,
  share: () => 0.1,
  errors: () => 0.002,
  slow: 0.01,
};
const lines = (recipe: Partial<Recipe> = {}): string => formatTrace(traceOf({ ...USUAL, ...recipe }));

let folder = "";
const path = (name: string): string => (name === "-" ? name : join(folder, name));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-backtest-"));
  const files = {
    "sluice.yml": specText(),
    "two-gates.yml": specText("gates: { latency: {}, alarms: [high-5xx] }\n"),
    "dry-run.yml": specText("gates: { errors: { dry-run: true } }\n"),
    "no-gate.yml": specText("gates: { errors: false }\n"),
    "bad.yml": specText("gates: { erors: {} }\n"),
    "good.jsonl": lines(),
    "bad.jsonl": lines({ errorRatio: 5 }),
    "few.jsonl": lines({ requests: () => 30 }),
    "dirty.jsonl": `${lines()}{"t": 1800, "stable": {"requests": 1, "errors": 2}}\nx\n`,
    "latin1.jsonl": Buffer.from([0x7b, 0xe9]),
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Options {
  readonly spec?: string;
  readonly json?: boolean;
  readonly stdin?: string;
  readonly isTTY?: boolean;
}

async function backtest(traces: readonly string[], options: Options = {}) {
  const { spec = "sluice.yml", json = false, stdin = "", isTTY = false } = options;
  const said = { out: "", err: "" };
  const status = await backtestCommand(
    { spec: path(spec), traces: traces.map(path), json },
    {
      out: { isTTY, write: (text) => (said.out += text) },
      err: { write: (text) => (said.err += text) },
      stdin: Readable.from([Buffer.from(stdin)]),
      env: {},
    },
  );
  const plain = (text: string) => text.replaceAll(`${folder}/`, "");
  return { status, out: plain(said.out), err: plain(said.err) };
}

describe("exit codes", () => {
  test.each<readonly [readonly string[], number]>([
    [["good.jsonl"], 0],
    [["bad.jsonl"], 1],
    [["dirty.jsonl"], 2],
    [["few.jsonl"], 3],
    [["good.jsonl", "few.jsonl"], 3],
    [["few.jsonl", "bad.jsonl", "good.jsonl"], 1],
    [["bad.jsonl", "missing.jsonl", "few.jsonl"], 2],
    [[], 2],
  ])("%j: %i", async (traces, status) => {
    expect((await backtest(traces)).status).toBe(status);
  });
});

describe("for people", () => {
  test("one trace and one gate: a line", async () => {
    const { out } = await backtest(["bad.jsonl"]);
    expect(out).toMatch(
      /^bad\.jsonl: regress at \d+ s \(\d+m into the canary\), after \d+ bad canary requests, by errors: \d+ of .* went bad .*\n$/,
    );
    expect(out.split("\n")).toHaveLength(2);
  });

  test("several gates: a line each, and what is not in the trace", async () => {
    const { out } = await backtest(["bad.jsonl"], { spec: "two-gates.yml" });
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/^bad\.jsonl: regress at .*, by errors; not in the trace: alarms$/),
      expect.stringMatching(/^ {2}errors: regress at .* went bad/),
      expect.stringMatching(/^ {2}latency: healthy after 30m of canary with \d+ bad .* were slow/),
      "",
    ]);
  });

  test("a dry run is called one", async () => {
    const { status, out } = await backtest(["bad.jsonl"], { spec: "dry-run.yml" });
    expect(status).toBe(0);
    expect(out).toMatch(/^bad\.jsonl: healthy .*\n {2}errors \(dry run\): regress at /);
  });

  test("several traces: a line each, in order; what is wrong with one on standard error", async () => {
    const traces = ["bad.jsonl", "dirty.jsonl", "few.jsonl", "missing.jsonl", "latin1.jsonl", "."];
    const { out, err } = await backtest(traces, { spec: "two-gates.yml" });
    expect(out.split("\n")).toEqual([
      expect.stringMatching(/^bad\.jsonl: regress .* went bad.*; not in the trace: alarms$/),
      "dirty.jsonl: unusable: 3 problems",
      expect.stringMatching(/^few\.jsonl: insufficient evidence after 30m of canary/),
      "missing.jsonl: unusable: 1 problem",
      "latin1.jsonl: unusable: 1 problem",
      expect.stringMatching(/: unusable: 1 problem$/),
      "",
    ]);
    expect(err).toContain("dirty.jsonl:71: stable.errors is 2, more than its 1 requests\n");
    expect(err).toContain("dirty.jsonl:72: not JSON: x\n");
    expect(err).toContain("missing.jsonl: cannot be read: no such file\n");
    expect(err).toContain("latin1.jsonl: cannot be read: it is not UTF-8 text\n");
    expect(err).toContain(": cannot be read: it is a directory\n");
  });

  test("colours on a terminal only", async () => {
    expect((await backtest(["bad.jsonl"])).out).not.toContain("\u001b[");
    expect((await backtest(["bad.jsonl"], { isTTY: true })).out).toContain("\u001b[31mregress\u001b[39m");
  });
});

describe("--json", () => {
  test("one object a trace, each on a line", async () => {
    const { out, err } = await backtest(["bad.jsonl", "good.jsonl", "dirty.jsonl"], {
      spec: "two-gates.yml",
      json: true,
    });
    expect(err).toBe("");
    const texts = out.trimEnd().split("\n");
    expect(texts).toHaveLength(3);
    const [bad, good, dirty] = texts.map((text) => JSON.parse(text));
    const caught = {
      verdict: "regress",
      atSeconds: expect.any(Number),
      badCanaryRequests: expect.any(Number),
      reason: expect.stringContaining("went bad"),
    };
    const notCaught = {
      verdict: "healthy",
      atSeconds: null,
      badCanaryRequests: expect.any(Number),
      reason: expect.any(String),
    };
    const rest = {
      version: 1,
      service: "orders",
      notInTrace: ["alarms"],
      trace: { lines: 70, periodSeconds: 60, fromSeconds: -2_400, canaryFromSeconds: 0, toSeconds: 1_800 },
    };
    expect(bad).toEqual({
      ...rest,
      ...caught,
      file: "bad.jsonl",
      gates: [
        { gate: "errors", ...caught },
        { gate: "latency", ...notCaught },
      ],
    });
    expect(good).toEqual({
      ...rest,
      ...notCaught,
      file: "good.jsonl",
      gates: [
        { gate: "errors", ...notCaught },
        { gate: "latency", ...notCaught },
      ],
    });
    expect(dirty).toEqual({
      version: 1,
      file: "dirty.jsonl",
      service: "orders",
      verdict: "unusable",
      problems: expect.arrayContaining([{ line: 72, message: "not JSON: x" }]),
      omitted: 0,
    });
  });

  test("one trace has the same shape", async () => {
    const one = await backtest(["bad.jsonl"], { json: true });
    const several = await backtest(["good.jsonl", "bad.jsonl"], { json: true });
    expect(several.out.split("\n")[1]).toBe(one.out.trimEnd());
  });

  test("floor, dry run and incident are said", async () => {
    const stdin = lines({ errors: (period) => (period < 5 ? 0.002 : 0.1) });
    const { out } = await backtest(["-"], { json: true, stdin });
    expect(JSON.parse(out)).toMatchObject({ file: "-", verdict: "insufficient", isIncident: true });
    const dryRun = await backtest(["bad.jsonl"], { json: true, spec: "dry-run.yml" });
    expect(JSON.parse(dryRun.out)).toMatchObject({ basis: "floor", gates: [{ isDryRun: true }] });
  });
});

describe("input", () => {
  test("standard input is -", async () => {
    const { status, out } = await backtest(["-"], { stdin: lines({ errorRatio: 5 }) });
    expect(status).toBe(1);
    expect(out).toMatch(/^-: regress/);
  });

  test.each<readonly [string, readonly string[], string, string]>([
    ["no trace", [], "sluice.yml", "no trace to replay\nName one or more by --trace FILE"],
    ["standard input twice", ["-", "-"], "sluice.yml", "standard input can be read only once"],
    ["a spec that is not there", ["good.jsonl"], "none.yml", "there is no such file"],
    ["a spec with a mistake", ["good.jsonl"], "bad.yml", 'unknown key "erors"'],
    [
      "a spec without a gate on a trace's counts",
      ["good.jsonl"],
      "no-gate.yml",
      "neither the errors gate nor",
    ],
  ])("%s: 2, and why", async (_name, traces, spec, words) => {
    const { status, err } = await backtest(traces, { spec });
    expect(status).toBe(2);
    expect(err).toContain(words);
  });

  test("an hour of seconds through two gates takes a moment", async () => {
    const stdin = lines({
      history: 600,
      canary: 3_000,
      periodSeconds: 1,
      requests: () => 100,
      errorRatio: 1.6,
    });
    const startedAtMs = performance.now();
    await backtest(["-"], { stdin, spec: "two-gates.yml" });
    expect(performance.now() - startedAtMs).toBeLessThan(10_000);
  });
});
