import { afterEach, expect, test } from "vitest";
import type { FaultInput } from "../../../sandbox/faults/schema.ts";
import { createClients } from "../../../src/aws/clients.ts";
import type { Outlook } from "../../../src/core/outlook.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { readOutlook } from "../../../src/phases/outlook.ts";
import { type Ended, runPhase } from "./phases.ts";
import { createWorld, type World, type WorldOptions } from "./world.ts";

/** What a plan says of the gates' sight, from the metrics of the sandbox's service. */

let world: World | undefined;
afterEach(() => world?.close());

const MINUTES = 8;

async function open(options: WorldOptions = {}): Promise<World> {
  world = await createWorld({ requestsPerSecond: 50, ...options });
  await world.clock.advance(MINUTES * 60_000);
  return world;
}

function outlookOf({ lines }: Ended): Outlook {
  const line = lines.find(({ kind }) => kind === "outlook");
  if (line?.kind !== "outlook") throw new Error("no outlook");
  return line.outlook;
}

function planOf({ lines }: Ended): Plan {
  const line = lines.find(({ kind }) => kind === "planned");
  if (line?.kind !== "planned") throw new Error("no plan");
  return line.plan;
}

test("plan says what the gates can see at the service's own traffic and errors", async () => {
  const at = await open({ behaviours: { "orders:1": { errorRate: 0.01 } } });
  const planned = await runPhase(at, "plan", { spec: { strategy: "canary" } });
  expect(planned.outcome.kind).toBe("reached");
  const outlook = outlookOf(planned);
  if (outlook.kind !== "seen") throw new Error(outlook.reason);
  expect(outlook.traffic.requestsPerMinute).toBeGreaterThan(2700);
  expect(outlook.traffic.requestsPerMinute).toBeLessThan(3100);
  expect(outlook.traffic.badPercent).toBeGreaterThan(0.8);
  expect(outlook.traffic.badPercent).toBeLessThan(1.2);
  expect(outlook.steps.map(({ percent }) => percent)).toEqual([5, 25, 50, 100]);
  expect(outlook.ramp[0]).toMatchObject({ regression: { kind: "times", times: 2 } });
});

test("a service without users, and one whose gate is off, have no outlook, and a plan all the same", async () => {
  const at = await open({ requestsPerSecond: 0 });
  const quiet = await runPhase(at, "plan");
  expect(quiet.outcome.kind).toBe("reached");
  expect(outlookOf(quiet)).toEqual({
    kind: "unknown",
    reason: "CloudWatch has no request of this service in the last day",
  });
  const off = outlookOf(await runPhase(at, "plan", { spec: { gates: { errors: false } } }));
  expect(off).toMatchObject({ kind: "unknown", reason: expect.stringContaining("gates.errors is false") });
});

test.each<[string, FaultInput, string]>([
  [
    "refuses",
    { kind: "error", code: "AccessDenied", status: 403 },
    "could not be asked: cloudwatch:GetMetricData",
  ],
  ["does not answer", { kind: "timeout" }, "CloudWatch did not answer in 3s"],
])("a CloudWatch that %s costs a few seconds, and no plan", async (_does, fault, reason) => {
  const at = await open();
  const plan = planOf(await runPhase(at, "plan"));
  at.sandbox.faults.add({ ...fault, operation: "GetMetricData" });
  const startedMs = performance.now();
  const clients = createClients(at.sandbox.account.region);
  const outlook = await readOutlook(clients, plan, 2, at.clock.nowMs());
  expect(outlook).toEqual({ kind: "unknown", reason: expect.stringContaining(reason) });
  expect(performance.now() - startedMs).toBeLessThan(6_000);
});
