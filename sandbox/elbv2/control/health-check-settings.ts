import type { Matcher } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { HealthCheckSettings } from "./model.ts";
import { checkRange, invalid } from "./validation.ts";

/** The fields that CreateTargetGroup and ModifyTargetGroup share. */
export interface HealthCheckInput {
  readonly HealthCheckProtocol?: string | undefined;
  readonly HealthCheckPort?: string | undefined;
  readonly HealthCheckEnabled?: boolean | undefined;
  readonly HealthCheckPath?: string | undefined;
  readonly HealthCheckIntervalSeconds?: number | undefined;
  readonly HealthCheckTimeoutSeconds?: number | undefined;
  readonly HealthyThresholdCount?: number | undefined;
  readonly UnhealthyThresholdCount?: number | undefined;
  readonly Matcher?: Matcher | undefined;
}

/** AWS's defaults for a target group of `protocol`. */
export const defaultHealthCheck = (protocol: string): HealthCheckSettings => {
  const http = protocol === "HTTP" || protocol === "HTTPS";
  return {
    protocol: http ? protocol : "TCP",
    port: "traffic-port",
    path: http ? "/" : "",
    intervalSeconds: 30,
    timeoutSeconds: http ? 5 : 10,
    healthyThreshold: 5,
    unhealthyThreshold: 2,
    matcher: http ? "200" : "",
  };
};

/** `settings` with what `input` changes; a ValidationError outside AWS's ranges. */
export function changeHealthCheck(
  settings: HealthCheckSettings,
  input: HealthCheckInput,
): HealthCheckSettings {
  if (input.HealthCheckEnabled === false) {
    throw invalid("Health checks cannot be disabled for target groups with target type 'ip' or 'instance'");
  }
  const changed: HealthCheckSettings = {
    protocol: input.HealthCheckProtocol ?? settings.protocol,
    port: input.HealthCheckPort ?? settings.port,
    path: input.HealthCheckPath ?? (settings.path || "/"),
    intervalSeconds: input.HealthCheckIntervalSeconds ?? settings.intervalSeconds,
    timeoutSeconds: input.HealthCheckTimeoutSeconds ?? settings.timeoutSeconds,
    healthyThreshold: input.HealthyThresholdCount ?? settings.healthyThreshold,
    unhealthyThreshold: input.UnhealthyThresholdCount ?? settings.unhealthyThreshold,
    matcher: input.Matcher?.HttpCode ?? (settings.matcher || "200"),
  };
  check(changed);
  return changed;
}

function check(settings: HealthCheckSettings): void {
  checkRange("Health check interval", settings.intervalSeconds, 5, 300);
  checkRange("Health check timeout", settings.timeoutSeconds, 2, 120);
  checkRange("Healthy threshold count", settings.healthyThreshold, 2, 10);
  checkRange("Unhealthy threshold count", settings.unhealthyThreshold, 2, 10);
  if (settings.timeoutSeconds >= settings.intervalSeconds) {
    throw invalid("Health check interval must be greater than the timeout");
  }
  if (settings.port !== "traffic-port") checkRange("Health check port", Number(settings.port), 1, 65_535);
  if (!settings.path.startsWith("/") || settings.path.length > 1024) {
    throw invalid(
      `Health check path '${settings.path}' must start with '/' and have at most 1024 characters`,
    );
  }
  if (!settings.matcher.split(",").every(isCodeOrRange)) {
    throw invalid(`Health check matcher HTTP code '${settings.matcher}' must be within '200-499'`);
  }
}

function isCodeOrRange(part: string): boolean {
  const match = /^(\d{3})(?:-(\d{3}))?$/.exec(part.trim());
  const first = Number(match?.[1]);
  const last = Number(match?.[2] ?? first);
  return first >= 200 && last <= 499 && first <= last;
}
