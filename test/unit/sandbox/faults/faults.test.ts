import { CloudWatchClient, ListMetricsCommand } from "@aws-sdk/client-cloudwatch";
import { CreateTaskSetCommand, DescribeServicesCommand, ECSClient } from "@aws-sdk/client-ecs";
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { accountLimits } from "../../../../sandbox/faults/buckets.ts";
import { createFaults, type Faults } from "../../../../sandbox/faults/faults.ts";
import { parsePolicy } from "../../../../sandbox/faults/policy.ts";
import { createSts } from "../../../../sandbox/sts/sts.ts";
import { createWireServer, type WireServer } from "../../../../sandbox/wire/server.ts";

const account = { region: "eu-west-1", accountId: "111122223333" };
let clock: VirtualClock;
let faults: Faults;
let server: WireServer;
let ran: string[];
let killed: string[];
let randomNumbers: number[];

beforeEach(async () => {
  clock = new VirtualClock();
  ran = [];
  killed = [];
  randomNumbers = [];
  faults = createFaults({
    clock,
    account,
    random: () => randomNumbers.shift() ?? 0.99,
    kill: (call, when) => void killed.push(`${when} ${call.seq} ${call.operation}, ran ${ran.length}`),
  });
  const note = (operation: string) => () => {
    ran.push(operation);
    return {};
  };
  server = await createWireServer({
    clock,
    gate: faults.gate,
    services: [
      createSts(account),
      {
        name: "ecs",
        operations: { CreateTaskSet: note("CreateTaskSet"), DescribeServices: note("DescribeServices") },
      },
      { name: "elasticloadbalancing", operations: { DescribeRules: note("DescribeRules") } },
      { name: "monitoring", operations: { ListMetrics: note("ListMetrics") } },
    ],
  });
});
afterEach(() => server.close());

const config = () => ({
  endpoint: server.url,
  region: "eu-west-1",
  credentials: { accessKeyId: "AKID", secretAccessKey: "secret" },
  maxAttempts: 1,
});
const create = () =>
  new ECSClient(config()).send(
    new CreateTaskSetCommand({ cluster: "shop", service: "orders", taskDefinition: "t" }),
  );
const describeServices = () => new ECSClient(config()).send(new DescribeServicesCommand({ services: ["s"] }));
const describeRules = () => new ElasticLoadBalancingV2Client(config()).send(new DescribeRulesCommand({}));
const listMetrics = () => new CloudWatchClient(config()).send(new ListMetricsCommand({}));
/** The name of the error, or "ok". */
const outcome = (call: Promise<unknown>) =>
  call.then(
    () => "ok",
    (error: Error) => error.name,
  );

test("a throttle has each service's own code and ends after its times", async () => {
  faults.add({ kind: "throttle", operation: "ecs:*", times: 2 });
  faults.add({ kind: "throttle", operation: "DescribeRules", times: 1 });
  faults.add({ kind: "throttle", operation: "cloudwatch:List*" });
  expect(await outcome(create())).toBe("ThrottlingException");
  expect(await outcome(describeServices())).toBe("ThrottlingException");
  expect(await outcome(create())).toBe("ok");
  await expect(describeRules()).rejects.toMatchObject({ name: "Throttling", message: "Rate exceeded" });
  expect(await outcome(describeRules())).toBe("ok");
  await expect(listMetrics()).rejects.toMatchObject({ Error: { Code: "Throttling" } });
  expect(ran).toEqual(["CreateTaskSet", "DescribeRules"]);
  expect(faults.list().map(({ hits, fault }) => `${fault.operation} ${hits}`)).toEqual([
    "cloudwatch:List* 1",
  ]);
});

test("an error before the operation keeps it from running; one after it does not", async () => {
  faults.add({ kind: "error", code: "ServiceNotFoundException", operation: "CreateTaskSet", times: 1 });
  faults.add({ kind: "server-error", when: "after", operation: "CreateTaskSet", skip: 1, times: 1 });
  expect(await outcome(create())).toBe("ServiceNotFoundException");
  expect(ran).toEqual([]);
  await expect(create()).rejects.toMatchObject({
    name: "ServerException",
    $metadata: { httpStatusCode: 500 },
  });
  expect(ran).toEqual(["CreateTaskSet"]);
  expect(server.calls.calls.map(({ outcome, answer }) => `${outcome}/${answer}`)).toEqual([
    "ServiceNotFoundException/ServiceNotFoundException",
    "ok/ServerException",
  ]);
});

test("503 from a Query service is retried by the SDK as any other", async () => {
  faults.add({ kind: "server-error", status: 503, operation: "DescribeRules", times: 1 });
  const client = new ElasticLoadBalancingV2Client({ ...config(), maxAttempts: 2 });
  await client.send(new DescribeRulesCommand({}));
  expect(server.calls.calls.map(({ answer }) => answer)).toEqual(["ServiceUnavailable", "ok"]);
});

test("a lost answer has had its effect, and the log says so", async () => {
  faults.add({ kind: "lost-answer", operation: "CreateTaskSet", times: 1 });
  expect(await outcome(create())).not.toBe("ok");
  expect(ran).toEqual(["CreateTaskSet"]);
  expect(server.calls.calls).toMatchObject([{ outcome: "ok", answer: "none" }]);
});

test("a timeout leaves the client waiting and the operation undone", async () => {
  faults.add({ kind: "timeout", operation: "CreateTaskSet", times: 1 });
  const client = new ECSClient(config());
  const command = new CreateTaskSetCommand({ cluster: "c", service: "s", taskDefinition: "t" });
  const call = client.send(command, { abortSignal: AbortSignal.timeout(100) });
  expect(await outcome(call)).toMatch(/Abort|Timeout/);
  expect(ran).toEqual([]);
  expect(server.calls.calls).toMatchObject([{ outcome: "not-run", answer: "none" }]);
});

test("a delay passes on the clock, before the operation", async () => {
  faults.add({ kind: "delay", delayMs: 5000, operation: "DescribeServices" });
  const startMs = clock.nowMs();
  expect(await outcome(describeServices())).toBe("ok");
  expect(clock.nowMs() - startMs).toBe(5000);
});

test("the K-th call overall is killed before or after it runs", async () => {
  faults.add({ kind: "kill", atCall: 2 });
  faults.add({ kind: "kill", atCall: 3, when: "after" });
  expect(await outcome(describeRules())).toBe("ok");
  expect(await outcome(create())).not.toBe("ok");
  expect(await outcome(create())).not.toBe("ok");
  expect(await outcome(create())).toBe("ok");
  expect(killed).toEqual(["before 2 CreateTaskSet, ran 1", "after 3 CreateTaskSet, ran 2"]);
});

test("a probability is decided by the random numbers given", async () => {
  faults.add({ kind: "throttle", probability: 0.5 });
  randomNumbers = [0.6, 0.4, 0.5];
  const outcomes = [await outcome(create()), await outcome(create()), await outcome(create())];
  expect(outcomes).toEqual(["ok", "ThrottlingException", "ok"]);
});

test("faults can be removed, one or all", async () => {
  const id = faults.add({ kind: "throttle", operation: "ecs:*" });
  faults.remove(id);
  expect(await outcome(create())).toBe("ok");
  faults.add({ kind: "throttle" });
  faults.clear();
  expect(await outcome(create())).toBe("ok");
});

test.each([
  [{ kind: "throttle", opration: "x" }],
  [{ kind: "delay" }],
  [{ kind: "error", code: "X", status: 200 }],
  [{ kind: "explode" }],
])("a malformed fault is refused: %j", (fault) => {
  expect(() => faults.add(JSON.parse(JSON.stringify(fault)))).toThrow();
});

test("token buckets: the burst, then the refill", async () => {
  faults.limit([{ operations: ["ecs:Describe*"], burst: 2, refillPerSecond: 1 }]);
  expect([await outcome(describeServices()), await outcome(describeServices())]).toEqual(["ok", "ok"]);
  expect(await outcome(describeServices())).toBe("ThrottlingException");
  expect(await outcome(create())).toBe("ok");
  await clock.advance(1000);
  expect(await outcome(describeServices())).toBe("ok");
  expect(await outcome(describeServices())).toBe("ThrottlingException");
  await clock.advance(3_600_000);
  const afterRest = [await outcome(describeServices()), await outcome(describeServices())];
  expect([...afterRest, await outcome(describeServices())]).toEqual(["ok", "ok", "ThrottlingException"]);
  faults.limit(undefined);
  expect(await outcome(describeServices())).toBe("ok");
});

test("AWS's own limits: forty Describe calls of ELBv2 at once, not one more", async () => {
  faults.limit(accountLimits);
  const outcomes: string[] = [];
  for (let call = 0; call < 41; call++) outcomes.push(await outcome(describeRules()));
  expect(outcomes.filter((name) => name === "ok")).toHaveLength(40);
  expect(outcomes[40]).toBe("Throttling");
});

test("a policy denies in AWS's words, and never GetCallerIdentity", async () => {
  const statements = [{ Effect: "Allow", Action: ["ecs:Describe*", "cloudwatch:*"], Resource: "*" }];
  faults.enforce(parsePolicy({ Version: "2012-10-17", Statement: statements }, "policy.json"));
  await expect(create()).rejects.toMatchObject({
    name: "AccessDeniedException",
    message:
      "User: arn:aws:iam::111122223333:user/sandbox is not authorized to perform: ecs:CreateTaskSet on resource: " +
      "arn:aws:ecs:eu-west-1:111122223333:task-set/shop/orders/* because no identity-based policy allows the " +
      "ecs:CreateTaskSet action",
  });
  await expect(describeRules()).rejects.toMatchObject({
    name: "AccessDenied",
    $metadata: { httpStatusCode: 403 },
  });
  expect([await outcome(describeServices()), await outcome(listMetrics())]).toEqual(["ok", "ok"]);
  const identity = await new STSClient(config()).send(new GetCallerIdentityCommand({}));
  expect(identity.Account).toBe("111122223333");
  faults.enforce(undefined);
  expect(await outcome(create())).toBe("ok");
  expect(ran).toEqual(["DescribeServices", "ListMetrics", "CreateTaskSet"]);
});

test("a fault for one access key spares every other client", async () => {
  faults.add({ kind: "throttle", accessKeyId: "AKOTHER", times: 1 });
  expect(await outcome(create())).toBe("ok");
  expect(faults.list()).toMatchObject([{ hits: 0 }]);
  faults.add({ kind: "throttle", accessKeyId: "AKID", times: 1 });
  expect(await outcome(create())).toBe("ThrottlingException");
  expect(await outcome(create())).toBe("ok");
});
