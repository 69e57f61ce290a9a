import type { Sandbox } from "../../sandbox/sandbox.ts";

/** What a load balancer's route passed on to the new version, in the order of its answers. */
export interface Answer {
  readonly atMs: number;
  readonly bad: boolean;
}

/** The answers of one version on one route, and whether it gets any more. */
export interface Traffic {
  readonly answers: readonly Answer[];
  /** When the data plane last took up a weight above 0 … */
  readonly weightedAtMs: number | undefined;
  /** … and when it took up 0 after that. */
  readonly weightlessAtMs: number | undefined;
  stop(): void;
}

/** Watches, at the load balancer, what `routeArn` sends to other groups than `oldGroupArn`. */
export function watchTraffic(
  sandbox: Sandbox,
  routeArn: string,
  oldGroupArn: string,
  nowMs: () => number,
): Traffic {
  const answers: Answer[] = [];
  const traffic = {
    answers,
    weightedAtMs: undefined as number | undefined,
    weightlessAtMs: undefined as number | undefined,
    stop: sandbox.listen({
      request: (request) => {
        const { targetGroupArn, status } = request;
        if (request.routeArn !== routeArn || !targetGroupArn || targetGroupArn === oldGroupArn) return;
        answers.push({ atMs: nowMs(), bad: status >= 500 });
      },
      applied: ({ arn, weights }) => {
        if (arn !== routeArn) return;
        const weighted = Object.entries(weights).some(
          ([group, weight]) => group !== oldGroupArn && weight > 0,
        );
        if (weighted) traffic.weightedAtMs = nowMs();
        else if (traffic.weightedAtMs !== undefined) traffic.weightlessAtMs ??= nowMs();
      },
    }),
  };
  return traffic;
}
