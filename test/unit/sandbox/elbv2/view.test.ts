import { expect, test } from "vitest";
import { createGroup, createListener, createLoadBalancer, forward, setStage } from "./stage.ts";

const host = { Field: "host-header", Values: ["shop.example"] };
const path = { Field: "path-pattern", Values: ["/orders/*"] };
const header = (HttpHeaderName: string, ...Values: readonly string[]) => ({
  Field: "http-header",
  HttpHeaderConfig: { HttpHeaderName, Values },
});

/** A production rule (10) by host and path, a test rule (1), and rules before it with these conditions. */
async function routes(before: readonly (readonly object[])[]) {
  const stage = setStage();
  const balancer = await createLoadBalancer(stage);
  const blue = await createGroup(stage, "blue");
  const green = await createGroup(stage, "green");
  const { arn } = await createListener(stage, balancer, forward({ [blue]: 1 }));
  const create = async (Priority: number, Conditions: readonly object[], group: string) => {
    const input = { ListenerArn: arn, Priority, Conditions, Actions: [forward({ [group]: 1 })] };
    const { Rules } = await stage.call<{ Rules: { RuleArn: string }[] }>("CreateRule", input);
    return Rules[0]?.RuleArn ?? "";
  };
  await create(1, [header("x-test", "1")], green);
  for (const [index, conditions] of before.entries()) await create(index + 2, conditions, green);
  const production = await create(10, [host, path], blue);
  const groupFor = (headers: Readonly<Record<string, string>>, routeArn = production) =>
    Object.keys(stage.elbv2.routeWith(routeArn, headers)?.shares ?? {}).map((group) =>
      group === green ? "green" : "blue",
    );
  return { groupFor, listener: arn };
}

test.each<[string, readonly object[], Readonly<Record<string, string>>, string]>([
  ["its own conditions and the header", [path, host, header("X-Beta", "1")], { "x-beta": "1" }, "green"],
  ["a cookie", [host, header("Cookie", "*; b=yes;*")], { Cookie: "a=1; b=yes; c=2" }, "green"],
  ["the header alone", [header("x-beta", "1", "2")], { "x-beta": "2" }, "green"],
  ["another value", [host, header("x-beta", "1")], { "x-beta": "2" }, "blue"],
  ["no header", [host, path, header("x-beta", "1")], {}, "blue"],
  [
    "another host beside the header",
    [{ ...host, Values: ["m.example"] }, header("x-beta", "1")],
    { "x-beta": "1" },
    "blue",
  ],
])("users of a route who meet a rule before it: %s", async (_what, conditions, headers, group) => {
  const { groupFor } = await routes([conditions]);
  expect(groupFor(headers)).toEqual([group]);
});

test("of a default action, and of no route", async () => {
  const { groupFor, listener } = await routes([[header("x-beta", "1")]]);
  expect(groupFor({ "x-beta": "1" }, listener)).toEqual(["green"]);
  expect(groupFor({}, listener)).toEqual(["blue"]);
  expect(groupFor({}, "arn:nowhere")).toEqual([]);
});
