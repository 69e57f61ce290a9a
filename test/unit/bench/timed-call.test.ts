import { expect, test } from "vitest";
import { ruleChangeOf } from "../../../bench/timed-call.ts";

test("a ModifyRule keeps its rule and the groups with weight; a weight left out is one", () => {
  const forward = {
    Type: "forward",
    ForwardConfig: {
      TargetGroups: [
        { TargetGroupArn: "blue", Weight: 0 },
        { TargetGroupArn: "green", Weight: 100 },
        { TargetGroupArn: "third" },
      ],
    },
  };
  const authenticate = { Type: "authenticate-oidc" };
  expect(ruleChangeOf({ RuleArn: "rule", Actions: [authenticate, forward] })).toEqual({
    ruleArn: "rule",
    weighted: ["green", "third"],
  });
});

test.each([[{}], [{ cluster: "demo", services: ["orders"] }], [{ RuleArn: 1 }]])(
  "any other input leaves nothing: %j",
  (input) => {
    expect(ruleChangeOf(input)).toEqual({});
  },
);
