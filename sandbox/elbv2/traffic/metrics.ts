import type { MetricSink } from "../../ports.ts";

const NAMESPACE = "AWS/ApplicationELB";

/** "app/name/id", CloudWatch's name of a load balancer. */
const loadBalancerDimension = (arn: string): string => arn.slice(arn.indexOf(":loadbalancer/") + 14);

/** "targetgroup/name/id", CloudWatch's name of a target group. */
const targetGroupDimension = (arn: string): string => arn.slice(arn.indexOf(":targetgroup/") + 1);

/** How a request that had a target ended. */
export type TargetResult =
  | { readonly kind: "answered"; readonly status: number; readonly responseTimeMs: number }
  | { readonly kind: "failed"; readonly status: number; readonly connectionFailed: boolean }
  | { readonly kind: "client-gone" };

/** ALB's status for a client that hung up before its answer. */
export const CLIENT_GONE = 460;

export class TrafficMetrics {
  readonly #sink: MetricSink;

  constructor(sink: MetricSink) {
    this.#sink = sink;
  }

  /**
   * Counts a request for which a target was chosen. A target that does not answer leaves no code of its own:
   * its 502 or 504 is the load balancer's, which has no target-group dimension.
   */
  targetRequest(
    loadBalancerArn: string,
    targetGroupArn: string,
    result: TargetResult,
    failedOpen: boolean,
  ): void {
    const add = (metric: string, value: number) => this.#both(loadBalancerArn, targetGroupArn, metric, value);
    add("RequestCount", 1);
    if (failedOpen) add("UnhealthyRoutingRequestCount", 1);
    switch (result.kind) {
      case "answered": {
        const hundreds = Math.floor(result.status / 100);
        if (hundreds >= 2 && hundreds <= 5) add(`HTTPCode_Target_${hundreds}XX_Count`, 1);
        add("TargetResponseTime", result.responseTimeMs / 1000);
        return;
      }
      case "failed":
        if (result.connectionFailed) add("TargetConnectionErrorCount", 1);
        this.ownAnswer(loadBalancerArn, result.status);
        return;
      case "client-gone":
        this.ownAnswer(loadBalancerArn, CLIENT_GONE);
    }
  }

  /** Counts an error that the load balancer answered itself. */
  ownAnswer(loadBalancerArn: string, status: number): void {
    const add = (metric: string) => this.#forLoadBalancer(loadBalancerArn, metric, 1);
    if (status >= 500) {
      add("HTTPCode_ELB_5XX_Count");
      if (status === 502 || status === 503 || status === 504) add(`HTTPCode_ELB_${status}_Count`);
    } else if (status >= 400) {
      add("HTTPCode_ELB_4XX_Count");
    }
  }

  fixedResponse(loadBalancerArn: string): void {
    this.#forLoadBalancer(loadBalancerArn, "HTTP_Fixed_Response_Count", 1);
  }

  redirect(loadBalancerArn: string): void {
    this.#forLoadBalancer(loadBalancerArn, "HTTP_Redirect_Count", 1);
  }

  hostCounts(loadBalancerArn: string, targetGroupArn: string, healthy: number, unhealthy: number): void {
    const dimensions = bothDimensions(loadBalancerArn, targetGroupArn);
    this.#sink.add(NAMESPACE, "HealthyHostCount", dimensions, healthy);
    this.#sink.add(NAMESPACE, "UnHealthyHostCount", dimensions, unhealthy);
  }

  #both(loadBalancerArn: string, targetGroupArn: string, metric: string, value: number): void {
    this.#sink.add(NAMESPACE, metric, bothDimensions(loadBalancerArn, targetGroupArn), value);
    this.#forLoadBalancer(loadBalancerArn, metric, value);
  }

  #forLoadBalancer(loadBalancerArn: string, metric: string, value: number): void {
    this.#sink.add(NAMESPACE, metric, { LoadBalancer: loadBalancerDimension(loadBalancerArn) }, value);
  }
}

const bothDimensions = (
  loadBalancerArn: string,
  targetGroupArn: string,
): Readonly<Record<string, string>> => ({
  LoadBalancer: loadBalancerDimension(loadBalancerArn),
  TargetGroup: targetGroupDimension(targetGroupArn),
});
