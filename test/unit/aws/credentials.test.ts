import { DescribeClustersCommand } from "@aws-sdk/client-ecs";
import { DescribeRulesCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { VirtualClock } from "../../../sandbox/clock.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { type Clients, createClients } from "../../../src/aws/clients.ts";
import { sessionNameOf, webIdentityCredentials } from "../../../src/aws/credentials.ts";
import { SluiceError } from "../../../src/core/errors.ts";
import { setEnvironment } from "../../environment.ts";
import { openAccount } from "./account.ts";

const ROLE = "arn:aws:iam::123456789012:role/orders-release";
const ASSUME = "sts:AssumeRoleWithWebIdentity";
const HOUR_MS = 3_600_000;

let clock: VirtualClock;
let sandbox: Sandbox;
let restore: () => void;
let tokens: number;

beforeEach(async () => {
  clock = new VirtualClock();
  tokens = 0;
  sandbox = await openAccount({ clock });
  restore = setEnvironment({ AWS_ENDPOINT_URL: sandbox.endpoint });
});

afterEach(async () => {
  restore();
  await sandbox.close();
});

const payload = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.signed`;

/** GitHub's tokens last five minutes here, so a role cannot be assumed with an old one. */
async function fetchToken(): Promise<string> {
  tokens++;
  return payload({
    aud: "sts.amazonaws.com",
    sub: "repo:acme/orders:environment:production",
    exp: clock.nowMs() / 1000 + 300,
  });
}

function open(more: Partial<Parameters<typeof webIdentityCredentials>[0]> = {}): Clients {
  const credentials = webIdentityCredentials({
    roleArn: ROLE,
    sessionName: "sluice-r1",
    region: "eu-west-1",
    fetchToken,
    nowMs: () => clock.nowMs(),
    ...more,
  });
  return createClients("eu-west-1", credentials);
}

const look = (clients: Clients) => clients.ecs.send(new DescribeClustersCommand({}));
const assumed = () => sandbox.calls.calls.filter(({ action }) => action === ASSUME).length;
/** The keys that signed calls, without repetition, and how many calls failed. */
const keys = () => new Set(sandbox.calls.calls.map((call) => call.accessKeyId).filter(Boolean)).size;
const failed = () => sandbox.calls.calls.filter(({ answer }) => /ExpiredToken/.test(answer)).length;

test("one session for all clients, and a new one with a new token before each ends", async () => {
  const clients = open();
  await Promise.all([look(clients), clients.elb.send(new DescribeRulesCommand({})).catch(() => undefined)]);
  for (let minute = 0; minute < 180; minute++) {
    await look(clients);
    await clock.advance(60_000);
  }
  expect({ assumed: assumed(), tokens, keys: keys(), failed: failed() }).toEqual({
    assumed: 4,
    tokens: 4,
    keys: 4,
    failed: 0,
  });
});

test("it is renewed five minutes before its end", async () => {
  const clients = open();
  await look(clients);
  await clock.advance(HOUR_MS - 300_001);
  await look(clients);
  expect(assumed()).toBe(1);
  await clock.advance(1);
  await look(clients);
  await vi.waitFor(() => expect(assumed()).toBe(2));
});

test("sessions of seconds are renewed in time", async () => {
  sandbox.settings.sessionSeconds = 6;
  const clients = open();
  for (let second = 0; second < 30; second++) {
    await look(clients);
    await clock.advance(1_000);
  }
  expect(failed()).toBe(0);
  expect(keys()).toBeGreaterThan(4);
});

describe("a renewal that fails", () => {
  test("keeps nobody waiting while the session lasts", async () => {
    const clients = open();
    await look(clients);
    await clock.advance(HOUR_MS - 200_000);
    sandbox.faults.add({ kind: "timeout", operation: ASSUME, times: 1 });
    await look(clients);
    await vi.waitFor(() => expect(sandbox.faults.list()).toEqual([]));
    for (let second = 0; second < 9; second++) {
      await clock.advance(1_000);
      await look(clients);
    }
    expect({ tokens, keys: keys() }).toEqual({ tokens: 2, keys: 1 });
  });

  test("is tried again every ten seconds", async () => {
    const clients = open({
      fetchToken: async () => {
        if (tokens++ > 0 && tokens < 4) throw new SluiceError("transient", "GitHub gave no OIDC token: 503");
        return payload({});
      },
    });
    await look(clients);
    await clock.advance(HOUR_MS - 200_000);
    for (let second = 0; second < 25; second++) {
      await look(clients);
      await clock.advance(1_000);
    }
    await vi.waitFor(() => expect({ tokens, assumed: assumed() }).toEqual({ tokens: 4, assumed: 2 }));
  });

  test("is transient at the end, and the ended session is never used", async () => {
    sandbox.settings.sessionSeconds = 60;
    const clients = open();
    await look(clients);
    sandbox.faults.add({ kind: "throttle", operation: ASSUME });
    await clock.advance(55_000);
    await expect(look(clients)).rejects.toMatchObject({ kind: "transient" });
    expect(failed()).toBe(0);
    sandbox.faults.clear();
    await look(clients);
  }, 20_000);

  test("GitHub's trouble is what it says of itself", async () => {
    const error = new SluiceError("transient", "GitHub gave no OIDC token: 503");
    await expect(look(open({ fetchToken: () => Promise.reject(error) }))).rejects.toBe(error);
  });
});

test.each([
  ["InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider", "transient"],
  ["IDPCommunicationError", "Unable to communicate with the provider", "transient"],
  ["ExpiredTokenException", "Token expired", "transient"],
])("may pass: %s", async (code, message, kind) => {
  sandbox.faults.add({ kind: "error", code, message, operation: ASSUME });
  await expect(look(open())).rejects.toMatchObject({ kind });
});

describe("a role that may not be assumed", () => {
  test("the conditions that its trust policy would need", async () => {
    const roleArn = "arn:aws:iam::210987654321:role/orders-release";
    await expect(look(open({ roleArn }))).rejects.toMatchObject({
      kind: "aws",
      message: expect.stringContaining(roleArn),
      hint: expect.stringContaining(
        'token.actions.githubusercontent.com:sub "repo:acme/orders:environment:production"',
      ),
    });
  });

  test("no identity provider", async () => {
    const message = "No OpenIDConnect provider found in your account";
    sandbox.faults.add({ kind: "error", code: "InvalidIdentityToken", message, operation: ASSUME });
    await expect(look(open())).rejects.toMatchObject({
      kind: "aws",
      hint: expect.stringContaining("https://token.actions.githubusercontent.com"),
    });
  });

  test("an ARN that is none", async () => {
    await expect(look(open({ roleArn: "arn:aws:iam::role/orders-release" }))).rejects.toMatchObject({
      kind: "configuration",
      hint: expect.stringContaining("role-to-assume"),
    });
  });
});

test("a session that AWS calls ended before its time is replaced, and the call made again", async () => {
  const clients = open();
  await look(clients);
  const first = sandbox.calls.calls.at(-1)?.accessKeyId ?? "";
  sandbox.faults.add({ kind: "error", code: "ExpiredToken", status: 403, accessKeyId: first });
  await look(clients);
  expect({ keys: keys(), failed: failed(), counted: clients.calls.get("DescribeClusters") }).toEqual({
    keys: 2,
    failed: 1,
    counted: 2,
  });
});

test.each([
  ["4711", "sluice-4711"],
  ["acme/orders: v2", "sluice-acme-orders--v2"],
  ["ä".repeat(100), `sluice-${"-".repeat(57)}`],
])("the session of rollout %j", (rollout, name) => {
  expect(sessionNameOf(rollout)).toBe(name);
});
