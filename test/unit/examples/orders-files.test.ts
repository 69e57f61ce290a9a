import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { listenerArn, loadBalancerArn, ruleArn } from "../../../sandbox/arns.ts";
import type { Definition } from "../../../sandbox/definition.ts";
import { specSchema } from "../../../src/core/spec/schema.ts";

const read = (name: string) =>
  readFileSync(new URL(`../../../examples/orders/${name}`, import.meta.url), "utf8");
const sandbox: Definition = parse(read("sandbox.yml"));

test("sluice.yml is valid, ten lines long, and names the rules that the sandbox makes", () => {
  const text = read("sluice.yml");
  const account = { region: sandbox.region ?? "", accountId: sandbox.accountId ?? "" };
  const listener = listenerArn(loadBalancerArn(account, "app", "orders"), "http");
  expect(specSchema.parse(parse(text))).toMatchObject({
    service: "orders",
    cluster: sandbox.cluster,
    strategy: "canary",
    traffic: {
      production: [{ "listener-rule": ruleArn(listener, "orders") }],
      test: { "listener-rule": ruleArn(listener, "orders-test") },
    },
    "smoke-checks": [{ path: "/version", json: { version: "${version}" } }],
  });
  expect(text.trimEnd().split("\n")).toHaveLength(10);
});

test("every image of the sandbox answers with its tag as its version", () => {
  const images = Object.entries(sandbox.images);
  expect(images.length).toBe(8);
  for (const [name, image] of images) expect(`orders:${image.environment?.VERSION}`).toBe(name);
});

test("every name in sandbox.yml is defined there", () => {
  const groups = sandbox.targetGroups.map((group) => group.name);
  const rules = sandbox.loadBalancers.flatMap((balancer) =>
    balancer.listeners.flatMap((one) => one.rules ?? []),
  );
  const forwards = rules.flatMap((rule) => Object.keys(rule.action.forward ?? {}));
  expect([...new Set(forwards)].sort()).toEqual([...groups].sort());
  for (const service of sandbox.services) {
    expect(groups).toContain(service.targetGroup);
    expect(Object.keys(sandbox.images)).toContain(service.taskDefinition.image);
  }
});
