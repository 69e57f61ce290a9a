import { afterEach, beforeEach, expect, test } from "vitest";
import { setEnvironment } from "../../environment.ts";
import { type Figures, type Rates, serveFigures } from "../figures.ts";
import { isBakingAt, lastVerdictOf, once, openJudged, summaryOf, verdictsOf } from "./judged.ts";
import { type Ended, runPhase, writesOf } from "./phases.ts";
import { expectAlone, standing } from "./standing.ts";
import type { World } from "./world.ts";

/** A ratio of the business's own, from a metrics API that wants a key. */

const SECRET = "k3y-of-the-shop";
const NEW = "orders:4";
const OLD_RATE = { visits: 90, orders: 27 };
const FINE: Rates = { "orders-blue": OLD_RATE, "orders-green": { visits: 30, orders: 9 } };
const FEWER: Rates = { "orders-blue": OLD_RATE, "orders-green": { visits: 30, orders: 4 } };

let figures: Figures;
let restore: () => void;

beforeEach(async () => {
  figures = await serveFigures(SECRET, FINE);
  restore = setEnvironment({ SHOP_KEY: SECRET });
});

afterEach(async () => {
  restore();
  await figures.close();
});

const query = (what: string) => `${what} \${target-group-name}`;

interface Over {
  readonly requests?: string;
  readonly variable?: string;
  readonly follows?: string;
}

const specOf = (over: Over = {}) => ({
  sources: {
    shop: {
      http: {
        url: figures.url,
        "secret-headers": { "x-api-key": over.variable ?? "SHOP_KEY" },
        points: "points",
        lag: "1s",
      },
    },
  },
  gates: {
    errors: false,
    "insufficient-evidence": over.follows ?? "promote",
    ratios: [
      {
        name: "orders",
        period: "1s",
        "min-requests": 50,
        patience: "15s",
        from: { source: "shop", requests: over.requests ?? query("visits"), good: query("orders") },
      },
    ],
  },
});

function open(over: Over = {}): Promise<World> {
  return openJudged({ spec: specOf(over) });
}

/** Neither the journal nor the summary, in any form that HTTP or JSON give it. */
function expectSecretKept(ended: Ended): void {
  for (const text of [JSON.stringify(ended.lines), summaryOf(ended)]) expect(text).not.toContain(SECRET);
}

test("a release with fewer orders per visit is taken back", async () => {
  const at = await open();
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    during: once(isBakingAt(25), () => {
      figures.rates = FEWER;
    }),
  });
  expect(ended.outcome).toMatchObject({ kind: "rolled-back", gate: "orders" });
  const { reason, counts } = lastVerdictOf(ended, "orders");
  expect(reason).toMatch(/^\d+ of [\d,]+ requests to the new version were good.*to the old version/);
  expect(counts).toMatchObject({ isGood: true, rateRatio: expect.any(Number) });
  expect(counts?.rateRatio).toBeLessThan(0.8);
  expectSecretKept(ended);
  await expectAlone(at, "orders-blue", ["sluice:aborted"]);
});

test("one with as many passes, over a source that fails for a while", async () => {
  const at = await open();
  let restoredAtMs = Number.POSITIVE_INFINITY;
  const ended = await runPhase(at, "rollout", {
    image: NEW,
    during: (line) => {
      if (line.kind === "verdict" && restoredAtMs === Number.POSITIVE_INFINITY) {
        figures.status = 503;
        restoredAtMs = line.atMs + 20_000;
      }
      if (line.atMs >= restoredAtMs) figures.status = undefined;
    },
  });
  expect(ended.outcome).toMatchObject({ kind: "reached" });
  const kinds = verdictsOf(ended, "orders").map(({ verdict }) => verdict.kind);
  expect(kinds).toContain("error");
  expect(kinds.at(-1)).toBe("healthy");
  expectSecretKept(ended);
  await expectAlone(at, "orders-green", []);
});

test.each(["promote", "roll-back"])(
  "a source that answers 500 from then on is an error: held, whether or not evidence is to %s",
  async (follows) => {
    const at = await open({ follows });
    const ended = await runPhase(at, "rollout", {
      image: NEW,
      during: once(isBakingAt(25), () => {
        figures.status = 500;
      }),
    });
    expect(ended.outcome).toMatchObject({ kind: "held", lacksEvidence: true });
    expect(lastVerdictOf(ended, "orders")).toMatchObject({
      kind: "error",
      reason: expect.stringMatching(/could not be asked: .* answered 500: .*the key \*\*\* cannot be served/),
    });
    expect(standing(at).serving).toEqual([["orders-blue", "orders-green"]]);
    expectSecretKept(ended);
  },
);

test.each<[string, () => ReturnType<typeof specOf>, RegExp]>([
  ["a query that finds nothing", () => specOf({ requests: query("vists") }), /gave no points for `requests`/],
  ["a secret that is not there", () => specOf({ variable: "NO_KEY" }), /environment variable NO_KEY/],
  [
    "a key that is refused",
    () => {
      process.env.SHOP_KEY = "not-the-key";
      return specOf();
    },
    /answered 401: .*the key \*\*\* cannot be served/,
  ],
])("%s is refused by plan and stage, and nothing is written", async (_what, spec, why) => {
  const at = await open();
  const over = spec();
  for (const phase of ["plan", "stage"] as const) {
    const ended = await runPhase(at, phase, { image: NEW, spec: over });
    expect(ended.outcome).toMatchObject({
      kind: "failed",
      error: { kind: "configuration", message: expect.stringMatching(why) },
    });
    expect(writesOf(at, ended)).toEqual([]);
    expect(summaryOf(ended)).not.toContain("not-the-key");
    expectSecretKept(ended);
  }
});

test("a source that fails only now keeps no release from being planned", async () => {
  const at = await open();
  figures.status = 503;
  expect((await runPhase(at, "plan", { image: NEW })).outcome).toMatchObject({ kind: "reached" });
  expect(figures.asked.length).toBeGreaterThan(0);
});
