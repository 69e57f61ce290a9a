import { DescribeClustersCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  STSClient,
} from "@aws-sdk/client-sts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import type { Sandbox } from "../../../../sandbox/sandbox.ts";
import { clientConfig, openAccount } from "../../aws/account.ts";

const ROLE = "arn:aws:iam::123456789012:role/deploy/orders-release";

let clock: VirtualClock;
let sandbox: Sandbox;

beforeEach(async () => {
  clock = new VirtualClock();
  sandbox = await openAccount({ clock });
});

afterEach(() => sandbox.close());

/** A JSON Web Token, but for its signature. */
const token = (claims: object) =>
  ["{}", JSON.stringify(claims), "signed"].map((part) => Buffer.from(part).toString("base64url")).join(".");

const assume = (input: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
  new STSClient({ endpoint: sandbox.endpoint, region: "eu-west-1", maxAttempts: 1 }).send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: ROLE,
      RoleSessionName: "sluice-r1",
      WebIdentityToken: token({ sub: "repo:acme/orders:ref:refs/heads/main", aud: "sts.amazonaws.com" }),
      ...input,
    }),
  );

async function session(input: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) {
  const { Credentials } = await assume(input);
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials ?? {};
  const credentials = {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
  };
  return { ...clientConfig(sandbox), credentials };
}

test("a session has keys of its own, an end, and the token's subject", async () => {
  const startMs = clock.nowMs();
  const [one, two] = [await assume(), await assume({ DurationSeconds: 900 })];
  expect(one).toMatchObject({
    AssumedRoleUser: {
      Arn: "arn:aws:sts::123456789012:assumed-role/orders-release/sluice-r1",
      AssumedRoleId: expect.stringMatching(/^AROA[0-9A-Z]{17}:sluice-r1$/),
    },
    Audience: "sts.amazonaws.com",
    SubjectFromWebIdentityToken: "repo:acme/orders:ref:refs/heads/main",
    Credentials: { AccessKeyId: expect.stringMatching(/^ASIA[0-9A-Z]{16}$/) },
  });
  expect(one.Credentials?.Expiration?.getTime()).toBe(startMs + 3_600_000);
  expect(two.Credentials?.Expiration?.getTime()).toBe(startMs + 900_000);
  expect(two.Credentials?.AccessKeyId).not.toBe(one.Credentials?.AccessKeyId);
});

test("its caller is the assumed role, in denials too", async () => {
  const config = await session();
  const arn = "arn:aws:sts::123456789012:assumed-role/orders-release/sluice-r1";
  expect(await new STSClient(config).send(new GetCallerIdentityCommand({}))).toMatchObject({ Arn: arn });
  sandbox.faults.enforce({ Version: "2012-10-17", Statement: [] });
  await expect(new ECSClient(config).send(new DescribeClustersCommand({}))).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: expect.stringContaining(`User: ${arn} is not authorized`),
  });
  await expect(assume()).resolves.toBeDefined();
});

test("calls signed with a session's keys are refused once it has ended", async () => {
  sandbox.settings.sessionSeconds = 10;
  const config = await session();
  const ecs = new ECSClient(config);
  await clock.advance(9_999);
  await ecs.send(new DescribeClustersCommand({}));
  await clock.advance(1);
  await expect(ecs.send(new DescribeClustersCommand({}))).rejects.toMatchObject({
    name: "ExpiredTokenException",
    $metadata: { httpStatusCode: 403 },
  });
  await expect(
    new ElasticLoadBalancingV2Client(config).send(new DescribeRulesCommand({})),
  ).rejects.toMatchObject({ name: "ExpiredToken", $metadata: { httpStatusCode: 403 } });
  await expect(new STSClient(config).send(new GetCallerIdentityCommand({}))).rejects.toMatchObject({
    name: "ExpiredToken",
  });
  await expect(
    new ECSClient(clientConfig(sandbox)).send(new DescribeClustersCommand({})),
  ).resolves.toBeDefined();
});

test.each([
  ["a session shorter than 15 minutes", { DurationSeconds: 899 }, "ValidationError"],
  ["one longer than 12 hours", { DurationSeconds: 43_201 }, "ValidationError"],
  ["a session's name with a space", { RoleSessionName: "sluice r1" }, "ValidationError"],
  ["a name too short", { RoleSessionName: "s" }, "ValidationError"],
  ["no role's ARN", { RoleArn: "arn:aws:iam::123456789012:user/orders-release" }, "ValidationError"],
  ["a role of another account", { RoleArn: "arn:aws:iam::210987654321:role/orders-release" }, "AccessDenied"],
  ["no token", { WebIdentityToken: "" }, "ValidationError"],
  ["a token that has expired", { WebIdentityToken: token({ exp: 1_700_000_000 }) }, "ExpiredTokenException"],
])("is refused: %s", async (_name, input, code) => {
  await expect(assume(input)).rejects.toMatchObject({ name: code });
});
