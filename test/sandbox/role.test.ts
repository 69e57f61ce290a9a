import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openWorld, type World } from "./world.ts";

/** The action assumes its role itself, by OIDC tokens of a runner, with sessions of a few real seconds. */

const ROLE = "arn:aws:iam::123456789012:role/orders-release";
const SESSION_SECONDS = 5;

let world: World;
let github: Server;
let tokens: number;

beforeEach(async () => {
  tokens = 0;
  github = createServer((_request, response) => response.end(JSON.stringify({ value: `token-${++tokens}` })));
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  world = await openWorld({ settings: { sessionSeconds: SESSION_SECONDS } });
});

afterEach(async () => {
  await world?.close();
  github.closeAllConnections();
  await new Promise((resolve) => github.close(resolve));
});

const job = (runId: string, environment: Readonly<Record<string, string>>) => ({
  runId,
  image: "orders:2",
  inputs: { "role-to-assume": ROLE },
  environment,
});

test("a rollout outlives its sessions, each of a new token that the log masks", async () => {
  const load = world.load(40);
  const result = await world.run(
    job("8001", {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}/?v=2`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "bearer",
    }),
  );
  expect(result.exitCode, result.log).toBe(0);
  const { sessions } = world.sandbox;
  const { calls } = world.sandbox.calls;
  const signers = new Set(calls.map(({ accessKeyId }) => accessKeyId).filter(Boolean));
  expect(signers.size).toBeGreaterThan(2);
  expect([...signers].filter((key) => !key.startsWith("ASIA"))).toEqual([]);
  const endOf = (key: string): number => sessions.identityOf(key)?.endMs ?? Number.NEGATIVE_INFINITY;
  const signedTooLate = calls.filter(
    ({ accessKeyId, signedAtMs = 0 }) => accessKeyId !== "" && signedAtMs >= endOf(accessKeyId),
  );
  expect(signedTooLate, "by a session that had ended").toEqual([]);
  expect(tokens).toBeGreaterThanOrEqual(signers.size);
  for (const number of Array.from({ length: tokens }, (_, index) => index + 1)) {
    expect(result.log).toContain(`::add-mask::token-${number}\n`);
  }
  expect(world.sandbox.monitor.violations).toEqual([]);
  await load.stop();
});

test("a job that may not have a token is told which permission to ask for", async () => {
  const result = await world.run(job("8002", {}));
  expect(result.exitCode).toBe(1);
  expect(result.log).toContain("id-token: write");
  expect(world.sandbox.calls.calls).toEqual([]);
});
