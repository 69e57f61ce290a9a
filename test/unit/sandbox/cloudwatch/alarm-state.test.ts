import { expect, test } from "vitest";
import {
  type AlarmState,
  decideAlarm,
  type MissingData,
} from "../../../../sandbox/cloudwatch/alarm-state.ts";

const treatments = ["missing", "ignore", "breaching", "notBreaching"] as const;
const keep = "(kept)";

/** The tables of "Configuring how CloudWatch alarms treat missing data": oldest first, X breaches, - is absent. */
test.each([
  ["3 of 3", "0-X-X", 3, ["OK", "OK", "OK", "OK"]],
  ["3 of 3", "----0", 3, ["OK", "OK", "OK", "OK"]],
  ["3 of 3", "-----", 3, ["INSUFFICIENT_DATA", keep, "ALARM", "OK"]],
  ["3 of 3", "0XX-X", 3, ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["3 of 3", "--X--", 3, ["ALARM", keep, "ALARM", "OK"]],
  ["2 of 3", "0-X-X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["2 of 3", "00X0X", 2, ["ALARM", "ALARM", "ALARM", "ALARM"]],
  ["2 of 3", "0-X--", 2, ["OK", "OK", "ALARM", "OK"]],
  ["2 of 3", "----0", 2, ["OK", "OK", "ALARM", "OK"]],
  ["2 of 3", "---X-", 2, ["ALARM", keep, "ALARM", "OK"]],
])("%s, %s", (_case, points, datapointsToAlarm, expected) => {
  const values = [...points]
    .reverse()
    .filter((point) => point !== "-")
    .map((point) => (point === "X" ? 10 : 0));
  expect(treatments.map((missingData) => both(missingData, datapointsToAlarm, values))).toEqual(expected);
});

function both(missingData: MissingData, datapointsToAlarm: number, values: readonly number[]): string {
  const rule = { comparison: "GreaterThanThreshold", threshold: 5, evaluationPeriods: 3, missingData };
  const next = (state: AlarmState) => decideAlarm({ ...rule, datapointsToAlarm }, values, state);
  const [fromOk, fromAlarm] = [next("OK"), next("ALARM")];
  if (fromOk === fromAlarm) return fromOk;
  return fromOk === "OK" && fromAlarm === "ALARM" ? keep : "?";
}

test.each([
  ["GreaterThanThreshold", 5, "OK"],
  ["GreaterThanOrEqualToThreshold", 5, "ALARM"],
  ["LessThanThreshold", 5, "OK"],
  ["LessThanOrEqualToThreshold", 5, "ALARM"],
  ["GreaterThanThreshold", 5.1, "ALARM"],
  ["LessThanThreshold", 4.9, "ALARM"],
])("%s 5: %d is %s", (comparison, value, expected) => {
  const rule = {
    comparison,
    threshold: 5,
    evaluationPeriods: 1,
    datapointsToAlarm: 1,
    missingData: "missing",
  };
  expect(decideAlarm({ ...rule, missingData: "missing" }, [value], "OK")).toBe(expected);
});
