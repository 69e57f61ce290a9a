import fc from "fast-check";
import { expect, test } from "vitest";
import type { Arm } from "../../../../src/core/counts.ts";
import { judgeRecovery, recoveryVerdict } from "../../../../src/evidence/gates/recovery.ts";
import { CALM } from "./readings.ts";

const after = (count: number, requests: number, bad: number): readonly Arm[] =>
  Array.from({ length: count }, () => ({ requests, bad }));

test.each([
  {
    name: "back, by proof",
    now: after(3, 9_000, 9),
    kind: "recovered",
    reason:
      "since the weights are back 27 of 27,000 requests went bad (0.1 %), before the rollout 1,080 of 1,080,000 (0.1 %): back at its baseline; 2 times the rate is ruled out, but for a chance below 1 in 2,000",
  },
  {
    name: "back, as far as few requests tell",
    now: after(2, 100, 0),
    kind: "recovered",
    reason:
      "since the weights are back 0 of 200 requests went bad (0 %), before the rollout 1,080 of 1,080,000 (0.1 %): back at its baseline, as far as so many requests tell",
    basis: "floor",
  },
  {
    name: "one more than a rate says is a rate of nothing",
    now: after(1, 200, 1),
    kind: "recovered",
    reason:
      "since the weights are back 1 of 200 requests went bad (0.5 %), before the rollout 1,080 of 1,080,000 (0.1 %): back at its baseline, as far as so many requests tell",
    basis: "floor",
  },
  {
    name: "as bad as the release was",
    now: after(3, 1_000, 100),
    kind: "not-recovered",
    reason:
      "since the weights are back 300 of 3,000 requests went bad (10 %), before the rollout 1,080 of 1,080,000 (0.1 %); 100 times the rate: the release was not the cause, or not the only one",
  },
  {
    name: "more than before, by chance perhaps",
    now: after(1, 200, 2),
    kind: "unverified",
    reason:
      "unverified: since the weights are back 2 of 200 requests went bad (1 %), before the rollout 1,080 of 1,080,000 (0.1 %); that is more, but may be chance",
  },
  {
    name: "too few to tell",
    now: after(1, 99, 0),
    kind: "unverified",
    reason:
      "unverified: since the weights are back 0 of 99 requests went bad (0 %), before the rollout 1,080 of 1,080,000 (0.1 %); 100 requests are needed to judge",
  },
  {
    name: "no traffic",
    now: after(3, 0, 0),
    kind: "unverified",
    reason: "unverified: no request to the old version yet since the weights are back",
  },
  {
    name: "no baseline",
    now: after(3, 1_000, 1),
    before: [],
    kind: "unverified",
    reason: "unverified: nothing is known of the old version from before the rollout",
  },
  {
    name: "a service that always fails half of its requests",
    now: after(3, 1_000, 500),
    before: after(60, 1_000, 500),
    kind: "recovered",
    reason:
      "since the weights are back 1,500 of 3,000 requests went bad (50 %), before the rollout 30,000 of 60,000 (50 %): back at its baseline, as far as so many requests tell",
    basis: "floor",
  },
])("$name: $kind", ({ now, before = CALM, kind, reason, basis }) => {
  expect(judgeRecovery(now, before)).toEqual({ kind, reason, ...(basis ? { basis } : {}) });
});

test.each([
  ["recovered", "healthy"],
  ["not-recovered", "regress"],
  ["unverified", "insufficient"],
] as const)("%s is %s to those who decide", (kind, verdict) => {
  expect(recoveryVerdict({ kind, reason: "so" })).toEqual({ kind: verdict, gate: "recovery", reason: "so" });
});

test("more bad requests never mean recovered where fewer did not", () => {
  const order = { recovered: 0, unverified: 1, "not-recovered": 2 } as const;
  fc.assert(
    fc.property(fc.array(fc.nat(40), { minLength: 1, maxLength: 5 }), fc.nat(4), (bad, nth) => {
      const arms = bad.map((of) => ({ requests: 1_000, bad: of }));
      const index = nth % arms.length;
      const worse = arms.map((arm, i) => (i === index ? { ...arm, bad: arm.bad + 1 } : arm));
      expect(order[judgeRecovery(worse, CALM).kind]).toBeGreaterThanOrEqual(
        order[judgeRecovery(arms, CALM).kind],
      );
    }),
    { seed: 5 },
  );
});
