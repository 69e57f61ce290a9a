import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { SluiceError } from "../../../src/core/errors.ts";
import { type Inputs, loadInputs, type ReportInputs } from "../../../src/github/inputs.ts";
import { specText } from "../../sandbox/orders.ts";

const RUNNER = {
  GITHUB_RUN_ID: "4711",
  GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_REPOSITORY: "octo-org/orders",
};

let folder: string;
let said: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-inputs-"));
  writeFileSync(join(folder, "sluice.yml"), specText());
  said = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** As a runner does: input `watch-for` becomes INPUT_WATCH-FOR. */
function load(inputs: Readonly<Record<string, string>>, runner: object = RUNNER): Inputs | ReportInputs {
  const given = { spec: join(folder, "sluice.yml"), ...inputs };
  for (const [name, value] of Object.entries(given)) vi.stubEnv(`INPUT_${name.toUpperCase()}`, value);
  return loadInputs({ ...runner, RUNNER_TEMP: folder });
}

/** The lines of what is wrong. */
function problems(inputs: Readonly<Record<string, string>>, runner?: object): readonly string[] {
  try {
    load(inputs, runner);
  } catch (error) {
    if (error instanceof SluiceError && error.kind === "configuration") return error.message.split("\n");
    throw error;
  }
  return [];
}

test("a rollout by the defaults", () => {
  expect(load({ image: "orders:2" })).toMatchObject({
    phase: "rollout",
    rollout: "4711",
    runId: "4711",
    release: {
      source: { kind: "image", image: "orders:2" },
      commit: RUNNER.GITHUB_SHA,
      runUrl: "https://github.com/octo-org/orders/actions/runs/4711",
    },
    approvals: 0,
    gates: false,
    withoutEvidence: false,
    environment: undefined,
    environmentUrl: undefined,
    approvalEnvironment: undefined,
    reason: undefined,
    watchForMs: 5 * 3_600_000,
    journalPath: join(folder, "sluice-journal-4711.jsonl"),
  });
});

describe("source-secrets", () => {
  const secretsOf = (text: string) =>
    (load({ image: "orders:2", "source-secrets": text }) as Inputs).sourceSecrets;
  const masked = () => [...said.matchAll(/^::add-mask::(.*)$/gm)].map(([, mask]) => mask);

  test.each<[string, string, Readonly<Record<string, string>>, readonly string[]]>([
    ["nothing", " \n", {}, []],
    ["a line", "TOKEN=s3cret", { TOKEN: "s3cret" }, ["s3cret"]],
    [
      "lines, some blank, with = and white space",
      "\n A = one==\r\n\n_b2=Bearer two\n",
      { A: "one==", _b2: "Bearer two" },
      ["one==", "Bearer two"],
    ],
    ["a secret that does not exist", "A=\nB=two", { B: "two" }, ["two"]],
    [
      "JSON, with values of several lines and of none",
      JSON.stringify({ A: "one", KEY: "-----BEGIN\nabc\n", NONE: " " }),
      { A: "one", KEY: "-----BEGIN\nabc" },
      ["one", "-----BEGIN%0Aabc"],
    ],
  ])("%s", (_name, text, values, masks) => {
    expect(secretsOf(text)).toEqual(values);
    expect(masked()).toEqual(masks);
  });

  test.each<[string, string, readonly string[]]>([
    ["a token and no name", "s3cret", ["line 1 is no NAME=VALUE"]],
    ["a value that goes on", "A=one\ns3cret", ["line 2 is no NAME=VALUE"]],
    ["a name that no variable has", "s3 cret=s3cret", ["line 1 has no name of letters, digits and _"]],
    ["a name twice", "A=s3cret\nB=s3cret\nA=s3cret", ["line 3 has the name that line 1 has"]],
    ["what begins like JSON", '{ "A": s3cret }', ["is not JSON"]],
    ["values that are no text", '{ "A": ["s3cret"], "B": 1 }', ["its member 1 is no", "its member 2 is no"]],
    ["a name in JSON", '{ "1s3cret": "s3cret" }', ["its member 1 has no name"]],
  ])("%s is refused without a word of it", (_name, text, expected) => {
    const found = problems({ phase: "shifted", "source-secrets": text });
    expect(found).toHaveLength(2);
    expect(found[0]).toContain("input phase: ");
    expect(found[1]).toMatch(/^input source-secrets: /);
    for (const words of expected) expect(found[1]).toContain(words);
    expect(found.join()).not.toContain("s3cret");
    expect(masked().join()).toContain("s3cret");
  });

  test("are masked before whatever else is wrong is known", () => {
    expect(problems({ phase: "shifted", "source-secrets": "A=one" })).toHaveLength(1);
    expect(masked()).toEqual(["one"]);
  });
});

test("all that GitHub has to do with", () => {
  const given = {
    phase: "watch",
    rollout: "current",
    environment: "production",
    "environment-url": "https://shop.example.com",
    "approval-environment": "production-approval",
    "watch-for": "90m",
    reason: "look at the graphs",
  };
  expect(load(given)).toMatchObject({
    phase: "watch",
    rollout: "current",
    environment: "production",
    environmentUrl: "https://shop.example.com/",
    approvalEnvironment: "production-approval",
    watchForMs: 90 * 60_000,
    reason: "look at the graphs",
  });
});

test("the token is masked before anything else is looked at", () => {
  expect(problems({ "github-token": "ghs_secret", phase: "no such phase" })).not.toEqual([]);
  expect(said).toContain("::add-mask::ghs_secret");
});

test("the report phase needs no spec, no image and no run", () => {
  const report = load({ phase: "report", spec: "/no/such/file", journals: "journals" }, {});
  expect(report).toMatchObject({ phase: "report", journals: "journals", runUrl: undefined });
});

test("everything that is wrong is said at once", () => {
  const wrong = problems({
    phase: "deploy",
    spec: join(folder, "missing.yml"),
    rollout: "two words",
    approvals: "4",
    "without-evidence": "perhaps",
    strategy: "big-bang",
    gates: "yes",
    "environment-url": "shop.example.com",
    "watch-for": "5",
    image: "orders: 2",
  });
  expect(wrong.map((line) => line.split(":")[0])).toEqual([
    "input phase",
    "input spec",
    "input rollout",
    "input image",
    "input approvals",
    "input without-evidence",
    "input strategy",
    "input gates",
    "input environment-url",
    "input watch-for",
  ]);
});

describe("the current rollout", () => {
  test.each(["verify", "shift", "watch", "promote", "finish", "rollback", "sweep"])("is for %s", (phase) => {
    expect(problems({ phase, rollout: "current" })).toEqual([]);
  });

  test.each(["plan", "stage", "rollout"])("is not for %s, which begins one", (phase) => {
    expect(problems({ phase, rollout: "current", image: "orders:2" })).toEqual([
      `input rollout: current is for phases that go on with a rollout, which ${phase} does not`,
    ]);
  });
});

test("only a promotion lets pass what gates lack: a person asks for it", () => {
  expect(load({ phase: "promote", "without-evidence": "true" })).toMatchObject({ withoutEvidence: true });
  expect(problems({ phase: "shift", "without-evidence": "true" })).toEqual([
    "input without-evidence: it is for the promote phase, by which a person decides; this is shift",
  ]);
});

test.each(["plan", "stage", "rollout"])("%s needs an image", (phase) => {
  expect(problems({ phase })).toEqual(["input image: give the new image, or a task-definition"]);
});

test.each([
  ["watch-for", ["0s", "36d", "5", "5 h", "-1h", "forever"]],
  ["environment-url", ["ftp://example.com", "javascript:alert(1)", "/orders", "https://"]],
])("input %s is checked", (input, values) => {
  for (const value of values) {
    expect(problems({ phase: "watch", [input]: value }), value).toEqual([
      expect.stringMatching(new RegExp(`^input ${input}: `)),
    ]);
  }
});

describe("action.yml", () => {
  const action = parse(readFileSync("action.yml", "utf8"));
  const source = globSync("src/**/*.ts")
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");
  const named = (call: string): readonly string[] => {
    const calls = source.matchAll(new RegExp(`\\b${call}\\(\\s*"([^"]+)"`, "g"));
    return [...new Set([...calls].map(([, name]) => name ?? ""))].sort();
  };

  test("declares every input that is read, and no other", () => {
    expect(named("getInput")).toEqual(Object.keys(action.inputs).sort());
  });

  test("declares every output that is set, and no other", () => {
    expect(named("setOutput")).toEqual(Object.keys(action.outputs).sort());
  });

  test("names every phase", () => {
    const [, first = "", rest = ""] =
      /What to do: (\w+) .*one of (.*)$/.exec(action.inputs.phase.description) ?? [];
    const phases = [first, ...rest.split(", ")];
    for (const phase of phases) {
      expect(problems({ phase, image: "orders:2" }), phase).toEqual([]);
    }
    expect(problems({ phase: "x", image: "orders:2" })).toEqual([
      `input phase: "x" is none of ${phases.join(", ")}`,
    ]);
  });
});
