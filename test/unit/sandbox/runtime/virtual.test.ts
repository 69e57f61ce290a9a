import { expect, test } from "vitest";
import { VirtualClock } from "../../../../sandbox/clock.ts";
import type { ContainerExit, RunningTask } from "../../../../sandbox/ports.ts";
import type { Behaviour } from "../../../../sandbox/runtime/behaviour.ts";
import { createVirtualRuntime } from "../../../../sandbox/runtime/virtual.ts";

const TARGET = { id: "10.0.0.10", port: 8080 };
const CHECK = { protocol: "HTTP", path: "/", port: 8080, timeoutMs: 5000, matcher: "200" };

function world(behaviour: Behaviour) {
  const clock = new VirtualClock(0);
  const runtime = createVirtualRuntime({ clock, settings: { speed: 1 }, images: { app: behaviour } });
  const exits: ContainerExit[] = [];
  const start = (): Promise<RunningTask> =>
    runtime.start({
      arn: "task",
      address: TARGET.id,
      onExit: (exit) => exits.push(exit),
      containers: [
        {
          name: "app",
          image: "app",
          environment: {},
          command: [],
          ports: [{ containerPort: 8080, hostPort: 8080 }],
          stopTimeoutMs: 30_000,
        },
      ],
    });
  return { clock, runtime, exits, start, probe: () => runtime.prober.probe(TARGET, CHECK) };
}

test("a task runs after its start delay and is healthy after its ready delay", async () => {
  const { clock, runtime, start, probe } = world({ startDelayMs: 4000, readyAfterMs: 3000 });
  let runningAtMs: number | undefined;
  void start().then(() => {
    runningAtMs = clock.nowMs();
  });
  await clock.advance(3999);
  expect([runningAtMs, runtime.targetAt(TARGET.id, TARGET.port)]).toEqual([undefined, undefined]);
  await clock.advance(1);
  expect(runningAtMs).toBe(4000);
  expect(await probe()).toMatchObject({ healthy: false, reason: "Target.FailedHealthChecks" });
  await clock.advance(3000);
  expect(await probe()).toEqual({ healthy: true });
  expect(runtime.addresses.resolve(TARGET.id, TARGET.port)).toBeDefined();
});

test.each<[Behaviour, object]>([
  [{ readyAfterMs: "never" }, { reason: "Target.FailedHealthChecks" }],
  [{ healthStatus: 503 }, { reason: "Target.ResponseCodeMismatch" }],
  [{ latencyMs: 6000 }, { reason: "Target.Timeout" }],
  [{ errorRate: 1 }, { healthy: true }],
])("a task that is %j is probed as %j", async (behaviour, result) => {
  const { clock, start, probe } = world(behaviour);
  await start();
  await clock.advance(100_000);
  expect(await probe()).toMatchObject(result);
});

test("a crash is reported once, and nothing answers there any more", async () => {
  const { clock, runtime, exits, start, probe } = world({ crash: { afterMs: 5000, exitCode: 9 } });
  await start();
  await clock.advance(4999);
  expect(await probe()).toEqual({ healthy: true });
  await clock.advance(1);
  expect(exits).toMatchObject([{ container: "app", exitCode: 9 }]);
  expect(runtime.targetAt(TARGET.id, TARGET.port)).toBeUndefined();
});

test.each<[Behaviour, number, number]>([
  [{}, 0, 0],
  [{ stopsAfterMs: 4000 }, 4000, 0],
  [{ stopsAfterMs: "never" }, 30_000, 137],
])("a task that is %j ends %i ms after SIGTERM with %i", async (behaviour, afterMs, exitCode) => {
  const { clock, exits, start } = world(behaviour);
  const running = await start();
  let ended: readonly ContainerExit[] = [];
  let endedAtMs: number | undefined;
  void running.stop().then((all) => {
    ended = all;
    endedAtMs = clock.nowMs();
  });
  await clock.advance(60_000);
  expect(ended).toMatchObject([{ exitCode }]);
  if (afterMs > 0) expect(endedAtMs).toBe(afterMs);
  expect(exits).toEqual([]);
});

test("a start failure gives its reason; a changed behaviour holds for running tasks too", async () => {
  const failing = world({ startFailure: "ResourceInitializationError: no secret" });
  await expect(failing.start()).rejects.toThrow("ResourceInitializationError: no secret");
  const { runtime, start, probe } = world({});
  await start();
  runtime.setBehaviour("app", { healthStatus: 500, errorRate: 0.5 });
  expect(runtime.targetAt(TARGET.id, TARGET.port)?.behaviour.errorRate).toBe(0.5);
  expect(await probe()).toMatchObject({ healthy: false });
});
