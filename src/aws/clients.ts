import { CloudWatchClient } from "@aws-sdk/client-cloudwatch";
import { ECSClient } from "@aws-sdk/client-ecs";
import { ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { isThrottle } from "./failures.ts";

export interface Clients {
  readonly ecs: ECSClient;
  readonly elb: ElasticLoadBalancingV2Client;
  readonly cloudWatch: CloudWatchClient;
  /** Whether AWS throttled any attempt since this was last asked, retries of the SDK included. */
  wasThrottled(): boolean;
  /** Calls by operation so far, retries not counted. */
  readonly calls: ReadonlyMap<string, number>;
}

/** Enough for a blip; longer troubles are the controller's to wait out, where progress is seen. */
const MAX_ATTEMPTS = 4;
const TIMEOUTS = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** Clients of the Region and credentials that the environment names; `AWS_ENDPOINT_URL` is honoured by the SDK. */
export function createClients(region: string | undefined): Clients {
  const settings = { maxAttempts: MAX_ATTEMPTS, requestHandler: TIMEOUTS, ...(region ? { region } : {}) };
  const ecs = new ECSClient(settings);
  const elb = new ElasticLoadBalancingV2Client(settings);
  const cloudWatch = new CloudWatchClient(settings);
  const calls = new Map<string, number>();
  let throttled = false;
  const onThrottle = (): void => {
    throttled = true;
  };
  for (const client of [ecs, elb, cloudWatch]) watch(client.middlewareStack, calls, onThrottle);
  return {
    ecs,
    elb,
    cloudWatch,
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
