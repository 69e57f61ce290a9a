import { expect, test } from "vitest";
import { firstSettings } from "../../../src/aws/first-task-set.ts";
import { releasedDefinition } from "../../../src/aws/released-definition.ts";
import { spec } from "../core/world.ts";

const settings = (given: object | undefined) => firstSettings(spec({ "first-task-set": given }));

test.each<[string, object | undefined, object]>([
  ["nothing", undefined, {}],
  [
    "Fargate in private subnets",
    { subnets: ["subnet-0a", "subnet-0b"], "security-groups": ["sg-0a"] },
    {
      launchType: "FARGATE",
      networkConfiguration: {
        awsvpcConfiguration: {
          subnets: ["subnet-0a", "subnet-0b"],
          securityGroups: ["sg-0a"],
          assignPublicIp: "DISABLED",
        },
      },
    },
  ],
  [
    "Fargate with a public address and a platform version",
    { subnets: ["subnet-0a"], "assign-public-ip": true, "platform-version": "1.4.0" },
    {
      launchType: "FARGATE",
      platformVersion: "1.4.0",
      networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0a"], assignPublicIp: "ENABLED" } },
    },
  ],
  ["instances", { "launch-type": "EC2" }, { launchType: "EC2" }],
  [
    "instances in subnets",
    { "launch-type": "EC2", subnets: ["subnet-0a"] },
    { launchType: "EC2", networkConfiguration: { awsvpcConfiguration: { subnets: ["subnet-0a"] } } },
  ],
])("first-task-set as CreateTaskSet takes it: %s", (_name, given, expected) => {
  expect(settings(given)).toEqual(expected);
});

test.each<[string, Readonly<Record<string, unknown>>, object]>([
  ["nothing", {}, { networkMode: undefined, containers: [] }],
  [
    "containers with and without ports",
    {
      networkMode: "awsvpc",
      containerDefinitions: [
        { name: "app", portMappings: [{ containerPort: 8080, hostPort: 80 }, { containerPortRange: "1-9" }] },
        { name: "log" },
      ],
    },
    {
      networkMode: "awsvpc",
      containers: [
        { name: "app", ports: [8080] },
        { name: "log", ports: [] },
      ],
    },
  ],
  [
    "a file in which things are of another kind",
    { networkMode: 1, containerDefinitions: ["app", { portMappings: "80" }, null] },
    { networkMode: undefined, containers: [{ name: "", ports: [] }] },
  ],
])("of a task definition: %s", (_name, definition, expected) => {
  expect(releasedDefinition(definition)).toEqual(expected);
});
