import { describe, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import { environmentProblems, refusedBy } from "../../../src/github/desk/for-job.ts";
import { type ProtectionProblem, protectionProblems } from "../../../src/github/desk/protection.ts";
import type { Protection } from "../../../src/github/desk.ts";
import type { Inputs } from "../../../src/github/inputs.ts";
import { spec } from "../core/world.ts";
import { openOffice, reached } from "./desk-world.ts";

const open: Protection = {
  kind: "environment",
  reviewers: 0,
  preventsSelfReview: false,
  waitTimerMinutes: 0,
  customRules: 0,
};
const guarded: Protection = { ...open, reviewers: 2 };
const unknown: Protection = { kind: "unknown", why: "the job lacks `actions: read`" };
const refuse = { protection: "refuse", "prevent-self-review": false } as const;
const noSelfReview = { ...refuse, "prevent-self-review": true };

describe("the environment in which people approve", () => {
  test.each<[string, typeof refuse | typeof noSelfReview, Protection, readonly string[]]>([
    ["with reviewers is well", refuse, guarded, []],
    ["with a wait timer, too", refuse, { ...guarded, waitTimerMinutes: 60 }, []],
    ["without any is refused", refuse, open, ["refuse: no required reviewers"]],
    [
      "with a wait timer alone is refused",
      refuse,
      { ...open, waitTimerMinutes: 60 },
      ["refuse: no required"],
    ],
    ["that does not exist is refused", refuse, { kind: "missing" }, ["refuse: does not exist"]],
    [
      "that lets people review themselves is refused",
      noSelfReview,
      guarded,
      ["refuse: approve their own runs"],
    ],
    ["that does not is well", noSelfReview, { ...guarded, preventsSelfReview: true }, []],
    ["that GitHub tells nothing of is a warning", refuse, unknown, ["warn: the job lacks `actions: read`"]],
    ["with custom rules is a warning", refuse, { ...guarded, customRules: 1 }, ["warn: custom protection"]],
  ])("%s", (_name, expected, protection, problems) => {
    const approval = { name: "approval", protection };
    expectProblems(protectionProblems(expected, { approval, acting: undefined }), problems);
  });
});

describe("the environment of the jobs that act on AWS", () => {
  test.each<[string, Protection, readonly string[]]>([
    ["without rules is well", open, []],
    ["that does not exist yet, too", { kind: "missing" }, []],
    ["with reviewers is refused", guarded, ["refuse: required reviewers, for which every job"]],
    ["with a wait timer is refused", { ...open, waitTimerMinutes: 5 }, ["refuse: a wait timer of 5 min"]],
    ["with both, once", { ...guarded, waitTimerMinutes: 5 }, ["refuse: reviewers and a wait timer"]],
    ["with custom rules is a warning", { ...open, customRules: 2 }, ["warn: custom protection rules"]],
    ["that GitHub tells nothing of is a warning", unknown, ["warn: actions: read"]],
  ])("%s", (_name, protection, problems) => {
    const acting = { name: "production", protection };
    expectProblems(protectionProblems(refuse, { approval: undefined, acting }), problems);
  });
});

test("the spec makes a refusal a warning, or looks away", () => {
  const asked = {
    approval: { name: "approval", protection: open },
    acting: { name: "production", protection: guarded },
  };
  const warned = protectionProblems({ ...refuse, protection: "warn" }, asked);
  expectProblems(warned, ["warn: no required reviewers", "warn: required reviewers, for which"]);
  expect(protectionProblems({ ...refuse, protection: "off" }, asked)).toEqual([]);
});

describe("a plan", () => {
  const inputs = (more: object = {}) =>
    ({
      phase: "plan",
      spec: spec(),
      environment: "production",
      approvalEnvironment: "approval",
      ...more,
    }) as Inputs;

  async function look(asked: Inputs, prepare: (office: Awaited<ReturnType<typeof openOffice>>) => void) {
    const office = await openOffice();
    try {
      prepare(office);
      const problems = await environmentProblems(asked, office.desk());
      expect(office.github.violations).toEqual([]);
      return { problems, calls: office.github.calls.length };
    } finally {
      await office.close();
    }
  }

  test("looks at both environments on GitHub", async () => {
    const { problems } = await look(inputs(), ({ github }) => {
      github.addEnvironment({ name: "approval" });
      github.addEnvironment({ name: "production", waitTimerMinutes: 10, customRules: ["datadog"] });
    });
    expectProblems(problems, [
      "refuse: no required",
      "refuse: a wait timer of 10 min",
      "warn: custom protection",
    ]);
  });

  test("finds nothing wrong with what is as it should be", async () => {
    const { problems } = await look(
      inputs({ spec: spec({ approvals: { "prevent-self-review": true } }) }),
      ({ github }) => {
        github.addEnvironment({ name: "approval", reviewers: ["team/oncall"], preventSelfReview: true });
        github.addEnvironment({ name: "production", branches: "protected" });
      },
    );
    expect(problems).toEqual([]);
  });

  test("says once which permission it lacks", async () => {
    const { problems } = await look(inputs({ environment: "approval" }), ({ github }) => {
      github.token.permissions = { contents: "read" };
    });
    expectProblems(problems, ["warn: actions: read"]);
  });

  test.each([
    ["the spec looks away", { spec: spec({ approvals: { protection: "off" } }) }],
    ["another phase", { phase: "stage" }],
    ["no environments", { environment: undefined, approvalEnvironment: undefined }],
  ])("asks nothing: %s", async (_name, more) => {
    expect(await look(inputs(more), () => {})).toEqual({ problems: [], calls: 0 });
  });

  test("tells it with all else that is wrong", () => {
    const problems: readonly ProtectionProblem[] = [
      { kind: "refuse", message: "nobody would be asked" },
      { kind: "warn", message: "who knows" },
    ];
    const wrong = {
      kind: "failed",
      error: new SluiceError("configuration", "1 thing to put right"),
    } as const;
    const down = { kind: "failed", error: new SluiceError("transient", "AWS is down") } as const;
    expect(refusedBy(problems, reached)).toMatchObject({ error: { message: "nobody would be asked" } });
    expect(refusedBy(problems, wrong)).toMatchObject({
      error: { kind: "configuration", message: "1 thing to put right\nnobody would be asked" },
    });
    expect(refusedBy(problems, down)).toBe(down);
    expect(refusedBy([{ kind: "warn", message: "who knows" }], reached)).toBe(reached);
  });
});

/** Each as "kind: words of its message". */
function expectProblems(problems: readonly ProtectionProblem[], expected: readonly string[]): void {
  const wanted = expected.map((text) => {
    const [kind = "", ...words] = text.split(": ");
    return { kind, message: expect.stringContaining(words.join(": ")) };
  });
  expect(problems).toEqual(wanted);
}
