import type { MetricSink, Surroundings } from "../ports.ts";
import type { Service } from "../wire/service.ts";
import { Alarms } from "./alarms.ts";
import { getMetricData } from "./metric-data.ts";
import { getMetricStatistics, listMetrics, putMetricData } from "./metrics.ts";
import { MetricStore } from "./store.ts";

export interface CloudWatch {
  readonly service: Service;
  /** Where the sandbox's own parts publish. A counter that AWS would not publish must not be added as 0. */
  readonly sink: MetricSink;
  /** Stops evaluating alarms. */
  close(): void;
}

/**
 * CloudWatch's metrics and metric alarms. Samples can be read `metricDelayMs` (`metricDelaysMs` where it names the
 * metric) after the end of the period of `metricPeriodSeconds` in which they fell; these may change while it runs. Keeps three hours.
 */
export function createCloudWatch(surroundings: Surroundings): CloudWatch {
  const store = new MetricStore();
  const alarms = new Alarms(store, surroundings);
  return {
    service: {
      name: "monitoring",
      operations: {
        GetMetricData: getMetricData(store, surroundings),
        GetMetricStatistics: getMetricStatistics(store, surroundings),
        ListMetrics: listMetrics(store, surroundings),
        PutMetricData: putMetricData(store, surroundings),
        PutMetricAlarm: alarms.put,
        PutCompositeAlarm: alarms.putComposite,
        DescribeAlarms: alarms.describe,
        DeleteAlarms: alarms.remove,
        SetAlarmState: alarms.setState,
      },
    },
    sink: {
      add(namespace, name, dimensions, value) {
        const periodMs = surroundings.settings.metricPeriodSeconds * 1000;
        store.add({ namespace, name, dimensions }, unitOf(name), surroundings.clock.nowMs(), periodMs, value);
      },
    },
    close: () => alarms.close(),
  };
}

/** As AWS publishes them: times in seconds, utilization in percent, the rest are counts. */
function unitOf(metric: string): string {
  if (metric.endsWith("Time")) return "Seconds";
  return metric.endsWith("Utilization") ? "Percent" : "Count";
}
