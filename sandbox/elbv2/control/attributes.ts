import type { LoadBalancerAttribute, TargetGroupAttribute } from "@aws-sdk/client-elastic-load-balancing-v2";
import { checkRange, invalid } from "./validation.ts";

type Check = (key: string, value: string) => void;

interface Attribute {
  readonly initial: string;
  readonly check: Check;
}

const anything: Check = () => undefined;

const oneOf =
  (...values: readonly string[]): Check =>
  (key, value) => {
    if (!values.includes(value)) {
      throw invalid(`Attribute '${key}' must be one of ${values.join(", ")}, not '${value}'`);
    }
  };

const flag = oneOf("true", "false");

const wholeNumber =
  (min: number, max: number): Check =>
  (key, value) =>
    checkRange(`Attribute '${key}'`, /^\d+$/.test(value) ? Number(value) : Number.NaN, min, max);

const or =
  (word: string, check: Check): Check =>
  (key, value) => {
    if (value !== word) check(key, value);
  };

const weekSeconds = 604_800;

/** Attributes of target groups behind Application Load Balancers that matter here, with AWS's defaults. */
const TARGET_GROUP: Readonly<Record<string, Attribute>> = {
  "deregistration_delay.timeout_seconds": { initial: "300", check: wholeNumber(0, 3600) },
  "stickiness.enabled": { initial: "false", check: flag },
  "stickiness.type": { initial: "lb_cookie", check: oneOf("lb_cookie", "app_cookie", "source_ip") },
  "stickiness.lb_cookie.duration_seconds": { initial: "86400", check: wholeNumber(1, weekSeconds) },
  "stickiness.app_cookie.cookie_name": { initial: "", check: anything },
  "stickiness.app_cookie.duration_seconds": { initial: "86400", check: wholeNumber(1, weekSeconds) },
  "slow_start.duration_seconds": { initial: "0", check: or("0", wholeNumber(30, 900)) },
  "load_balancing.algorithm.type": {
    initial: "round_robin",
    check: oneOf("round_robin", "least_outstanding_requests", "weighted_random"),
  },
  "load_balancing.algorithm.anomaly_mitigation": { initial: "off", check: oneOf("on", "off") },
  "load_balancing.cross_zone.enabled": {
    initial: "use_load_balancer_configuration",
    check: oneOf("true", "false", "use_load_balancer_configuration"),
  },
  "target_group_health.dns_failover.minimum_healthy_targets.count": {
    initial: "1",
    check: or("off", wholeNumber(1, 1000)),
  },
  "target_group_health.dns_failover.minimum_healthy_targets.percentage": {
    initial: "off",
    check: or("off", wholeNumber(1, 100)),
  },
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": {
    initial: "1",
    check: wholeNumber(1, 1000),
  },
  "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": {
    initial: "off",
    check: or("off", wholeNumber(1, 100)),
  },
};

const LOAD_BALANCER: Readonly<Record<string, Attribute>> = {
  "idle_timeout.timeout_seconds": { initial: "60", check: wholeNumber(1, 4000) },
  "client_keep_alive.seconds": { initial: "3600", check: wholeNumber(60, weekSeconds) },
  "deletion_protection.enabled": { initial: "false", check: flag },
  "access_logs.s3.enabled": { initial: "false", check: flag },
  "access_logs.s3.bucket": { initial: "", check: anything },
  "access_logs.s3.prefix": { initial: "", check: anything },
  "load_balancing.cross_zone.enabled": { initial: "true", check: flag },
  "routing.http2.enabled": { initial: "true", check: flag },
  "routing.http.drop_invalid_header_fields.enabled": { initial: "false", check: flag },
  "routing.http.preserve_host_header.enabled": { initial: "false", check: flag },
  "routing.http.xff_client_port.enabled": { initial: "false", check: flag },
  "routing.http.xff_header_processing.mode": {
    initial: "append",
    check: oneOf("append", "preserve", "remove"),
  },
  "routing.http.desync_mitigation_mode": {
    initial: "defensive",
    check: oneOf("monitor", "defensive", "strictest"),
  },
};

const initialOf = (table: Readonly<Record<string, Attribute>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(table).map(([key, attribute]) => [key, attribute.initial]));

export const targetGroupDefaults = initialOf(TARGET_GROUP);
export const loadBalancerDefaults = initialOf(LOAD_BALANCER);

type Change = LoadBalancerAttribute | TargetGroupAttribute;

/** `attributes` with `changes` made; a ValidationError for a key or value that AWS would refuse. */
export const changeTargetGroup = (
  attributes: Readonly<Record<string, string>>,
  changes: readonly Change[],
): Readonly<Record<string, string>> => change(TARGET_GROUP, "Target group", attributes, changes);

/** `attributes` with `changes` made; a ValidationError for a key or value that AWS would refuse. */
export const changeLoadBalancer = (
  attributes: Readonly<Record<string, string>>,
  changes: readonly Change[],
): Readonly<Record<string, string>> => change(LOAD_BALANCER, "Load balancer", attributes, changes);

export const attributeList = (
  attributes: Readonly<Record<string, string>>,
): { Key: string; Value: string }[] => Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));

function change(
  table: Readonly<Record<string, Attribute>>,
  what: string,
  attributes: Readonly<Record<string, string>>,
  changes: readonly Change[],
): Readonly<Record<string, string>> {
  const next: Record<string, string> = { ...attributes };
  for (const { Key = "", Value = "" } of changes) {
    const attribute = table[Key];
    if (!attribute) throw invalid(`${what} attribute key '${Key}' is not recognized`);
    attribute.check(Key, Value);
    next[Key] = Value;
  }
  return next;
}
