import { describe, expect, test } from "vitest";
import { onlyProblem, problemsOf, specOf, specText } from "./samples.ts";

const steps = (...list: readonly string[]): string =>
  specText(`steps:\n${list.map((step) => `  - { ${step} }\n`).join("")}`);

const route = (words: string): string => `route: { ${words} }`;
const header = (name: string, ...values: readonly string[]): string =>
  route(`header: { name: "${name}", values: [${values.map((value) => `"${value}"`).join(", ")}] }`);
const cookie = (name: string, ...values: readonly string[]): string =>
  route(`cookie: { name: "${name}", values: [${values.map((value) => `"${value}"`).join(", ")}] }`);

describe("steps in order", () => {
  test.each([
    ["weights alone", ["weight: 5", "weight: 12.5, bake: 10m", "weight: 100, bake: 1h"]],
    ["route steps first", [header("x-beta", "1"), cookie("beta", "yes"), "weight: 50"]],
    ["an approval first", ["approve: true", "weight: 100"]],
    ["three approvals", ["approve: true", "weight: 5", "approve: Look.", "weight: 50", "approve: true"]],
    ["a header that is merely present", [header("x-beta", "*")]],
  ])("%s", (_, list) => {
    expect(specOf(steps(...list)).services[0]?.steps).toHaveLength(list.length);
  });
});

describe("steps out of order", () => {
  const cases: readonly (readonly [string, readonly string[], string, string, number])[] = [
    ["a weight again", ["weight: 5", "weight: 5"], "steps[1].weight", "more than 5, got 5", 10],
    [
      "a falling weight",
      ["weight: 50", "approve: true", "weight: 25"],
      "steps[2].weight",
      "more than 50",
      11,
    ],
    ["a route step late", ["weight: 5", header("x-beta", "1")], "steps[1]", "before the first weight", 10],
    ["a weight after 100", ["weight: 100", "weight: 50"], "steps[1]", "nothing comes after weight 100", 10],
    ["an approval after 100", ["weight: 100", "approve: true"], "steps[1]", "nothing comes after", 10],
    ["a baking approval", ["weight: 5", "approve: true, bake: 5m"], "steps[1].bake", "has no bake", 10],
    [
      "a fourth approval",
      [
        "approve: true",
        "weight: 5",
        "approve: true",
        "weight: 6",
        "approve: true",
        "weight: 7",
        "approve: true",
      ],
      "steps[6]",
      "at most three approve steps, got 4",
      15,
    ],
  ];
  test.each(cases)("%s", (_, list, path, message, line) => {
    expect(onlyProblem(steps(...list))).toMatchObject({
      path,
      line,
      message: expect.stringContaining(message),
    });
  });

  test("all at once, in the order of the file", () => {
    const text = steps("weight: 50", "weight: 25", "approve: true, bake: 1m", "weight: 100", "weight: 100");
    expect(problemsOf(text).map(({ line, path }) => [line, path])).toEqual([
      [10, "steps[1].weight"],
      [11, "steps[2].bake"],
      [13, "steps[4]"],
    ]);
  });
});

describe("a step is one of weight, approve and route", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["bake: 5m", "steps[0]", "exactly one of weight, approve and route, got none of them"],
    ["weight: 5, approve: true", "steps[0]", "got weight and approve"],
    [route(""), "steps[0].route", "exactly one of header and cookie, got neither"],
    ["weight: 0", "steps[0].weight", "from 1 to 100, got 0"],
    ["weight: 25%", "steps[0].weight", "Write 25, without the percent sign."],
    ['weight: "25"', "steps[0].weight", "quotes: write 25."],
    ["approve: false", "steps[0].approve", "true or text that is not empty"],
    ["weight: 5, bake: 300", "steps[0].bake", "300s is seconds"],
  ];
  test.each(cases)("%s", (step, path, message) => {
    expect(onlyProblem(steps(step))).toMatchObject({ path, message: expect.stringContaining(message) });
  });

  test.each([
    ["[10]", "Write weight: 10."],
    ["[25%]", "Write weight: 25."],
    ["[approve]", "Write approve: true."],
    ["[pause]", "Write approve: true."],
  ])("steps: %s", (list, note) => {
    const problem = onlyProblem(specText(`steps: ${list}\n`));
    expect(problem).toMatchObject({ path: "steps[0]", message: expect.stringContaining(note) });
  });
});

describe("other tools' words", () => {
  const renamed: readonly (readonly [string, string, string])[] = [
    ["setWeight: 5", "steps[0].setWeight", "weight"],
    ["weight: 5, duration: 5m", "steps[0].duration", "bake"],
    ["percentage: 5", "steps[0].percentage", "weight"],
    ["approval: true", "steps[0].approval", "approve"],
    [route('header: { name: x-beta, exact: ["1"] }'), "steps[0].route.header.exact", "values"],
    [route('cookies: { name: beta, values: ["1"] }'), "steps[0].route.cookies", "cookie"],
  ];
  test.each(renamed)("%s", (step, path, suggestion) => {
    expect(onlyProblem(steps(step))).toMatchObject({ path, suggestion });
  });

  const noted: readonly (readonly [string, string, string])[] = [
    ["pause: { duration: 5m }", "steps[0].pause", "the bake of the weight before it"],
    ["setCanaryScale: { replicas: 3 }", "steps[0].setCanaryScale", "Capacity follows the weight"],
    ["stepWeight: 5, maxWeight: 50", "steps[0].maxWeight", "one step each"],
    ["setHeaderRoute: {}", "steps[0].setHeaderRoute", "Write route: { header:"],
    ["analysis: {}", "steps[0].analysis", "judged at every step"],
    ['header: { name: a, values: ["b"] }', "steps[0].header", "It belongs under steps[].route."],
  ];
  test.each(noted)("%s", (step, path, note) => {
    const problem = problemsOf(steps(step)).find((one) => one.path === path);
    expect(problem?.message).toContain(note);
  });

  test("a step told of an unknown key is not told that it has no kind, too", () => {
    expect(onlyProblem(steps("pause: {}")).path).toBe("steps[0].pause");
  });

  test.each([
    [
      "strategy: { canary: { steps: [] } }",
      "strategy",
      "Write strategy: canary; steps and batch stand beside",
    ],
    ["strategy: linear", "strategy", "steps of equal distance"],
    ["strategy: all-at-once", "strategy", "Write strategy: blue-green"],
    ["canary: { weight: 5 }", "canary", "Write strategy: canary"],
    ["stepWeight: 10", "stepWeight", "Write strategy: canary"],
    ["maxSurge: 25%", "maxSurge", "Write strategy: rolling"],
  ])("%s", (more, path, note) => {
    expect(onlyProblem(specText(`${more}\n`))).toMatchObject({
      path,
      message: expect.stringContaining(note),
    });
  });

  test.each([
    ["superseding: wait", "queue"],
    ["superseding: cancel", "take-back"],
    ["superseding: takeBack", "take-back"],
    ["strategy: Canary", "canary"],
  ])("%s", (more, suggestion) => {
    expect(onlyProblem(specText(`${more}\n`)).suggestion).toBe(suggestion);
  });
});

describe("steps and batches go with their strategy", () => {
  test.each([
    [
      "steps: [{ weight: 5 }]\nstrategy: blue-green\n",
      "steps",
      "blue-green, which moves all traffic at once",
    ],
    ["steps: [{ weight: 5 }]\nstrategy: rolling\n", "steps", "Write strategy: canary, or remove the key."],
    ["batch: { size: 1 }\n", "batch", "is canary, the default, which moves it by steps"],
    ["batch:\nstrategy: blue-green\n", "batch", "Write strategy: rolling"],
  ])("%j", (more, path, message) => {
    expect(onlyProblem(specText(more))).toMatchObject({
      path,
      line: 8,
      column: 1,
      message: expect.stringContaining(message),
    });
  });

  test("a strategy that is none is not blamed on its steps", () => {
    expect(onlyProblem(specText("strategy: 5\nsteps: [{ weight: 5 }]\n")).path).toBe("strategy");
  });

  test.each([
    ["0", undefined, "expected a number of tasks, or a percentage of the desired count such as 25%, got 0."],
    ["2.5", undefined, "a number of tasks"],
    ["0.25", "25%", "a number of tasks"],
    ['"3"', undefined, "quotes: write 3."],
    ["33.3%", "33%", "a percentage"],
    ["150%", "100%", "a percentage"],
    ["0%", undefined, "a percentage"],
    ["half", undefined, "a percentage"],
  ])("batch size %s", (size, suggestion, message) => {
    const problem = onlyProblem(specText(`strategy: rolling\nbatch: { size: ${size} }\n`));
    expect(problem.path).toBe("batch.size");
    expect(problem.message).toContain(message);
    expect(problem.suggestion).toBe(suggestion);
  });
});

describe("whom a rule cannot match", () => {
  const long = "x".repeat(41);
  const cases: readonly (readonly [string, string, string])[] = [
    [header(long, "1"), "header.name", "at most 40 characters, got 41"],
    [header("Host", "a"), "header.name", "do not match the Host header"],
    [header("x-*", "1"), "header.name", "has no wildcards"],
    [header("x-beta", "é"), "header.values[0]", "printable ASCII"],
    [
      header("x-beta", "a*b*", "c?*", "d*e*"),
      "header.values",
      "at most 5 wildcards, and these values need 6.",
    ],
    [header("x-beta", "y".repeat(129)), "header.values[0]", "text of 1 to 128 characters"],
    [header("x-beta", "1", "2", "3", "4"), "header.values", "a list of 1 to 3 entries, got a list of 4"],
    [header("x-beta"), "header.values", "a list of 1 to 3 entries, got an empty list"],
    [header("x beta", "1"), "header.name", "an HTTP header name"],
    [cookie("be*", "1"), "cookie.name", "has no wildcards"],
    [cookie("beta", "a b"), "cookie.values[0]", "has no spaces"],
    [cookie("beta", "y".repeat(122)), "cookie.values[0]", "at most 125 characters; these have 126"],
    [cookie("beta", "1", "2", "3"), "cookie.values", "need 6, two of them for each value of a cookie"],
  ];
  test.each(cases)("%s", (step, path, message) => {
    expect(onlyProblem(steps(step))).toMatchObject({
      path: `steps[0].route.${path}`,
      message: expect.stringContaining(message),
    });
  });

  test.each([
    ["a header of 40 characters", header("x".repeat(40), "1")],
    ["five wildcards", header("x-beta", "*a*", "*b?", "c*")],
    ["a cookie of 125 characters", cookie("beta", "y".repeat(121))],
    ["two cookie values and a wildcard", cookie("beta", "1*", "2")],
  ])("%s is matched", (_, step) => {
    expect(problemsOf(steps(step))).toEqual([]);
  });
});

describe("freeze windows", () => {
  const freeze = (from: string, until: string): string =>
    specText(`freeze:\n  - { from: "${from}", until: "${until}" }\n`);

  test("end after they begin, wherever their offsets are", () => {
    expect(problemsOf(freeze("2026-12-24T23:30:00+01:00", "2026-12-24T23:00:00Z"))).toEqual([]);
    expect(onlyProblem(freeze("2026-12-24T23:30:00Z", "2026-12-25T00:00:00+01:00"))).toMatchObject({
      path: "freeze[0].until",
      line: 9,
      message: expect.stringContaining('expected a time after "2026-12-24T23:30:00Z"'),
    });
    expect(onlyProblem(freeze("2026-12-24T00:00:00Z", "2026-12-24T00:00:00Z")).path).toBe("freeze[0].until");
  });

  test.each([
    ["2026-12-24", "2026-12-24T00:00Z is UTC", undefined],
    ["2026-12-24 12:00", "2026-12-24T12:00Z is UTC", undefined],
    ["2026-12-24 12:00:00 +0100", "such as 2026-12-24T12:00:00+01:00", "2026-12-24T12:00:00+01:00"],
    ["Christmas", "a time with its offset from UTC", undefined],
    ["2026-02-30T00:00:00Z", "a time with its offset from UTC", undefined],
  ])("from %s", (from, message, suggestion) => {
    const problem = onlyProblem(freeze(from, "2027-01-01T00:00:00Z"));
    expect(problem.path).toBe("freeze[0].from");
    expect(problem.message).toContain(message);
    expect(problem.suggestion).toBe(suggestion);
  });

  test.each([
    ["start", "from"],
    ["end", "until"],
    ["why", "reason"],
  ])("%s", (key, suggestion) => {
    const window = 'from: "2026-12-24T00:00:00Z", until: "2026-12-25T00:00:00Z", reason: rest';
    const text = specText(`freeze: [{ ${window.replace(`${suggestion}:`, `${key}:`)} }]\n`);
    expect(onlyProblem(text).suggestion).toBe(suggestion);
  });
});

test("a first task set says what a subnet's id is", () => {
  const problem = onlyProblem(specText("first-task-set: { subnets: [vpc-12] }\n"));
  expect(problem).toMatchObject({
    path: "first-task-set.subnets[0]",
    message: 'expected a subnet\'s id (subnet-…), got "vpc-12".',
  });
});
