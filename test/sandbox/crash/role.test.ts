import { afterEach, expect, test } from "vitest";
import { SluiceError } from "../../../src/core/errors.ts";
import type { JournalEvent } from "../../../src/core/journal.ts";
import type { Outcome } from "../../../src/core/outcome.ts";
import { type Phase, type RunRequest, run } from "../../../src/phases/run.ts";
import { expectAlone, expectSafe } from "./standing.ts";
import { createWorld, seededRandom, type World, type WorldOptions } from "./world.ts";

/** A role that the process assumes by itself, with sessions that end several times in the middle of a rollout. */

const ROLE = "arn:aws:iam::123456789012:role/orders-release";
const SESSION_SECONDS = 4;
const LEFT = ["sluice:aborted", "sluice:idle-group", "sluice:history"];

let world: World | undefined;

afterEach(() => world?.close());

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ ...options, settings: { sessionSeconds: SESSION_SECONDS } });
  return world;
}

interface Ended {
  readonly outcome: Outcome;
  readonly events: readonly JournalEvent[];
}

async function runAs(world: World, phase: Phase, more: Partial<RunRequest> = {}): Promise<Ended> {
  const events: JournalEvent[] = [];
  const outcome = await run({
    phase,
    spec: world.spec,
    rollout: "r1",
    approvals: 0,
    release: { source: { kind: "image", image: "orders:2" } },
    region: world.sandbox.account.region,
    roleArn: ROLE,
    fetchToken: async () => "a-token",
    record: (event) => void events.push(event),
    clock: world.clock,
    random: seededRandom(),
    signal: new AbortController().signal,
    ...more,
  });
  return { outcome, events };
}

/** Who signed, session by session; and what AWS refused for the end of a session. */
const signers = (world: World) => [
  ...new Set(world.sandbox.calls.calls.map(({ accessKeyId }) => accessKeyId).filter(Boolean)),
];
const refused = (world: World) =>
  world.sandbox.calls.calls.filter(({ answer }) => answer.startsWith("ExpiredToken"));

test("a rollout outlives its sessions", async () => {
  const world = await open();
  const startedAtMs = world.clock.nowMs();
  const { outcome, events } = await runAs(world, "rollout");
  expect(outcome).toMatchObject({ kind: "reached" });
  const tookSeconds = (world.clock.nowMs() - startedAtMs) / 1000;
  expect(tookSeconds).toBeGreaterThan(3 * SESSION_SECONDS);
  expect(signers(world).length).toBeGreaterThanOrEqual(4);
  expect(signers(world).filter((key) => !key.startsWith("ASIA"))).toEqual([]);
  expect(refused(world)).toEqual([]);
  expect(events.filter(({ kind }) => kind === "look-failed")).toEqual([]);
  await expectAlone(world, "orders-green", LEFT);
  expectSafe(world);
});

test("GitHub and STS fail for a while in the middle of a bad release: it waits, and takes it back", async () => {
  const world = await open();
  let tokens = 0;
  const fetchToken = async (): Promise<string> => {
    tokens++;
    if (tokens >= 3 && tokens <= 6) throw new SluiceError("transient", "GitHub gave no OIDC token: 503");
    return "a-token";
  };
  const release: RunRequest["release"] = { source: { kind: "image", image: "orders:3" } };
  const { outcome, events } = await runAs(world, "rollout", { release, fetchToken });
  expect(outcome).toMatchObject({ kind: "rolled-back", gate: "errors" });
  expect(events).toContainEqual(
    expect.objectContaining({ kind: "look-failed", message: "GitHub gave no OIDC token: 503" }),
  );
  expect(refused(world)).toEqual([]);
  await expectAlone(world, "orders-blue", LEFT);
  expectSafe(world);
});

test("a role that trusts nobody here ends the run before any call, and says what it would have to trust", async () => {
  const world = await open();
  const { outcome } = await runAs(world, "rollout", {
    roleArn: ROLE.replace("123456789012", "210987654321"),
  });
  expect(outcome).toMatchObject({
    kind: "failed",
    error: { kind: "aws", hint: expect.stringContaining("trust policy") },
  });
  expect(signers(world)).toEqual([]);
});

test("a role without tokens is refused", async () => {
  const world = await open();
  const { outcome } = await runAs(world, "rollout", { fetchToken: undefined });
  expect(outcome).toMatchObject({ kind: "failed", error: { kind: "configuration" } });
});
