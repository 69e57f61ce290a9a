/** What an alarm does with periods that have no datapoint. */
export type MissingData = "missing" | "ignore" | "breaching" | "notBreaching";

export interface AlarmRule {
  readonly comparison: string;
  readonly threshold: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
  readonly missingData: MissingData;
}

export type AlarmState = "OK" | "ALARM" | "INSUFFICIENT_DATA";

const comparisons: Readonly<Record<string, (value: number, threshold: number) => boolean>> = {
  GreaterThanOrEqualToThreshold: (value, threshold) => value >= threshold,
  GreaterThanThreshold: (value, threshold) => value > threshold,
  LessThanThreshold: (value, threshold) => value < threshold,
  LessThanOrEqualToThreshold: (value, threshold) => value <= threshold,
};

export function knowsComparison(comparison: string): boolean {
  return Object.hasOwn(comparisons, comparison);
}

/**
 * The alarm's next state. Pure. `values` are those found in the evaluation range, newest first: a few more
 * periods than `evaluationPeriods`, of which the newest datapoints count. Source: "Configuring how CloudWatch
 * alarms treat missing data", with its tables.
 */
export function decideAlarm(rule: AlarmRule, values: readonly number[], current: AlarmState): AlarmState {
  const newest = values.slice(0, rule.evaluationPeriods);
  const breaks = comparisons[rule.comparison];
  const breaching = newest.filter((value) => breaks?.(value, rule.threshold)).length;
  if (breaching >= rule.datapointsToAlarm) return "ALARM";
  const absent = rule.evaluationPeriods - newest.length;
  switch (rule.missingData) {
    case "breaching":
      return breaching + absent >= rule.datapointsToAlarm ? "ALARM" : "OK";
    case "notBreaching":
      return "OK";
    case "ignore":
      return breaching === newest.length ? current : "OK";
    case "missing":
      if (newest.length === 0) return "INSUFFICIENT_DATA";
      return breaching === newest.length ? "ALARM" : "OK";
  }
}
