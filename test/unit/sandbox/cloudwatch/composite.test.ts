import { expect, test } from "vitest";
import type { AlarmState } from "../../../../sandbox/cloudwatch/alarm-state.ts";
import { parseAlarmRule } from "../../../../sandbox/cloudwatch/composite.ts";

const STATES: Readonly<Record<string, AlarmState>> = { a: "ALARM", b: "OK", "c d": "INSUFFICIENT_DATA" };

test.each([
  ["ALARM(a)", true],
  ['ALARM("b")', false],
  ['INSUFFICIENT_DATA("c d") AND OK(b)', true],
  ["ALARM(b) AND ALARM(b) OR ALARM(a)", true],
  ["ALARM(b) AND (ALARM(b) OR ALARM(a))", false],
  ["NOT ALARM(b) AND TRUE", true],
  ["NOT (ALARM(a) OR FALSE)", false],
  ["OK(nobody)", false],
])("%s is %s", (rule, expected) => {
  expect(parseAlarmRule(rule)((alarm) => STATES[alarm])).toBe(expected);
});

test.each(["", "ALARM", "ALARM(a) ALARM(b)", "(ALARM(a)", "ALARM(a) AND", "a OR b"])(
  "%j is no rule",
  (rule) => {
    expect(() => parseAlarmRule(rule)).toThrow(/AlarmRule is not valid/);
  },
);
