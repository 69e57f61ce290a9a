import { ApplicationAutoScalingClient } from "@aws-sdk/client-application-auto-scaling";
import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { CloudWatchLogsClient } from "@aws-sdk/client-cloudwatch-logs";
import { ECRClient } from "@aws-sdk/client-ecr";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { RoleCredentials } from "./credentials.ts";
import { isNamed, isThrottle } from "./failures.ts";

export interface Clients {
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly cloudWatch: CloudWatchClient;
  readonly autoScaling: ApplicationAutoScalingClient;
  /** Of the registries in a Region, which an image names and which need not be the service's. */
  ecr(region: string): ECRClient;
  /** Of log groups in a Region, which a container's log driver names; default: the service's. */
  logs(region: string | undefined): CloudWatchLogsClient;
  /** Whether AWS throttled any attempt since this was last asked, retries of the SDK included. */
  wasThrottled(): boolean;
  /** Calls by operation so far, retries not counted. */
  readonly calls: ReadonlyMap<string, number>;
}

/** Enough for a blip; longer troubles are the controller's to wait out, where progress is seen. */
const MAX_ATTEMPTS = 4;
const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
/** No traffic waits for what scales the service, or for its logs: a look is as good without them. */
const BRIEF = { maxAttempts: 2, requestHandler: { ...TIMEOUTS, requestTimeout: 2_000 } };

/**
 * Clients of the Region and credentials given, else of those that the environment names. `AWS_ENDPOINT_URL` is
 * honoured by the SDK.
 */
export function createClients(region: string | undefined, credentials?: RoleCredentials): Clients {
  const settings = {
    maxAttempts: MAX_ATTEMPTS,
    requestHandler: TIMEOUTS,
    ...(region ? { region } : {}),
    ...(credentials ? { credentials } : {}),
  };
  const ecs = new ECSClient(settings);
  const elb = new ElasticLoadBalancingV2Client(settings);
  const cloudWatch = new CloudWatchClient(settings);
  const autoScaling = new ApplicationAutoScalingClient({ ...settings, ...BRIEF });
  const calls = new Map<string, number>();
  let throttled = false;
  const onThrottle = (): void => {
    throttled = true;
  };
  const prepare = ({ middlewareStack }: { readonly middlewareStack: unknown }): void => {
    watch(middlewareStack, calls, onThrottle);
    if (credentials) signAnew(middlewareStack, credentials);
  };
  for (const client of [ecs, elb, cloudWatch, autoScaling]) prepare(client);
  return {
    ecs,
    elb,
    cloudWatch,
    autoScaling,
    ecr(registryRegion) {
      const ecr = new ECRClient({ ...settings, region: registryRegion });
      prepare(ecr);
      return ecr;
    },
    logs(groupRegion) {
      const logs = new CloudWatchLogsClient({
        ...settings,
        ...BRIEF,
        ...(groupRegion ? { region: groupRegion } : {}),
      });
      prepare(logs);
      return logs;
    },
    calls,
    wasThrottled() {
      const was = throttled;
      throttled = false;
      return was;
    },
  };
}

/** The little of the SDK's middleware stack that is needed here; the clients' own types differ in their inputs. */
interface Stack {
  add(
    middleware: (
      next: (args: never) => Promise<never>,
      context: { commandName?: string },
    ) => (args: never) => Promise<never>,
    options: { step: "initialize" | "finalizeRequest"; name: string; priority: "high" | "low" },
  ): void;
}

function watch(stack: unknown, calls: Map<string, number>, onThrottle: () => void): void {
  const { add } = stack as Stack;
  add(
    (next, context) => (args) => {
      const name = context.commandName?.replace(/Command$/, "") ?? "?";
      calls.set(name, (calls.get(name) ?? 0) + 1);
      return next(args);
    },
    { step: "initialize", name: "sluiceCountCalls", priority: "high" },
  );
  add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (isThrottle(error)) onThrottle();
        throw error;
      }
    },
    { step: "finalizeRequest", name: "sluiceSeeThrottling", priority: "low" },
  );
}

/** Clocks differ: a session that AWS calls ended is given up, and the call made once more with another. */
function signAnew(stack: unknown, credentials: RoleCredentials): void {
  const { add } = stack as Stack;
  add(
    (next) => async (args) => {
      const { accessKeyId } = await credentials();
      try {
        return await next(args);
      } catch (error) {
        if (!isNamed(error, "ExpiredToken", "ExpiredTokenException")) throw error;
        credentials.forget(accessKeyId);
        return next(args);
      }
    },
    { step: "initialize", name: "sluiceSignAnew", priority: "low" },
  );
}
