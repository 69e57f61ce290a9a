import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { JobResult } from "../../src/cli/rehearse/job.ts";
import type { JournalLine } from "../../src/core/journal.ts";
import { type Figures, serveFigures } from "./figures.ts";
import { ordersDefinition, specText } from "./orders.ts";
import { isBaking, violationsOf, weightsOf } from "./reading.ts";
import { runPost } from "./runner.ts";
import { onlySet, openWorld, type World } from "./world.ts";

/** Releases by the action's own bundle, whose errors gate asks a metrics API that wants a key. */

const KEY = "k3y/of+the=shop";
const FINE = { visits: 90, orders: 0 };
const INPUT = { "source-secrets": `OTHER=t0ken-of-another\nSHOP_KEY=${KEY}` };

let world: World;
let figures: Figures;

beforeAll(async () => {
  world = await openWorld({ definition: ordersDefinition({ deregistrationSeconds: 1 }) });
});

afterAll(async () => world?.close());

beforeEach(async () => {
  figures = await serveFigures(KEY, { "orders-blue": FINE, "orders-green": FINE });
});

afterEach(async () => figures.close());

const count = (what: string): string => `${what} \${target-group-name}`;

function spec(bake: string): string {
  const http = {
    url: figures.url,
    "secret-headers": { "x-api-key": "SHOP_KEY" },
    points: "points",
    lag: "1s",
  };
  const from = { source: "shop", requests: count("visits"), bad: count("orders") };
  const errors = { period: "1s", "min-requests": 50, patience: "15s", from };
  return specText({ with: { "smoke-checks": [], bake, sources: { shop: { http } }, gates: { errors } } });
}

/** Masked first, each by itself; then never again. */
function expectKept(result: JobResult, journal: readonly JournalLine[] = []): void {
  const [first, second, ...rest] = result.log.split("\n");
  expect([first, second]).toEqual(["::add-mask::t0ken-of-another", `::add-mask::${KEY}`]);
  const said = [rest.join("\n"), result.summary, JSON.stringify([result.outputs, result.state, journal])];
  for (const text of said) {
    for (const secret of [KEY, encodeURIComponent(KEY), "t0ken-of-another"]) {
      expect(text).not.toContain(secret);
    }
  }
}

const recoveryIn = (text: string): string | undefined =>
  text.split("\n").find((line) => /\*\*(The old version has|Whether the old version)/.test(line));

test("gates ask with the input's secret, whatever the environment has, and it is said nowhere", async () => {
  const environment = { SHOP_KEY: "wr0ng" };
  const job = world.start({
    runId: "6901",
    spec: spec("3s"),
    image: "orders:2",
    inputs: INPUT,
    environment,
  });
  await job.until((line) => line.kind === "phase-begun" && line.phase === "promote");
  figures.status = 503;
  await job.until((line) => line.kind === "verdict" && line.verdict.reason.includes("answered 503"));
  figures.status = undefined;
  const result = await job.result;
  expect(result.exitCode, result.log).toBe(0);
  expect(result.outputs.outcome).toBe("reached");
  expect(result.log).toContain("the key *** cannot be served now");
  expectKept(result, job.journal());
});

test("without it a release is refused before anything changes, and told where the secret belongs", async () => {
  const writes = world.sandbox.calls.writes().length;
  const result = await world.run({ runId: "6902", spec: spec("3s"), image: "orders:3" });
  expect(result.exitCode).toBe(1);
  expect(result.outputs.reason).toContain("environment variable SHOP_KEY");
  expect(result.log).toContain("source-secrets, SHOP_KEY=${{ secrets.SHOP_KEY }}");
  expect(world.sandbox.calls.writes()).toHaveLength(writes);
});

test.each([
  ["with the input, knows that the old version is as good as it was", "6903", INPUT, "has recovered"],
  ["without it, takes all back and says that nobody has looked", "6904", {}, "Whether the old version"],
])("the post step, %s", async (_name, runId, inputs, recovery) => {
  const serving = weightsOf(world.sandbox);
  const job = world.start({ runId, spec: spec("60s"), image: "orders:3", inputs: INPUT });
  await job.until(isBaking);
  job.signal("SIGKILL");
  const killed = await job.result;
  expect(Object.keys(killed.state)).toContain("request");
  expectKept(killed, job.journal());
  const post = await runPost(world, killed, { inputs });
  expect(post.exitCode, post.log).toBe(0);
  expect(recoveryIn(post.summary)).toContain(recovery);
  if (inputs === INPUT) expectKept(post);
  else expect(recoveryIn(post.summary)).toContain("unverified: ");
  expect(weightsOf(world.sandbox)).toEqual(serving);
  expect(onlySet(world.service())).toMatchObject({ status: "PRIMARY", steady: true });
  expect(violationsOf(world.sandbox)).toEqual([]);
});
