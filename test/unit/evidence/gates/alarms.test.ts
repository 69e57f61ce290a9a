import { expect, test } from "vitest";
import type { AlarmState } from "../../../../src/core/levels.ts";
import { judgeAlarms } from "../../../../src/evidence/gates/alarms.ts";

const STEP_MS = Date.UTC(2026, 0, 2, 12, 0, 0);
const alarm = (name: string, state: AlarmState["state"], seconds: number): AlarmState => ({
  name,
  state,
  sinceMs: STEP_MS + seconds * 1000,
  reason: "Threshold Crossed: 3 datapoints were greater than the threshold",
});
const CROSSED = "Threshold Crossed: 3 datapoints were greater than the threshold";

test.each([
  ["OK", -600, { kind: "healthy", reason: "queue-age is OK" }],
  ["ALARM", 65, { kind: "regress", reason: `queue-age went off at 12:01:05 UTC: ${CROSSED}` }],
  ["ALARM", 0, { kind: "regress", reason: `queue-age went off at 12:00:00 UTC: ${CROSSED}` }],
  [
    "ALARM",
    -1,
    {
      kind: "insufficient",
      reason: `queue-age was in ALARM before the step, since 11:59:59 UTC: ${CROSSED}`,
      isIncident: true,
    },
  ],
  [
    "INSUFFICIENT_DATA",
    -600,
    {
      kind: "insufficient",
      reason: "queue-age has no data; TreatMissingData notBreaching makes it OK where no data is good news",
    },
  ],
] as const)("%s since %s s after the step", (state, seconds, verdict) => {
  const states = [alarm("other", "ALARM", 5), alarm("queue-age", state, seconds)];
  expect(judgeAlarms(states, ["queue-age"], STEP_MS)).toEqual([{ gate: "alarms", ...verdict }]);
});

test("one that does not exist is an error, never a pass", () => {
  expect(judgeAlarms([alarm("a", "OK", 0)], ["a", "b"], STEP_MS)).toEqual([
    { kind: "error", gate: "alarms", reason: "there is no alarm b" },
  ]);
});

test("the worst of a list is its verdict, with all that share it", () => {
  const states = [
    alarm("a", "ALARM", 5),
    alarm("b", "OK", 5),
    alarm("c", "ALARM", 6),
    alarm("d", "ALARM", -6),
  ];
  const [verdict] = judgeAlarms(states, ["a", "b", "c", "d"], STEP_MS);
  expect(verdict).toEqual({
    kind: "regress",
    gate: "alarms",
    reason: `a went off at 12:00:05 UTC: ${CROSSED}; c went off at 12:00:06 UTC: ${CROSSED}`,
  });
});

test("dry runs are a verdict of their own, and colour no other", () => {
  const states = [alarm("a", "OK", 0), alarm("b", "ALARM", 5)];
  const alarms = ["a", { name: "b", "dry-run": true }];
  expect(judgeAlarms(states, alarms, STEP_MS)).toMatchObject([
    { kind: "healthy", reason: "a is OK" },
    { kind: "regress", isDryRun: true },
  ]);
  expect(judgeAlarms(states, alarms, STEP_MS)[0]).not.toHaveProperty("isDryRun");
  expect(judgeAlarms(states, alarms.slice(1), STEP_MS)).toHaveLength(1);
  expect(judgeAlarms(states, [], STEP_MS)).toEqual([]);
});
