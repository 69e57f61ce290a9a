import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { accountOf, rewriteArns, type SpecAccount } from "../../../../src/cli/rehearse/account.ts";
import { shortenSpec } from "../../../../src/cli/rehearse/spec.ts";
import type { ServiceSpec } from "../../../../src/core/spec/schema.ts";

const ELB = "arn:aws:elasticloadbalancing:eu-central-1:444455556666";
const rule = (listener: string, id: string) => ({
  "listener-rule": `${ELB}:listener-rule/app/shop/50dc6c495c0c9188/${listener}/${id}`,
});
const listener = (id: string) => ({ listener: `${ELB}:listener/app/shop/50dc6c495c0c9188/${id}` });
const FACTS = { desiredCount: 3, healthPath: "/health", images: { "checkout:1": { command: ["true"] } } };

function accountFor(
  traffic: object,
  more: object = {},
): { account: SpecAccount; service: ServiceSpec; changes: readonly string[] } {
  let account: SpecAccount | undefined;
  const text = stringify({ version: 1, service: "checkout", traffic, ...more });
  const options = { requestsPerSecond: 320, desiredCount: 3 };
  const { service, changes } = shortenSpec(text, "sluice.yml", options, (raw, given) => {
    account = accountOf(given, FACTS);
    return rewriteArns(raw, account);
  });
  if (!account) throw new Error("no account was made");
  return { account, service, changes };
}

describe("the account of a spec", () => {
  test("has its service, in its cluster, account and Region", () => {
    const { account, service } = accountFor(
      { production: [listener("aa")], test: listener("bb") },
      { cluster: "arn:aws:ecs:eu-central-1:444455556666:cluster/shop", container: "web" },
    );
    expect(account.definition).toMatchObject({
      region: "eu-central-1",
      accountId: "444455556666",
      cluster: "shop",
      services: [
        {
          name: "checkout",
          desiredCount: 3,
          targetGroup: "checkout-blue",
          taskDefinition: { image: "checkout:1", container: "web" },
        },
      ],
      targetGroups: [
        { name: "checkout-blue", healthCheck: { path: "/health" } },
        { name: "checkout-green", healthCheck: { path: "/health" } },
      ],
    });
    expect(service.cluster).toBe("shop");
  });

  test("has a listener for each route, whose ARNs the spec then has", () => {
    const { account, service, changes } = accountFor({
      production: [listener("aa")],
      test: { ...listener("bb"), url: "https://preview.example" },
    });
    const [balancer] = account.definition.loadBalancers;
    expect(balancer).toMatchObject({
      name: "shop",
      listeners: [
        { name: "aa", default: { forward: { "checkout-blue": 100, "checkout-green": 0 } }, rules: [] },
        { name: "bb", default: { forward: { "checkout-blue": 100 } }, rules: [] },
      ],
    });
    expect(service.traffic.production[0]?.listener).toBe(account.arns.get(listener("aa").listener));
    expect(service.traffic.test.listener).toBe(account.testRouteArn);
    expect(service.traffic.test.url).toBeUndefined();
    expect(changes).toEqual(
      expect.arrayContaining(["2 ARNs → those of the local AWS", "traffic.test.url left out"]),
    );
  });

  test("leads users to every rule, and checks to the test rule by the spec's own header", () => {
    const { account } = accountFor({
      production: [rule("aa", "01"), rule("aa", "02")],
      test: { ...rule("aa", "03"), headers: { "x-preview": "yes" } },
    });
    const [rules] = account.definition.loadBalancers.flatMap(({ listeners }) =>
      listeners.map((one) => one.rules),
    );
    expect(rules?.map(({ name, when }) => ({ name, when }))).toEqual([
      { name: "03", when: { header: { name: "x-preview", values: ["yes"] } } },
      { name: "02", when: { header: { name: "x-sluice-route", values: ["02"] } } },
      { name: "01", when: { path: ["/*"] } },
    ]);
    const priorities = rules?.map(({ priority }) => priority) ?? [];
    expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
    expect(account.routes.map(({ headers }) => headers)).toEqual([{}, { "x-sluice-route": "02" }]);
  });

  test("has a header of its own for a test rule of which the spec says none", () => {
    const { account } = accountFor({ production: [listener("aa")], test: rule("aa", "03") });
    const [only] = account.definition.loadBalancers[0]?.listeners[0]?.rules ?? [];
    expect(only?.when).toEqual({ header: { name: "x-sluice-test", values: ["1"] } });
  });

  test("calls the target groups as the spec does", () => {
    const groups = ["co-a", "co-b"].map((name) => `${ELB}:targetgroup/${name}/73e2d6bc24d8a067`);
    const { account, service } = accountFor({
      production: [listener("aa")],
      test: listener("bb"),
      "target-groups": groups,
    });
    expect(account.definition.targetGroups.map(({ name }) => name)).toEqual(["co-a", "co-b"]);
    expect(service.traffic["target-groups"]).toEqual(groups.map((arn) => account.arns.get(arn)));
    expect(service.traffic["target-groups"]).not.toEqual(groups);
  });

  test.each([
    ["Checkout_API.v2", "Checkout-API-v2-blue"],
    ["a-service-with-a-name-beyond-all-bounds", "a-service-with-a-name-beyon-blue"],
    ["__", "service-blue"],
  ])("makes a target group's name of %s", (name, group) => {
    const { account } = accountFor({ production: [listener("aa")], test: listener("bb") }, { service: name });
    expect(account.definition.targetGroups[0]?.name).toBe(group);
  });
});
