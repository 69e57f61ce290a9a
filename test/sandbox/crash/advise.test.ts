import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type AdviseOptions, adviseCommand } from "../../../src/cli/advise.ts";
import { BLUE, GREEN, TEST_RULE } from "./account.ts";
import { runPhase } from "./phases.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** Advice on the sandbox's service after some minutes of its users. */

let folder = "";
let world: World | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "sluice-advise-"));
});
afterEach(() => world?.close());
afterAll(() => rm(folder, { recursive: true, force: true }));

const MINUTES = 8;

const answerSchema = z.object({
  advice: z.object({
    strategy: z.string(),
    snippet: z.string(),
    reasons: z.array(z.string()),
    warnings: z.array(z.string()),
  }),
  facts: z.looseObject({
    traffic: z.looseObject({ perMinute: z.looseObject({ median: z.number() }) }).optional(),
  }),
});

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ requestsPerSecond: 50, ...options });
  await world.clock.advance(MINUTES * 60_000);
  return world;
}

async function adviseOn(
  world: World,
  more: Partial<AdviseOptions> = {},
  arns = world.productionArns,
): Promise<Ended> {
  const production = arns.map((arn) =>
    arn.includes(":listener-rule/") ? { "listener-rule": arn } : { listener: arn },
  );
  const traffic = { production, test: { "listener-rule": TEST_RULE }, "target-groups": [BLUE, GREEN] };
  const spec = join(folder, "sluice.yml");
  await writeFile(spec, JSON.stringify({ version: 1, service: "orders", cluster: "shop", traffic }));
  let out = "";
  let err = "";
  const status = await adviseCommand({
    spec,
    oneVersion: false,
    json: false,
    nowMs: () => world.clock.nowMs(),
    ...more,
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
  });
  return { status, out, err };
}

const asked = async (world: World, more: Partial<AdviseOptions> = {}) =>
  answerSchema.parse(JSON.parse((await adviseOn(world, { ...more, json: true })).out));

test("a service with users gets a canary, in words and for programs, and nothing is written", async () => {
  const world = await open();
  const writes = world.sandbox.calls.writes().length;
  const { status, out, err } = await adviseOn(world);
  expect([status, err]).toEqual([0, ""]);
  expect(out).toContain("orders: canary\n\n    strategy: canary\n    steps:\n      - { weight: 5, bake:");
  expect(out).toMatch(
    /^Traffic of the last \dm: 3000 requests a minute \(median\), 3000 at the peak.*0 % went bad$/m,
  );
  expect(out).toMatch(/^ +5 % +150 +4m +/m);
  const { advice, facts } = await asked(world);
  expect(advice.strategy).toBe("canary");
  expect(facts).toMatchObject({
    desiredCount: 2,
    traffic: { perMinute: { peak: 3000, median: 3000 }, bad: 0, connectionErrors: 0 },
    routes: [{ kind: "listener-rule" }],
    drainMs: 4_000,
    failureDetectionMs: 10_000,
    scalable: false,
    oneVersionOnly: false,
  });
  expect(world.sandbox.calls.writes()).toHaveLength(writes);
});

test("what the service's own releases fail, its pinned clients and its routes are seen", async () => {
  const world = await open({
    behaviours: { "orders:1": { errorRate: 0.02 } },
    stickySeconds: 3600,
    production: "two-rules",
    requestsPerSecond: 10,
  });
  const { advice, facts } = await asked(world);
  expect(facts).toMatchObject({
    traffic: { perMinute: { median: 1200 } },
    routes: [{ stickySeconds: 3600 }, { stickySeconds: 3600 }],
  });
  const words = advice.warnings.join("\n");
  expect(words).toMatch(/^1\.9\d* % of its requests go bad already/);
  expect(words).toContain("pinned to a version for up to 1h");
  expect(words).toContain("2 production routes");
  expect(advice.snippet).toContain("bake: 30m");
});

test("requests count in whichever group they were served", async () => {
  const world = await open();
  const begunMs = world.clock.nowMs();
  expect((await runPhase(world, "rollout")).outcome).toMatchObject({ kind: "reached" });
  await world.clock.advance(5 * 60_000);
  const { facts } = await asked(world);
  const { spanMs } = z.looseObject({ spanMs: z.number() }).parse(facts.traffic);
  expect(facts.traffic?.perMinute).toEqual({ peak: 3000, median: 3000, quiet: 3000 });
  expect(spanMs).toBeGreaterThan(world.clock.nowMs() - begunMs + 3 * 60_000);
});

test("a default action, a service without users, and what people say of it", async () => {
  const world = await open({ production: "default-action", requestsPerSecond: 0 });
  const { advice, facts } = await asked(world);
  expect(facts.traffic).toBeUndefined();
  expect(advice).toMatchObject({ strategy: "blue-green", snippet: "strategy: blue-green\n" });
  expect(advice.reasons[0]).toContain("CloudWatch has no request");
  expect(advice.warnings.join("\n")).toContain("a listener's default action");
  expect((await asked(world, { spareTasks: "1" })).advice.strategy).toBe("rolling");
  expect((await asked(world, { oneVersion: true })).advice.reasons[0]).toContain("side by side");
});

test("what cannot be advised on is said, with a status", async () => {
  const world = await open({ requestsPerSecond: 0 });
  const nowhere = TEST_RULE.replace(/[0-9a-f]{4}$/, "0000");
  expect(await adviseOn(world, {}, [nowhere])).toMatchObject({
    status: 1,
    out: "",
    err: expect.stringContaining(`- ${nowhere}: there is no such listener rule`),
  });
  expect(await adviseOn(world, { service: "cart" })).toMatchObject({
    status: 1,
    err: expect.stringContaining('the spec has no service "cart"'),
  });
  expect(await adviseOn(world, { spareTasks: "many" })).toMatchObject({
    status: 2,
    err: expect.stringContaining("--spare-tasks: expected a whole number of tasks, got many"),
  });
  expect(await adviseOn(world, { spec: join(folder, "missing.yml") })).toMatchObject({
    status: 2,
    err: expect.stringContaining("cannot be read"),
  });
  const bad = join(folder, "bad.yml");
  await writeFile(bad, "version: 1\n");
  expect(await adviseOn(world, { spec: bad })).toMatchObject({
    status: 1,
    err: expect.stringContaining("service  is missing"),
  });
});
