import { expect, test } from "vitest";
import type { Clients } from "../../../src/aws/clients.ts";
import type { JournalEvent } from "../../../src/core/journal.ts";
import type { Observation, ObservedTaskSet } from "../../../src/core/observation.ts";
import type { Clock } from "../../../src/phases/controller.ts";
import { createExplainer } from "../../../src/phases/explain.ts";
import { observe } from "../core/look.ts";
import { plan } from "../core/world.ts";
import { freshWorld } from "./stage-set.ts";

const STOPPED_AT_MS = 1_000_000;
const HOUR_MS = 3_600_000;

/** ECS alone: of a container without a log configuration nothing else is asked. */
const clients = {
  ecs: { send: async () => ({ taskDefinition: { containerDefinitions: [{ name: "app" }] } }) },
} as unknown as Clients;

/** Waits for ever, unless it is told to stop. */
const standing = (sleepsMs: number[]): Clock => ({
  nowMs: () => STOPPED_AT_MS,
  sleep: (delayMs, signal) => {
    sleepsMs.push(delayMs);
    return new Promise((resolve, reject) => {
      if (!signal) return resolve();
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  },
});

function crashed(): Observation {
  const seen = observe(freshWorld());
  const [stable] = seen.taskSets;
  if (!stable) throw new Error("no task set");
  const fresh: ObservedTaskSet = {
    ...stable,
    id: "ecs-svc/9",
    createdAtMs: STOPPED_AT_MS - HOUR_MS,
    origin: {
      rollout: plan().rollout,
      replaces: stable.id,
      strategy: "canary",
      previousTaskDefinition: stable.taskDefinitionArn,
    },
    stops: [
      {
        taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/demo/1f2e3d",
        stopCode: "EssentialContainerExited",
        stoppedReason: "Essential container in task exited",
        stoppedAtMs: STOPPED_AT_MS,
        exits: [{ container: "app", exitCode: 1 }],
      },
    ],
  };
  return { ...seen, taskSets: [stable, fresh] };
}

test("a cancelled job does not wait for lines to arrive", async () => {
  const told: JournalEvent[] = [];
  const sleepsMs: number[] = [];
  const cancelled = new AbortController();
  const { record, explain } = createExplainer(clients, {
    plan: plan(),
    record: (event) => void told.push(event),
    clock: standing(sleepsMs),
    signal: cancelled.signal,
  });
  record({ kind: "observed", observation: crashed() });
  const explained = explain();
  await expect.poll(() => sleepsMs).toEqual([6_000]);
  cancelled.abort(new Error("cancelled by SIGINT"));
  await explained;
  expect(told.at(-1)).toMatchObject({
    kind: "task-stopped",
    logs: [{ container: "app", lines: [], missing: "the job was cancelled before they were read" }],
  });
});
