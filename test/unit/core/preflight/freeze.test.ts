import { describe, expect, test } from "vitest";
import { freezeProblems } from "../../../../src/core/preflight/freeze.ts";
import { preflight } from "../../../../src/core/preflight.ts";
import { parseServiceTags } from "../../../../src/core/tags.ts";
import { infrastructure, request } from "../infrastructure.ts";
import { SERVICE, spec } from "../world.ts";

const CHRISTMAS = {
  from: "2026-12-24T12:00:00+01:00",
  until: "2026-12-27T06:00:00+01:00",
  reason: "nobody is on call",
};
const at = (time: string): number => Date.parse(time);
const problems = (freeze: readonly object[], nowMs: number) =>
  freezeProblems(spec({ freeze }), infrastructure(), nowMs);

describe("a window of the spec", () => {
  test.each([
    ["before it begins", "2026-12-24T10:59:59.999Z", 0],
    ["as it begins", "2026-12-24T11:00:00Z", 1],
    ["at its last moment", "2026-12-27T04:59:59.999Z", 1],
    ["as it ends", "2026-12-27T05:00:00Z", 0],
  ])("%s", (_, time, count) => {
    expect(problems([CHRISTMAS], at(time))).toHaveLength(count);
  });

  test("says why and until when, and keeps only a release from beginning", () => {
    expect(problems([CHRISTMAS], at("2026-12-25T00:00:00Z"))).toEqual([
      {
        subject: "freeze[0] of the spec",
        message:
          "no release may begin from 2026-12-24T12:00:00+01:00 until 2026-12-27T06:00:00+01:00 (nobody is on call)",
        hint: "Release again after 2026-12-27T06:00:00+01:00, or change freeze in the spec; a rollback goes on at any time.",
        onlyRelease: true,
      },
    ]);
  });

  test("needs no reason, and those that hold are all named", () => {
    const { reason: _, ...silent } = CHRISTMAS;
    const past = { from: "2025-12-24T12:00:00Z", until: "2025-12-27T12:00:00Z" };
    const seen = problems([past, CHRISTMAS, silent], at("2026-12-25T00:00:00Z"));
    expect(seen.map(({ subject }) => subject)).toEqual(["freeze[1] of the spec", "freeze[2] of the spec"]);
    expect(seen[1]?.message).toBe(
      "no release may begin from 2026-12-24T12:00:00+01:00 until 2026-12-27T06:00:00+01:00",
    );
  });
});

describe("the service's tag", () => {
  const frozen = (tags: Readonly<Record<string, string>>) =>
    freezeProblems(spec(), infrastructure({ tags: parseServiceTags(tags) }), 0);

  test("freezes with its reason, and the hint lifts it", () => {
    expect(frozen({ "sluice:freeze": "incident 42" })).toEqual([
      {
        subject: `service ${SERVICE}`,
        message: "people have frozen it with its tag sluice:freeze: incident 42",
        hint: expect.stringContaining(
          `aws ecs untag-resource --resource-arn ${SERVICE} --tag-keys sluice:freeze `,
        ),
        onlyRelease: true,
      },
    ]);
    expect(frozen({ "sluice:freeze": "x" })[0]?.hint).toContain(
      `aws ecs tag-resource --resource-arn ${SERVICE} --tags key=sluice:freeze,value=REASON`,
    );
  });

  test("freezes without a value, too; its absence does not", () => {
    expect(frozen({ "sluice:freeze": "" })[0]?.message).toContain("no reason was given");
    expect(frozen({})).toEqual([]);
  });
});

test("preflight tells of it beside all other problems, with a plan for what goes on", () => {
  const frozen = spec({ freeze: [CHRISTMAS] });
  const result = preflight(
    request({ spec: frozen, nowMs: at("2026-12-25T00:00:00Z") }),
    infrastructure({ desiredCount: 0, tags: { freeze: "incident" } }),
  );
  expect(result.kind).toBe("plan");
  expect(result.problems.map(({ onlyRelease }) => onlyRelease)).toEqual([true, true, true]);
});
