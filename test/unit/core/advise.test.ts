import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServiceFacts } from "../../../src/core/advise/facts.ts";
import { type Advice, advise } from "../../../src/core/advise.ts";
import { parseSpec } from "../../../src/core/spec/parse.ts";
import type { ServiceSpec } from "../../../src/core/spec/schema.ts";
import { lookWith } from "../../../src/evidence/gates/look.ts";
import { facts, traffic } from "./advise/facts.ts";
import { specOf, specText } from "./spec/samples.ts";
import { spec } from "./world.ts";

const CHECKED = { strategy: "canary", "smoke-checks": [{ path: "/version" }] };
const ask = (more: Partial<ServiceFacts> = {}, over: object = {}): Advice =>
  adviseOn(spec({ ...CHECKED, ...over }), facts(more));

/** By the gate's own test, of a service whose bad requests come one by one. */
function adviseOn(spec: ServiceSpec, known: ServiceFacts): Advice {
  const { traffic } = known;
  const counted = traffic && {
    requestsPerMinute: traffic.perMinute.median,
    badShare: traffic.bad / traffic.requests,
    bad: traffic.bad,
    dispersion: 1,
  };
  return advise(spec, known, lookWith(spec, counted));
}

describe("the strategy", () => {
  test("plenty of traffic: the default canary, without a warning", () => {
    expect(ask()).toMatchObject({
      strategy: "canary",
      snippet:
        "strategy: canary\nsteps:\n  - { weight: 5, bake: 5m }\n  - { weight: 25, bake: 5m }\n  - { weight: 50, bake: 5m }\n",
      warnings: [],
    });
    expect(ask().reasons).toEqual([
      "Users make 5000 requests a minute (the median). At 5 % the new version gets 250 of them: the errors gate has its 100 requests after 3m, and catches a release that fails 5 % of its requests after 4m and one that fails 20 % after 4m, nine times in ten.",
      "It begins with 1 task beside the 10, and grows to 10: the old version keeps its 10 tasks until the bake ends.",
    ]);
  });

  const cases: readonly (readonly [string, Partial<ServiceFacts>, object, string, string])[] = [
    ["some traffic: a longer first bake", { traffic: traffic(1000) }, {}, "weight: 5, bake: 6m", "requests"],
    [
      "less: a larger first step",
      { traffic: traffic(150) },
      {},
      "{ weight: 25, bake:",
      "A first step of 5 % would need",
    ],
    [
      "little: half of the traffic, baked long",
      { traffic: traffic(30) },
      {},
      "  - { weight: 50, bake: 26m }",
      "5 % would need",
    ],
    [
      "very little: blue-green, baked long",
      { traffic: traffic(7) },
      {},
      "blue-green\nbake: 34m",
      "even at 50 %",
    ],
    [
      "next to nothing: blue-green alone",
      { traffic: traffic(1) },
      {},
      "strategy: blue-green\n",
      "even at 50 %",
    ],
    [
      "none of it: blue-green",
      { traffic: undefined },
      {},
      "strategy: blue-green\n",
      "no request of this service",
    ],
    [
      "no gate: blue-green",
      {},
      { gates: { errors: false } },
      "strategy: blue-green\n",
      "gates.errors: false",
    ],
    [
      "one version only: blue-green",
      { oneVersionOnly: true },
      {},
      "strategy: blue-green\n",
      "may not serve side by side",
    ],
    [
      "no room: rolling, by a quarter",
      { spareTasks: 5 },
      {},
      "strategy: rolling\nbatch: { size: 2 }\n",
      "room for 10",
    ],
    ["hardly any room: one by one", { spareTasks: 1 }, {}, "batch: { size: 1 }\n", "one batch of 1 task"],
    ["room enough: the canary", { spareTasks: 10 }, {}, "strategy: canary", "It begins with 1 task"],
    [
      "one task: the canary all the same",
      { desiredCount: 1 },
      {},
      "weight: 5, bake: 5m",
      "5 % costs a whole task more",
    ],
    ["two tasks: no such word", { desiredCount: 2 }, {}, "weight: 5", "It begins with 1 task beside the 2"],
  ];
  test.each(cases)("%s", (_, more, over, snippet, reason) => {
    const advice = ask(more, over);
    expect(advice.snippet).toContain(snippet);
    expect(advice.reasons.join("\n")).toContain(reason);
  });

  test("a gate that asks for less evidence allows a smaller first step", () => {
    const relaxed = { gates: { errors: { "min-requests": 10, "max-percent": 2 } } };
    const first = ({ snippet }: Advice) => Number(/weight: (\d+)/.exec(snippet)?.[1]);
    const quiet = { traffic: traffic(300) };
    const strict = { gates: { errors: { "min-requests": 2000 } } };
    expect(first(ask(quiet, strict))).toBeGreaterThan(first(ask(quiet)));
    expect(first(ask(quiet, relaxed))).toBeLessThanOrEqual(first(ask(quiet, strict)));
  });

  test("pinned clients make bakes longer, up to half an hour", () => {
    const sticky = (stickySeconds: number) =>
      ask({ routes: [{ kind: "listener-rule", stickySeconds }] }).snippet;
    expect(sticky(60)).toContain("{ weight: 50, bake: 5m }");
    expect(sticky(900)).toContain("{ weight: 50, bake: 15m }");
    expect(sticky(86_400)).toContain("{ weight: 50, bake: 30m }");
  });

  test("outlooks are of the median, and none without traffic", () => {
    expect(ask().outlooks.map(({ percent }) => percent)).toEqual([5, 10, 25, 50, 100]);
    expect(ask().outlooks[0]).toMatchObject({ requestsPerMinute: 250, judgedMs: 174_000 });
    expect(ask({ traffic: undefined }).outlooks).toEqual([]);
  });
});

describe("warnings", () => {
  const rule = (stickySeconds?: number) => ({ kind: "listener-rule" as const, stickySeconds });
  const uneven = (quiet: number) => traffic(2000, { perMinute: { peak: 5000, median: 2000, quiet } });

  /** Each fires for the first facts and spec, and not for the second. */
  const cases: readonly (readonly [
    string,
    string,
    readonly [Partial<ServiceFacts>, object?],
    readonly [Partial<ServiceFacts>, object?],
  ])[] = [
    [
      "a service that fails more than the gate allows",
      "good releases would be rolled back",
      [{ traffic: traffic(100, { bad: 2000 }) }],
      [{ traffic: traffic(100, { bad: 1200 }) }],
    ],
    [
      "a service that fails nearly as much",
      "close to the 1 % that the gate allows",
      [{ traffic: traffic(100, { bad: 1000 }) }],
      [{ traffic: traffic(100, { bad: 700 }) }],
    ],
    [
      "connections that failed",
      "3 connections to its tasks failed",
      [{ traffic: traffic(100, { connectionErrors: 3 }) }],
      [{ traffic: traffic(100) }],
    ],
    [
      "steps of the spec that would be held",
      "As the spec stands, its step of 5 % bakes for 5m, with a patience of 10m; its 100 requests take 36m",
      [{ traffic: traffic(60) }],
      [{ traffic: traffic(200) }],
    ],
    [
      "a spec whose gate never gets evidence",
      "its 100 requests never come",
      [{ traffic: traffic(10, { perMinute: { peak: 10, median: 0, quiet: 0 } }) }],
      [{ traffic: traffic(2000) }],
    ],
    [
      "steps of the spec that a bad release passes",
      "fails 5 % of its requests is caught after 6m, at a later step",
      [{ traffic: traffic(1000) }],
      [{ traffic: traffic(5000) }],
    ],
    [
      "quiet hours",
      "In its quiet hours (50 requests a minute) the 5 % step needs 43m",
      [{ traffic: uneven(50) }],
      [{ traffic: uneven(1000) }],
    ],
    [
      "hours without users",
      "In its quiet hours (0 requests a minute) the 5 % step has nothing to judge",
      [{ traffic: uneven(0) }],
      [{ traffic: uneven(2000) }],
    ],
    ["no smoke checks", "nothing looks at a new version before users do", [{}, { "smoke-checks": [] }], [{}]],
    [
      "no smoke checks and blue-green",
      "before all users at once do",
      [{ oneVersionOnly: true }, { "smoke-checks": [] }],
      [{}, { "smoke-checks": [] }],
    ],
    ["no gate", "only people can take it back", [{}, { gates: { errors: false } }], [{}]],
    ["no room for a batch", "make room for 1", [{ spareTasks: 0 }], [{ spareTasks: 1 }]],
    [
      "no room for blue-green",
      "Blue-green needs room for 10 tasks",
      [{ oneVersionOnly: true, spareTasks: 3 }],
      [{ oneVersionOnly: true, spareTasks: 10 }],
    ],
    [
      "pinned clients",
      "pinned to a version for up to 1h",
      [{ routes: [rule(3600)] }],
      [{ routes: [rule()] }],
    ],
    [
      "several routes",
      "2 production routes are written",
      [{ routes: [rule(), rule()] }],
      [{ routes: [rule()] }],
    ],
    [
      "a default action",
      "a listener's default action",
      [{ routes: [{ kind: "listener", stickySeconds: undefined }] }],
      [{ routes: [rule()] }],
    ],
    [
      "slow health checks",
      "A task that breaks gets requests for up to 5m more",
      [{ failureDetectionMs: 300_000 }],
      [{ failureDetectionMs: 60_000 }],
    ],
    [
      "draining that outlasts its time",
      "The deregistration delay of 30m hardly fits into timeouts.finish (30m)",
      [{ drainMs: 1_800_000 }],
      [{ drainMs: 1_200_000 }],
    ],
    [
      "draining that cuts requests off",
      "requests that take longer are cut off",
      [{ drainMs: 5_000 }],
      [{ drainMs: 10_000 }],
    ],
    ["autoscaling", "ALBRequestCountPerTarget", [{ scalable: true }], [{ scalable: false }]],
  ];

  test.each(cases)("%s", (_, words, fires, silent) => {
    expect(ask(...fires).warnings.join("\n")).toContain(words);
    expect(ask(...silent).warnings.join("\n")).not.toContain(words);
  });
});

test("any advice is a valid spec, with whole minutes, and says why", () => {
  const anyFacts = fc.record({
    desiredCount: fc.integer({ min: 1, max: 100 }),
    traffic: fc.option(
      fc.double({ min: 0.1, max: 1e5, noNaN: true }).map((perMinute) => traffic(perMinute)),
      { nil: undefined },
    ),
    routes: fc.constantFrom(facts().routes, [{ kind: "listener" as const, stickySeconds: 604_800 }]),
    oneVersionOnly: fc.boolean(),
    spareTasks: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(anyFacts, (more) => {
      const advice = ask(more);
      const parsed = parseSpec(specText(advice.snippet), "sluice.yml");
      expect(parsed).toMatchObject({ kind: "spec", spec: { services: [{ strategy: advice.strategy }] } });
      expect(advice.reasons.length).toBeGreaterThan(0);
      expect([...advice.reasons, ...advice.warnings].join("\n")).not.toMatch(/NaN|Infinity|undefined/);
    }),
    { numRuns: 100 },
  );
});

test("a spec that follows the advice is not told that it would be held", () => {
  for (const perMinute of [20, 60, 150, 400, 1000, 3000, 10_000]) {
    const known = facts({ traffic: traffic(perMinute) });
    const [follower] = specOf(specText(ask(known).snippet)).services;
    if (!follower) throw new Error("no service");
    expect(adviseOn(follower, known).warnings.join("\n"), `${perMinute} a minute`).not.toMatch(
      /held|later step/,
    );
  }
});
