import { expect, test } from "vitest";
import type { JournalEvent, JournalLine } from "../../../src/core/journal.ts";
import type { Observation } from "../../../src/core/observation.ts";
import { describeUnfinished } from "../../../src/core/unfinished-rollback.ts";
import { flipped, NOW_MS, observation, plan, ROLLOUT, staged } from "./world.ts";

const lines = (...events: readonly JournalEvent[]): readonly JournalLine[] =>
  events.map((event) => ({ version: 1, atMs: NOW_MS, ...event }));
const planned = (rollout = ROLLOUT): JournalEvent => ({ kind: "planned", plan: plan({ rollout }) });
const seen = (one: Observation): JournalEvent => ({ kind: "observed", observation: one });

test.each<[string, readonly JournalEvent[], string]>([
  ["nothing was read", [], "nobody knows what stands"],
  ["AWS never answered", [planned()], "nobody knows what stands"],
  [
    "traffic is still there",
    [planned(), seen(staged()), seen(flipped(NOW_MS))],
    "up to 100 % of the traffic",
  ],
  [
    "the weights are back",
    [planned(), seen(flipped(NOW_MS)), seen(staged())],
    "no traffic goes to the new version",
  ],
  ["the task set is gone", [planned(), seen(observation())], "the new version is gone"],
  ["a release back", [planned("rollback-7"), seen(staged())], "the release back is not complete"],
])("%s", (_when, events, words) => {
  expect(describeUnfinished(lines(...events))).toContain(words);
});

test("it says what was seen last", () => {
  expect(describeUnfinished(lines(planned(), seen(staged())))).toMatch(/as last seen: orders:1 .* at 100 %/);
});
