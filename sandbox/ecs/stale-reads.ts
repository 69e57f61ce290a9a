import type { Service } from "@aws-sdk/client-ecs";
import { describeService } from "./describe-service.ts";
import type { History } from "./history.ts";
import type { EcsState } from "./state.ts";

/** Services as DescribeServices and DescribeTaskSets see them: `settings.staleReadsMs` old. */
export interface StaleReads {
  /** By ARN; undefined if it did not exist then. */
  service(arn: string): Service | undefined;
}

export function createStaleReads(
  state: EcsState,
  history: History<Service>,
  age: () => { readonly nowMs: number; readonly staleReadsMs: number },
): StaleReads {
  return {
    service(arn) {
      const { nowMs, staleReadsMs } = age();
      if (staleReadsMs > 0) return history.at(arn, nowMs - staleReadsMs);
      const service = state.services.get(arn);
      return service && describeService(service);
    },
  };
}
