import type {
  CompositeAlarm,
  DeleteAlarmsInput,
  DescribeAlarmsInput,
  DescribeAlarmsOutput,
  MetricAlarm,
  PutCompositeAlarmInput,
  PutMetricAlarmInput,
  SetAlarmStateInput,
} from "@aws-sdk/client-cloudwatch";
import type { Cancel } from "../clock.ts";
import type { Surroundings } from "../ports.ts";
import { AwsError, type Operation } from "../wire/service.ts";
import { type AlarmState, decideAlarm, knowsComparison, type MissingData } from "./alarm-state.ts";
import { parseAlarmRule } from "./composite.ts";
import { checkPeriod, delayOf, dimensionsOf, readToken, visibleMs, writeToken } from "./requests.ts";
import { evaluate, parseStatistic } from "./statistic.ts";
import type { MetricStore } from "./store.ts";

const alarmsPerPage = 50;
const initialReason = "Unchecked: Initial alarm creation";

/** Metric alarms, evaluated once a publishing period while there are any, and composite ones, as others change. */
export class Alarms {
  readonly #store: MetricStore;
  readonly #surroundings: Surroundings;
  readonly #alarms = new Map<string, MetricAlarm>();
  readonly #composites = new Map<string, CompositeAlarm>();
  #cancel: Cancel | undefined;

  constructor(store: MetricStore, surroundings: Surroundings) {
    this.#store = store;
    this.#surroundings = surroundings;
  }

  /** Stops evaluating. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  readonly put: Operation = (input: PutMetricAlarmInput) => {
    checkAlarm(input);
    const name = input.AlarmName ?? "";
    const known = this.#alarms.get(name);
    const now = new Date(this.#surroundings.clock.nowMs());
    const { accountId, region } = this.#surroundings;
    this.#alarms.set(name, {
      StateValue: known?.StateValue ?? "INSUFFICIENT_DATA",
      StateReason: known?.StateReason ?? initialReason,
      StateUpdatedTimestamp: known?.StateUpdatedTimestamp ?? now,
      ActionsEnabled: true,
      OKActions: [],
      AlarmActions: [],
      InsufficientDataActions: [],
      Dimensions: [],
      ...input,
      AlarmArn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
      AlarmConfigurationUpdatedTimestamp: now,
    });
    this.#arm();
    return {};
  };

  readonly putComposite: Operation = (input: PutCompositeAlarmInput) => {
    parseAlarmRule(input.AlarmRule ?? "");
    const name = input.AlarmName ?? "";
    const { clock, accountId, region } = this.#surroundings;
    const now = new Date(clock.nowMs());
    this.#composites.set(name, {
      StateValue: "INSUFFICIENT_DATA",
      StateReason: initialReason,
      ActionsEnabled: true,
      ...this.#composites.get(name),
      ...input,
      AlarmArn: `arn:aws:cloudwatch:${region}:${accountId}:alarm:${name}`,
      AlarmConfigurationUpdatedTimestamp: now,
    });
    this.#evaluateComposites();
    return {};
  };

  readonly describe: Operation = (input: DescribeAlarmsInput): DescribeAlarmsOutput => {
    const { AlarmNames, AlarmNamePrefix = "", StateValue, MaxRecords = alarmsPerPage } = input;
    const offset = input.NextToken === undefined ? 0 : readToken(input.NextToken).offset;
    const types: readonly string[] = input.AlarmTypes ?? ["MetricAlarm"];
    const metric = types.includes("MetricAlarm") ? [...this.#alarms.values()] : [];
    const composite = types.includes("CompositeAlarm") ? [...this.#composites.values()] : [];
    const found = [...metric, ...composite]
      .filter(({ AlarmName = "" }) => AlarmNames?.includes(AlarmName) ?? true)
      .filter(({ AlarmName = "" }) => AlarmName.startsWith(AlarmNamePrefix))
      .filter((alarm) => StateValue === undefined || alarm.StateValue === StateValue)
      .sort((a, b) => ((a.AlarmName ?? "") < (b.AlarmName ?? "") ? -1 : 1));
    const next = offset + MaxRecords;
    const more = next < found.length ? { NextToken: writeToken({ offset: next, asOfMs: 0 }) } : {};
    const page = found.slice(offset, next);
    const CompositeAlarms = page.filter((alarm): alarm is CompositeAlarm => "AlarmRule" in alarm);
    return { MetricAlarms: page.filter((alarm) => !("AlarmRule" in alarm)), CompositeAlarms, ...more };
  };

  readonly remove: Operation = (input: DeleteAlarmsInput) => {
    const names = input.AlarmNames ?? [];
    const unknown = names.filter((name) => !this.#alarms.has(name) && !this.#composites.has(name));
    if (unknown.length > 0)
      throw new AwsError("ResourceNotFound", `Unknown alarms: ${unknown.join(", ")}`, 404);
    for (const name of names) {
      this.#alarms.delete(name);
      this.#composites.delete(name);
    }
    return {};
  };

  readonly setState: Operation = (input: SetAlarmStateInput) => {
    const { AlarmName = "", StateValue, StateReason = "" } = input;
    const alarm = this.#alarms.get(AlarmName);
    if (!alarm) throw new AwsError("ResourceNotFound", `Unknown alarm: ${AlarmName}`, 404);
    this.#set(alarm, StateValue ?? "INSUFFICIENT_DATA", StateReason);
    return {};
  };

  #arm(): void {
    if (this.#cancel || this.#alarms.size === 0) return;
    const everyMs = this.#surroundings.settings.metricPeriodSeconds * 1000;
    const sinceMs = this.#surroundings.clock.nowMs() % everyMs;
    this.#cancel = this.#surroundings.clock.after(everyMs - sinceMs, () => {
      this.#cancel = undefined;
      for (const alarm of this.#alarms.values()) this.#evaluate(alarm);
      this.#arm();
    });
  }

  #evaluate(alarm: MetricAlarm): void {
    const { EvaluationPeriods = 1, Threshold = 0, ComparisonOperator = "" } = alarm;
    const current = alarm.StateValue ?? "INSUFFICIENT_DATA";
    const values = this.#valuesOf(alarm);
    const rule = {
      comparison: ComparisonOperator,
      threshold: Threshold,
      evaluationPeriods: EvaluationPeriods,
      datapointsToAlarm: alarm.DatapointsToAlarm ?? EvaluationPeriods,
      missingData: toMissingData(alarm.TreatMissingData),
    };
    const next = decideAlarm(rule, values, current);
    if (next !== current) this.#set(alarm, next, reasonOf(next, values, Threshold));
  }

  /** Newest first, over the alarm's periods and as many more as publishing lags behind. */
  #valuesOf(alarm: MetricAlarm): readonly number[] {
    const { clock, settings } = this.#surroundings;
    const metric = alarm.MetricName ?? "";
    const periodMs = (alarm.Period ?? 60) * 1000;
    const statistic = parseStatistic(alarm.ExtendedStatistic ?? alarm.Statistic ?? "");
    const endMs = Math.floor(clock.nowMs() / periodMs) * periodMs;
    const periods = (alarm.EvaluationPeriods ?? 1) + 1 + Math.ceil(delayOf(settings, metric) / periodMs);
    const window = {
      startMs: endMs - periods * periodMs,
      endMs,
      periodMs,
      originMs: 0,
      visibleMs: visibleMs(this.#surroundings, metric, clock.nowMs()),
    };
    const id = {
      namespace: alarm.Namespace ?? "",
      name: metric,
      dimensions: dimensionsOf(alarm.Dimensions),
    };
    return this.#store
      .read(id, window)
      .map(({ distribution }) => statistic && evaluate(statistic, distribution))
      .filter((value) => value !== undefined)
      .reverse();
  }

  #set(alarm: MetricAlarm, state: AlarmState, reason: string): void {
    const now = new Date(this.#surroundings.clock.nowMs());
    const transition = alarm.StateValue === state ? {} : { StateTransitionedTimestamp: now };
    this.#alarms.set(alarm.AlarmName ?? "", {
      ...alarm,
      ...transition,
      StateValue: state,
      StateReason: reason,
      StateUpdatedTimestamp: now,
    });
    this.#evaluateComposites();
  }

  /** In the order in which they were put: one that names a later one sees its state of the change before. */
  #evaluateComposites(): void {
    const stateOf = (name: string) => (this.#alarms.get(name) ?? this.#composites.get(name))?.StateValue;
    const now = new Date(this.#surroundings.clock.nowMs());
    for (const [name, alarm] of this.#composites) {
      const { AlarmRule = "" } = alarm;
      const StateValue = parseAlarmRule(AlarmRule)(stateOf) ? "ALARM" : "OK";
      if (StateValue === alarm.StateValue) continue;
      const StateReason = `${AlarmRule} was ${StateValue === "ALARM"}`;
      const times = { StateTransitionedTimestamp: now, StateUpdatedTimestamp: now };
      this.#composites.set(name, { ...alarm, StateValue, StateReason, ...times });
    }
  }
}

function checkAlarm(input: PutMetricAlarmInput): void {
  if (input.Metrics?.length)
    throw new AwsError("ValidationError", "The sandbox does not evaluate metric math.");
  const statistic = input.ExtendedStatistic ?? input.Statistic;
  for (const member of ["Namespace", "MetricName", "Period", "Threshold", "ComparisonOperator"] as const) {
    if (input[member] === undefined) {
      throw new AwsError("ValidationError", `${member} is required for a metric alarm.`);
    }
  }
  if (statistic === undefined || !parseStatistic(statistic)) {
    throw new AwsError("ValidationError", "A metric alarm needs a valid Statistic or ExtendedStatistic.");
  }
  if (!knowsComparison(input.ComparisonOperator ?? "")) {
    throw new AwsError("ValidationError", `The sandbox does not evaluate ${input.ComparisonOperator}.`);
  }
  if ((input.DatapointsToAlarm ?? 1) > (input.EvaluationPeriods ?? 1)) {
    throw new AwsError("ValidationError", "DatapointsToAlarm must not exceed EvaluationPeriods.");
  }
  checkPeriod(input.Period ?? 0, "ValidationError");
}

function toMissingData(text: string | undefined): MissingData {
  return text === "ignore" || text === "breaching" || text === "notBreaching" ? text : "missing";
}

function reasonOf(state: AlarmState, values: readonly number[], threshold: number): string {
  if (state === "INSUFFICIENT_DATA") return "Insufficient Data: no datapoints were received";
  const verb = state === "ALARM" ? "crossed" : "did not cross";
  return `Threshold Crossed: datapoints [${values.join(", ")}] ${verb} the threshold (${threshold}).`;
}
