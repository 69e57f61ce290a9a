import { CloudWatchClient, DescribeAlarmsCommand, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import {
  CreateTaskSetCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterDaemonTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import {
  DescribeRulesCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
  ModifyTargetGroupAttributesCommand,
  SetRulePrioritiesCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import { createSts } from "../../../../sandbox/sts/sts.ts";
import { createWireServer, type WireServer } from "../../../../sandbox/wire/server.ts";
import { AwsError, type Service } from "../../../../sandbox/wire/service.ts";

const ruleArn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener-rule/app/web/1/2/3";
const startMs = Date.UTC(2026, 0, 5, 9, 30, 15, 250);

let inputs: unknown[];
let server: WireServer;

function stub(name: string, answers: Record<string, unknown>): Service {
  const operations = Object.entries(answers).map(([operation, answer]) => [
    operation,
    (input: unknown) => {
      inputs.push(input);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  ]);
  return { name, operations: Object.fromEntries(operations) };
}

const services = (): Service[] => [
  createSts({ accountId: "111122223333" }),
  stub("ecs", {
    CreateTaskSet: { taskSet: { id: "ecs-svc/1", createdAt: new Date(startMs), unknownToTheModel: 1 } },
    DescribeServices: new AwsError("ClusterNotFoundException", "Cluster not found."),
    RunTask: new TypeError("a defect"),
  }),
  stub("elasticloadbalancing", {
    DescribeRules: {
      Rules: [
        {
          RuleArn: ruleArn,
          Priority: "10",
          IsDefault: false,
          Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/a&b/*", "<c>"] } }],
          Actions: [
            {
              Type: "forward",
              ForwardConfig: {
                TargetGroups: [{ TargetGroupArn: "blue", Weight: 0 }],
                TargetGroupStickinessConfig: { Enabled: false },
              },
            },
          ],
        },
      ],
    },
    ModifyRule: new AwsError("RuleNotFound", "One or more rules not found & none else"),
    ModifyTargetGroupAttributes: {},
    SetRulePriorities: {},
    DeleteRule: {},
    DescribeLoadBalancers: {
      LoadBalancers: [{ LoadBalancerName: "web", CreatedTime: new Date(startMs) }],
    },
  }),
  stub("monitoring", {
    GetMetricData: {
      MetricDataResults: [
        { Id: "m1", Timestamps: [new Date(startMs)], Values: [1.5], StatusCode: "Complete" },
      ],
    },
    DescribeAlarms: new AwsError("InvalidParameterValue", "The token is no good"),
  }),
];

const config = () => ({
  endpoint: server.url,
  region: "eu-west-1",
  credentials: { accessKeyId: "AKIDSANDBOX", secretAccessKey: "secret" },
  maxAttempts: 1,
});
const authorization = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=AKID/20260105/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

function post(service: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      ...(service === "" ? {} : { authorization: authorization(service) }),
      ...headers,
    },
    body,
  });
}

beforeEach(async () => {
  inputs = [];
  server = await createWireServer({ services: services(), clock: new VirtualClock(startMs) });
});
afterEach(() => server.close());

describe("the SDK's clients", () => {
  test("ECS: input and output pass in the model's shape, timestamps with their milliseconds", async () => {
    const input = {
      cluster: "shop",
      service: "orders",
      taskDefinition: "orders:2",
      scale: { value: 33.5, unit: "PERCENT" as const },
      tags: [{ key: "a", value: "b" }],
    };
    const { taskSet } = await new ECSClient(config()).send(new CreateTaskSetCommand(input));
    expect(inputs).toEqual([expect.objectContaining(input)]);
    expect(taskSet).toEqual({ id: "ecs-svc/1", createdAt: new Date(startMs) });
  });

  test("ECS: an error is the model's exception with its message", async () => {
    const call = new ECSClient(config()).send(new DescribeServicesCommand({ services: ["x"] }));
    await expect(call).rejects.toMatchObject({
      name: "ClusterNotFoundException",
      message: "Cluster not found.",
      $metadata: { httpStatusCode: 400, requestId: expect.stringMatching(/^[0-9a-f]{8}-/) },
    });
  });

  test("ELBv2: nested lists, weight 0, booleans and markup survive the XML", async () => {
    const { Rules } = await new ElasticLoadBalancingV2Client(config()).send(new DescribeRulesCommand({}));
    expect(Rules?.[0]).toMatchObject({
      IsDefault: false,
      Conditions: [{ PathPatternConfig: { Values: ["/a&b/*", "<c>"] } }],
      Actions: [{ ForwardConfig: { TargetGroups: [{ Weight: 0 }] } }],
    });
  });

  test("ELBv2: a forward action arrives as it was sent; its error has the Query code", async () => {
    const actions = [
      {
        Type: "forward" as const,
        Order: 2,
        ForwardConfig: {
          TargetGroups: [
            { TargetGroupArn: "blue", Weight: 95 },
            { TargetGroupArn: "green", Weight: 5 },
          ],
          TargetGroupStickinessConfig: { Enabled: true, DurationSeconds: 60 },
        },
      },
    ];
    const call = new ElasticLoadBalancingV2Client(config()).send(
      new ModifyRuleCommand({ RuleArn: ruleArn, Actions: actions, Conditions: [] }),
    );
    await expect(call).rejects.toMatchObject({
      name: "RuleNotFoundException",
      message: "One or more rules not found & none else",
      Code: "RuleNotFound",
    });
    expect(inputs).toEqual([{ RuleArn: ruleArn, Actions: actions, Conditions: [] }]);
  });

  test("ELBv2: more than nine list items keep their order", async () => {
    const Attributes = Array.from({ length: 12 }, (_, index) => ({ Key: `k${index}`, Value: `${index}` }));
    const command = new ModifyTargetGroupAttributesCommand({ TargetGroupArn: "blue", Attributes });
    await new ElasticLoadBalancingV2Client(config()).send(command);
    expect(inputs).toEqual([{ TargetGroupArn: "blue", Attributes }]);
  });

  test("CloudWatch: timestamps both ways, and errors that old Query clients understand", async () => {
    const client = new CloudWatchClient(config());
    const query = new GetMetricDataCommand({
      MetricDataQueries: [],
      StartTime: new Date(startMs - 60_000),
      EndTime: new Date(startMs),
    });
    const { MetricDataResults } = await client.send(query);
    expect(MetricDataResults?.[0]?.Timestamps).toEqual([new Date(startMs)]);
    expect(inputs[0]).toMatchObject({ StartTime: new Date(startMs - 60_000), EndTime: new Date(startMs) });
    await expect(client.send(new DescribeAlarmsCommand({}))).rejects.toMatchObject({
      name: "InvalidParameterValueException",
      message: "The token is no good",
      Error: { Code: "InvalidParameterValue", Type: "Sender" },
    });
  });

  test("STS: GetCallerIdentity names the sandbox's user", async () => {
    const identity = await new STSClient(config()).send(new GetCallerIdentityCommand({}));
    expect(identity).toMatchObject({
      Account: "111122223333",
      Arn: "arn:aws:iam::111122223333:user/sandbox",
    });
  });

  test("an operation that the sandbox does not have says so", async () => {
    const call = new ECSClient(config()).send(
      new RegisterDaemonTaskDefinitionCommand({ family: "x", containerDefinitions: [] }),
    );
    await expect(call).rejects.toMatchObject({
      name: "UnknownOperationException",
      message: "The sandbox does not implement ecs:RegisterDaemonTaskDefinition.",
    });
  });

  test("a defect of the sandbox is a 500 that is logged, not a hanging client", async () => {
    const lines: string[] = [];
    const other = await createWireServer({
      services: services(),
      clock: new VirtualClock(),
      log: (line) => lines.push(line),
    });
    const headers = {
      authorization: authorization("ecs"),
      "x-amz-target": "AmazonEC2ContainerServiceV20141113.RunTask",
    };
    const response = await fetch(other.url, { method: "POST", headers, body: '{"taskDefinition":"x"}' });
    await other.close();
    expect(response.status).toBe(500);
    expect(lines).toEqual([expect.stringContaining("a defect")]);
  });
});

describe("Query by hand, as the AWS CLI and older SDKs send it", () => {
  test("the service follows from Version when the scope does not tell", async () => {
    const response = await post("", "Action=DescribeRules&Version=2015-12-01");
    expect(response.status).toBe(403);
    expect(await response.text()).toContain(
      "<Error><Type>Sender</Type><Code>MissingAuthenticationToken</Code><Message>Request is missing Authentication Token</Message>",
    );
  });

  test("empty lists, unknown parameters and nested lists", async () => {
    const body =
      "Action=ModifyRule&Version=2015-12-01&RuleArn=r&Conditions=&Nonsense.member.1=x" +
      "&Actions.member.1.Type=forward&Actions.member.1.ForwardConfig.TargetGroups.member.2.TargetGroupArn=b" +
      "&Actions.member.1.ForwardConfig.TargetGroups.member.1.TargetGroupArn=a%2Fb%20c";
    await post("elasticloadbalancing", body);
    expect(inputs).toEqual([
      {
        RuleArn: "r",
        Conditions: [],
        Actions: [
          {
            Type: "forward",
            ForwardConfig: { TargetGroups: [{ TargetGroupArn: "a/b c" }, { TargetGroupArn: "b" }] },
          },
        ],
      },
    ]);
  });

  test("an answer without members still has its result element", async () => {
    const response = await post("elasticloadbalancing", "Action=DeleteRule&Version=2015-12-01&RuleArn=r");
    expect(response.headers.get("content-type")).toBe("text/xml");
    expect(await response.text()).toMatch(
      /^<DeleteRuleResponse xmlns="http:\/\/elasticloadbalancing\.amazonaws\.com\/doc\/2015-12-01\/"><DeleteRuleResult\s?\/><ResponseMetadata><RequestId>[0-9a-f-]{36}<\/RequestId><\/ResponseMetadata><\/DeleteRuleResponse>$/,
    );
  });

  test("timestamps are ISO 8601", async () => {
    const response = await post("elasticloadbalancing", "Action=DescribeLoadBalancers&Version=2015-12-01");
    expect(await response.text()).toContain("<CreatedTime>2026-01-05T09:30:15.250Z</CreatedTime>");
  });

  test("CloudWatch answers Query too, with the Query codes", async () => {
    const body = "Action=DescribeAlarms&Version=2010-08-01&AlarmNames.member.1=x";
    const response = await post("monitoring", body);
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("<Code>InvalidParameterValue</Code>");
    expect(inputs).toEqual([{ AlarmNames: ["x"] }]);
  });

  test.each([
    [
      "an unknown action",
      "Action=Dance&Version=2015-12-01",
      "InvalidAction",
      "Could not find operation Dance",
    ],
    [
      "another version of the service",
      "Action=DescribeRules&Version=2012-06-01",
      "InvalidAction",
      "Could not find operation DescribeRules for version 2012-06-01",
    ],
    [
      "one that is not implemented",
      "Action=CreateTrustStore&Version=2015-12-01",
      "InvalidAction",
      "The sandbox does not implement elasticloadbalancing:CreateTrustStore.",
    ],
    [
      "a missing member",
      "Action=DeleteRule&Version=2015-12-01",
      "ValidationError",
      "1 validation error detected: Value null at &apos;ruleArn&apos; failed to satisfy constraint: Member must not be null",
    ],
    [
      "a nested value out of range",
      "Action=ModifyRule&Version=2015-12-01&RuleArn=r&Actions.member.1.Type=forward&Actions.member.1.ForwardConfig.TargetGroups.member.1.Weight=1000",
      "ValidationError",
      "Value &apos;1000&apos; at &apos;actions.1.member.forwardConfig.targetGroups.1.member.weight&apos; failed to satisfy constraint: Member must have value less than or equal to 999",
    ],
    [
      "a word for a number",
      "Action=DescribeRules&Version=2015-12-01&PageSize=many",
      "MalformedInput",
      "can not be converted to a Number",
    ],
  ])("%s", async (_case, body, code, message) => {
    const response = await post("elasticloadbalancing", body);
    const text = (await response.text()).replaceAll("'", "&apos;");
    expect(response.status).toBe(400);
    expect(text).toContain(`<Code>${code}</Code>`);
    expect(text).toContain(message);
    expect(inputs).toEqual([]);
  });
});

describe("JSON by hand", () => {
  const ecs = (operation: string, body: string) =>
    post("ecs", body, {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonEC2ContainerServiceV20141113.${operation}`,
    });
  const needed = '"cluster":"c","service":"s","taskDefinition":"t"';

  test.each([
    ["not JSON", "{", "SerializationException", "not valid JSON"],
    ["a number for a string", '{"cluster":1}', "SerializationException", "NUMBER_VALUE can not be converted"],
    [
      "a missing member",
      '{"cluster":"c","service":"s"}',
      "InvalidParameterException",
      "TaskDefinition can not be",
    ],
    [
      "a nested missing member",
      `{${needed},"networkConfiguration":{"awsvpcConfiguration":{}}}`,
      "InvalidParameterException",
      "Subnets can not be blank.",
    ],
    [
      "a scale above 100",
      `{${needed},"scale":{"value":101}}`,
      "InvalidParameterException",
      "less than or equal to 100",
    ],
    [
      "a scale below 0",
      `{${needed},"scale":{"value":-1}}`,
      "InvalidParameterException",
      "greater than or equal to 0",
    ],
    [
      "a unit",
      `{${needed},"scale":{"unit":"COUNT"}}`,
      "InvalidParameterException",
      "enum value set: [PERCENT]",
    ],
    [
      "a long client token",
      `{${needed},"clientToken":"${"x".repeat(37)}"}`,
      "InvalidParameterException",
      "length less than or equal to 36",
    ],
  ])("%s is refused and nothing runs", async (_case, body, code, message) => {
    const response = await ecs("CreateTaskSet", body);
    expect(response.status).toBe(400);
    expect(response.headers.get("x-amzn-errortype")).toBe(code);
    expect(await response.json()).toEqual({ __type: code, message: expect.stringContaining(message) });
    expect(inputs).toEqual([]);
  });

  test("nulls and unknown members count as absent", async () => {
    const response = await ecs("CreateTaskSet", `{${needed},"scale":null,"nonsense":[1]}`);
    expect(response.headers.get("content-type")).toBe("application/x-amz-json-1.1");
    expect(await response.json()).toEqual({ taskSet: { id: "ecs-svc/1", createdAt: startMs / 1000 } });
    expect(inputs).toEqual([{ cluster: "c", service: "s", taskDefinition: "t" }]);
  });

  test("an unknown target", async () => {
    const response = await post("lambda", "{}", { "x-amz-target": "AWSLambda.Invoke" });
    expect(await response.json()).toMatchObject({ __type: "UnknownOperationException" });
  });
});

test("a presigned GET is a Query call as well", async () => {
  const scope = encodeURIComponent("AKID/20260105/eu-west-1/sts/aws4_request");
  const response = await fetch(
    `${server.url}/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Credential=${scope}`,
  );
  expect(response.status).toBe(200);
  expect(await response.text()).toContain("<Arn>arn:aws:iam::111122223333:user/sandbox</Arn>");
});

test("paths that are not AWS's go elsewhere, and are no calls", async () => {
  expect((await fetch(`${server.url}/sandbox/faults`)).status).toBe(404);
  const other = await createWireServer({
    services: [],
    clock: new VirtualClock(),
    elsewhere: (request, response) => response.end(`elsewhere: ${request.url}`),
  });
  const text = await (await fetch(`${other.url}/sandbox/faults`)).text();
  await other.close();
  expect(text).toBe("elsewhere: /sandbox/faults");
  expect(server.calls.calls).toEqual([]);
});

test("a body larger than any AWS request is refused", async () => {
  const response = await post("sts", "x".repeat(4 * 1024 * 1024 + 1));
  expect(response.status).toBe(413);
});

test("a port that is taken is an error, not a hang", async () => {
  const again = createWireServer({ services: [], clock: new VirtualClock(), port: server.port });
  await expect(again).rejects.toThrow(/EADDRINUSE/);
});

test("the log keeps every call with its outcome, and tells listeners", async () => {
  const heard: number[] = [];
  const stop = server.calls.listen((call) => heard.push(call.seq));
  const elbv2 = new ElasticLoadBalancingV2Client(config());
  await elbv2.send(new DescribeRulesCommand({}));
  await elbv2.send(new SetRulePrioritiesCommand({ RulePriorities: [{ RuleArn: ruleArn, Priority: 7 }] }));
  stop();
  await elbv2.send(new ModifyRuleCommand({ RuleArn: ruleArn })).catch(() => undefined);
  expect(heard).toEqual([1, 2]);
  const facts = server.calls.calls.map(({ seq, action, write, outcome, answer }) => ({
    seq,
    action,
    write,
    outcome,
    answer,
  }));
  expect(facts).toEqual([
    { seq: 1, action: "elasticloadbalancing:DescribeRules", write: false, outcome: "ok", answer: "ok" },
    { seq: 2, action: "elasticloadbalancing:SetRulePriorities", write: true, outcome: "ok", answer: "ok" },
    {
      seq: 3,
      action: "elasticloadbalancing:ModifyRule",
      write: true,
      outcome: "RuleNotFound",
      answer: "RuleNotFound",
    },
  ]);
  expect(server.calls.writes().map(({ input }) => input)).toEqual([
    { RulePriorities: [{ RuleArn: ruleArn, Priority: 7 }] },
  ]);
  expect(server.calls.calls[0]).toMatchObject({ atMs: startMs, accessKeyId: "AKIDSANDBOX" });
});
