import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseGroup, eligible, minimumHealthy } from "../../../../sandbox/elbv2/routing/choose.ts";
import { conditionOf, meets, type RequestFacts } from "../../../../sandbox/elbv2/routing/conditions.ts";
import { GROUP_COOKIE, pinCookies, pinnedTo } from "../../../../sandbox/elbv2/routing/cookies.ts";
import { matchesGlob } from "../../../../sandbox/elbv2/routing/glob.ts";
import {
  type Forward,
  groupsOf,
  outcomeOf,
  redirectLocation,
} from "../../../../sandbox/elbv2/routing/outcome.ts";
import { type Route, routeFor, sharesOf } from "../../../../sandbox/elbv2/routing/route.ts";

describe("matchesGlob", () => {
  it.each([
    ["/img/*", "/img/a/b.png", true],
    ["/img/*", "/img", false],
    ["/img/?", "/img/ab", false],
    ["/img/?", "/img/a", true],
    ["*", "", true],
    ["", "", true],
    ["?", "", false],
    ["a*b*c", "axxbyybzzc", true],
    ["a*b*c", "axxbyyb", false],
    ["/A", "/a", false],
    ["a.b", "axb", false],
  ])("%s against %s: %s", (pattern, text, expected) => {
    expect(matchesGlob(pattern, text, { ignoreCase: false, escapes: false })).toBe(expected);
  });

  it("takes escaped wildcards literally where they are escaped", () => {
    const escaped = { ignoreCase: true, escapes: true };
    expect(matchesGlob("a\\*", "A*", escaped)).toBe(true);
    expect(matchesGlob("a\\*", "ab", escaped)).toBe(false);
  });

  it("agrees with a regular expression of the same meaning", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 10 });
    fc.assert(
      fc.property(word, text, (pattern, sample) => {
        const expression = new RegExp(`^${pattern.replace(/\*/g, ".*").replace(/\?/g, ".")}$`);
        expect(matchesGlob(pattern, sample, { ignoreCase: false, escapes: false })).toBe(
          expression.test(sample),
        );
      }),
    );
  });
});

const request = (over: Partial<RequestFacts> = {}): RequestFacts => ({
  method: "GET",
  path: "/orders/7",
  query: [
    ["version", "Canary"],
    ["", "flag"],
  ],
  host: "Shop.Example.com:8080",
  headers: { "x-test": ["one", "Two"], cookie: ["a=1; canary=yes"] },
  sourceIp: "10.1.2.3",
  ...over,
});

describe("conditions", () => {
  it.each([
    ["a path", { Field: "path-pattern", Values: ["/x", "/orders/*"] }, true],
    ["a path of another case", { Field: "path-pattern", Values: ["/Orders/*"] }, false],
    [
      "a path by expression",
      { Field: "path-pattern", PathPatternConfig: { RegexValues: ["^/orders/\\d+$"] } },
      true,
    ],
    [
      "a host, whatever its case and port",
      { Field: "host-header", HostHeaderConfig: { Values: ["*.example.COM"] } },
      true,
    ],
    ["another host", { Field: "host-header", Values: ["example.com"] }, false],
    [
      "a header's second value",
      { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "X-Test", Values: ["tw?"] } },
      true,
    ],
    [
      "a cookie by its header",
      { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "Cookie", Values: ["*canary=yes*"] } },
      true,
    ],
    [
      "a missing header",
      { Field: "http-header", HttpHeaderConfig: { HttpHeaderName: "x-none", Values: ["*"] } },
      false,
    ],
    [
      "a query pair",
      { Field: "query-string", QueryStringConfig: { Values: [{ Key: "VERSION", Value: "canary" }] } },
      true,
    ],
    [
      "a query key with another value",
      { Field: "query-string", QueryStringConfig: { Values: [{ Key: "version", Value: "stable" }] } },
      false,
    ],
    [
      "a query value alone",
      { Field: "query-string", QueryStringConfig: { Values: [{ Value: "fl*g" }] } },
      true,
    ],
    ["a method", { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["GET"] } }, true],
    [
      "a method of another case",
      { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["get"] } },
      false,
    ],
    [
      "a source address",
      { Field: "source-ip", SourceIpConfig: { Values: ["192.168.0.0/16", "10.1.0.0/16"] } },
      true,
    ],
    ["another source address", { Field: "source-ip", SourceIpConfig: { Values: ["10.2.0.0/16"] } }, false],
    ["an unknown field", { Field: "moon-phase", Values: ["*"] }, false],
  ])("%s", (_name, condition, expected) => {
    expect(meets(conditionOf(condition), request())).toBe(expected);
  });
});

const route = (arn: string, priority: number, paths: readonly string[]): Route => ({
  arn,
  listenerArn: "l",
  loadBalancerArn: "lb",
  isDefault: paths.length === 0,
  priority,
  conditions: paths.map((path) => conditionOf({ Field: "path-pattern", Values: [path] })),
  outcome: { kind: "none" },
});

it("takes the first route whose conditions are all met, else the default", () => {
  const routes = [
    route("both", 1, ["/a*", "*b"]),
    route("a", 2, ["/a*"]),
    route("default", Number.POSITIVE_INFINITY, []),
  ];
  expect(routeFor(routes, request({ path: "/ab" }))?.arn).toBe("both");
  expect(routeFor(routes, request({ path: "/ac" }))?.arn).toBe("a");
  expect(routeFor(routes, request({ path: "/x" }))?.arn).toBe("default");
});

const forwardOf = (weights: Readonly<Record<string, number>>, stickySeconds?: number): Forward => ({
  kind: "forward",
  groups: Object.entries(weights).map(([targetGroupArn, weight]) => ({ targetGroupArn, weight })),
  ...(stickySeconds === undefined ? {} : { stickySeconds }),
});

describe("chooseGroup", () => {
  it("gives each group exactly its share of evenly spread draws", () => {
    const weights = fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(weights, (list) => {
        const total = list.reduce((sum, weight) => sum + weight, 0);
        const forward = forwardOf(Object.fromEntries(list.map((weight, index) => [`g${index}`, weight])));
        const counts = new Map<string | undefined, number>();
        for (let draw = 0; draw < total; draw++) {
          const group = chooseGroup(forward, { pinnedReachesWeightZero: true, random: (draw + 0.5) / total });
          counts.set(group, (counts.get(group) ?? 0) + 1);
        }
        for (const [index, weight] of list.entries()) expect(counts.get(`g${index}`) ?? 0).toBe(weight);
      }),
      { numRuns: 40 },
    );
  });

  it("never chooses a group of weight 0, nor any group when all are 0", () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(unit, (random) => {
        const choice = { pinnedReachesWeightZero: true, random };
        expect(chooseGroup(forwardOf({ a: 0, b: 3, c: 0 }), choice)).toBe("b");
        expect(chooseGroup(forwardOf({ a: 0, b: 0 }), choice)).toBeUndefined();
      }),
    );
  });

  it.each([
    ["over the weights", forwardOf({ a: 1, b: 99 }, 60), true, "a"],
    ["at weight 0, if so set", forwardOf({ a: 0, b: 1 }, 60), true, "a"],
    ["not at weight 0, if so set", forwardOf({ a: 0, b: 1 }, 60), false, "b"],
    ["not without stickiness", forwardOf({ a: 0, b: 1 }), true, "b"],
    ["not out of the action", forwardOf({ b: 1 }, 60), true, "b"],
  ])("honours a pin %s", (_name, forward, pinnedReachesWeightZero, expected) => {
    expect(chooseGroup(forward, { pinned: "a", pinnedReachesWeightZero, random: 0.9 })).toBe(expected);
  });
});

describe("eligible", () => {
  const sick = { healthy: false };
  const well = { healthy: true };
  it.each([
    ["only the healthy", [sick, well], 1, [well], false],
    ["everybody below the minimum", [sick, well, sick], 2, [sick, well, sick], true],
    ["everybody when nobody is healthy", [sick], 1, [sick], true],
    ["nobody when nobody is registered", [], 1, [], false],
  ])("%s", (_name, targets, minimum, expected, failedOpen) => {
    expect(eligible(targets, minimum)).toEqual({ targets: expected, failedOpen });
  });

  it("takes the stricter of count and percentage", () => {
    const prefix = "target_group_health.unhealthy_state_routing.minimum_healthy_targets";
    expect(minimumHealthy({}, 10)).toBe(1);
    expect(minimumHealthy({ [`${prefix}.percentage`]: "45" }, 10)).toBe(5);
    expect(minimumHealthy({ [`${prefix}.count`]: "7", [`${prefix}.percentage`]: "45" }, 10)).toBe(7);
  });
});

describe("cookies", () => {
  it("reads back what it pinned until it expires", () => {
    const [line = ""] = pinCookies(GROUP_COOKIE, { value: "arn:group", expiresMs: 2000 });
    const header = `other=1; ${line.split(";")[0]}`;
    expect(pinnedTo(GROUP_COOKIE, header, 1999)).toBe("arn:group");
    expect(pinnedTo(GROUP_COOKIE, header, 2000)).toBeUndefined();
  });

  it.each([undefined, "", "AWSALBTG=", "AWSALBTG=x", "AWSALBTG=bnVsbA", "AWSALBTGx=1"])(
    "ignores %s",
    (header) => {
      expect(pinnedTo(GROUP_COOKIE, header, 0)).toBeUndefined();
    },
  );
});

describe("outcomes", () => {
  it("takes the last action by order and lets authentication pass", () => {
    const actions = [
      { Type: "forward" as const, TargetGroupArn: "g", Order: 2 },
      { Type: "authenticate-cognito" as const, Order: 1 },
    ];
    expect(outcomeOf(actions)).toEqual({ kind: "forward", groups: [{ targetGroupArn: "g", weight: 1 }] });
    expect(groupsOf(actions)).toEqual([{ targetGroupArn: "g", weight: 1 }]);
  });

  it("fills a redirect's words in", () => {
    const outcome = outcomeOf([
      {
        Type: "redirect",
        RedirectConfig: { StatusCode: "HTTP_301", Protocol: "HTTPS", Port: "443", Path: "/v2/#{path}" },
      },
    ]);
    if (outcome.kind !== "redirect") throw new Error(outcome.kind);
    const from = { protocol: "http", host: "shop.test", port: 80, path: "/a", query: "b=c" };
    expect(redirectLocation(outcome, from)).toBe("https://shop.test/v2/a?b=c");
  });

  it("gives shares that add up to one, or none at all", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 999 }), { minLength: 1, maxLength: 5 }), (list) => {
        const outcome = forwardOf(Object.fromEntries(list.map((weight, index) => [`g${index}`, weight])));
        const total = Object.values(sharesOf({ ...route("r", 1, []), outcome })).reduce(
          (sum, share) => sum + share,
          0,
        );
        expect(total).toBeCloseTo(list.some((weight) => weight > 0) ? 1 : 0, 9);
      }),
    );
  });
});
