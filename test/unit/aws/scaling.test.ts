import { afterEach, beforeEach, expect, test } from "vitest";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { type Clients, createClients } from "../../../src/aws/clients.ts";
import { readScaling, readScalingOrNote, resumeScaleIn, suspendScaleIn } from "../../../src/aws/scaling.ts";
import { setEnvironment } from "../../environment.ts";
import { CLUSTER, openAccount } from "./account.ts";

let sandbox: Sandbox;
let clients: Clients;
let restore: () => void;

beforeEach(async () => {
  sandbox = await openAccount({ scaling: { minCapacity: 2, maxCapacity: 8 } });
  restore = setEnvironment({
    AWS_ENDPOINT_URL: sandbox.endpoint,
    AWS_ACCESS_KEY_ID: "AKIA0000000000000000",
    AWS_SECRET_ACCESS_KEY: "not-a-secret",
  });
  clients = createClients("eu-west-1");
});

afterEach(async () => {
  restore();
  await sandbox.close();
});

const read = (service = "orders") => readScaling(clients, CLUSTER, service);
const call = (operation: string, input: object = {}) =>
  sandbox.autoscaling.service.operations[operation]?.(
    {
      ServiceNamespace: "ecs",
      ResourceId: "service/shop/orders",
      ScalableDimension: "ecs:service:DesiredCount",
      ...input,
    },
    { operation, accessKeyId: "somebody-else" },
  );
const target = () => Object(call("DescribeScalableTargets", { ResourceIds: ["service/shop/orders"] }));
const DENIED = { kind: "error", code: "AccessDeniedException", status: 400 } as const;

test("suspended and resumed, and read back", async () => {
  expect(await read()).toEqual({ scaleInSuspended: false });
  await suspendScaleIn(clients, CLUSTER, "orders");
  expect(await read()).toEqual({ scaleInSuspended: true });
  await resumeScaleIn(clients, CLUSTER, "orders");
  expect(await read()).toEqual({ scaleInSuspended: false });
});

test("what people have set stays", async () => {
  await call("RegisterScalableTarget", {
    SuspendedState: { DynamicScalingOutSuspended: true, ScheduledScalingSuspended: true },
  });
  await suspendScaleIn(clients, CLUSTER, "orders");
  expect(target().ScalableTargets).toMatchObject([
    {
      MinCapacity: 2,
      MaxCapacity: 8,
      SuspendedState: {
        DynamicScalingInSuspended: true,
        DynamicScalingOutSuspended: true,
        ScheduledScalingSuspended: true,
      },
    },
  ]);
});

test("a service that nothing scales is left alone", async () => {
  expect(await read("cart")).toBeUndefined();
  await suspendScaleIn(clients, CLUSTER, "cart");
  expect(await read("cart")).toBeUndefined();
  expect(await readScalingOrNote(clients, CLUSTER, "cart", { scaleIn: "r1" })).toBeUndefined();
});

test("a role that may not look sees none, or what a rollout has noted", async () => {
  sandbox.faults.add({ ...DENIED, operation: "application-autoscaling:*" });
  expect(await read()).toBeUndefined();
  expect(await readScalingOrNote(clients, CLUSTER, "orders", {})).toBeUndefined();
  expect(await readScalingOrNote(clients, CLUSTER, "orders", { scaleIn: "r1" })).toEqual({
    scaleInSuspended: true,
  });
});

test.each(["AccessDeniedException", "ValidationException"])(
  "a role that may not write is told which permissions it needs: %s",
  async (code) => {
    sandbox.faults.add({ kind: "error", code, operation: "application-autoscaling:Register*" });
    await expect(suspendScaleIn(clients, CLUSTER, "orders")).rejects.toMatchObject({
      kind: "aws",
      hint: expect.stringMatching(/application-autoscaling:RegisterScalableTarget.*ecs:UpdateService/),
    });
  },
);

test.each([
  ["no note", {}, false],
  ["a note", { scaleIn: "r1" }, true],
])("while it cannot be read, the note is believed: %s", async (_name, tags, scaleInSuspended) => {
  sandbox.faults.add({ kind: "server-error", operation: "application-autoscaling:*" });
  expect(await readScalingOrNote(clients, CLUSTER, "orders", tags)).toEqual({ scaleInSuspended });
  await expect(read()).rejects.toMatchObject({ kind: "transient" });
});

test("a change at the same moment may be tried again", async () => {
  sandbox.faults.add({
    kind: "error",
    code: "ConcurrentUpdateException",
    operation: "application-autoscaling:Register*",
  });
  await expect(resumeScaleIn(clients, CLUSTER, "orders")).rejects.toMatchObject({ kind: "transient" });
});
