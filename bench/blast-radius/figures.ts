import { markdownTable } from "markdown-table";
import type { Figure } from "../figure.ts";
import type { SourceName } from "./metrics.ts";
import type { MeasuredRelease } from "./release.ts";
import { WEIGHT_PERCENT } from "./spec.ts";

/** What guides on canaries promise: a bug meets 5 % of users for 90 seconds. */
const PROMISE = { usersPercent: 5, seconds: 90 };

export const TITLES: Readonly<Record<SourceName, string>> = {
  prometheus: "Prometheus",
  cloudwatch: "CloudWatch",
};

/** How many requests fail where the promise is kept to the second. */
export const promisedFailures = (requestsPerSecond: number, failPercent: number): number =>
  (requestsPerSecond * PROMISE.usersPercent * PROMISE.seconds * failPercent) / 10_000;

/**
 * The worst release of each source and failure share beside the promise. Only Prometheus is held to it: CloudWatch has a
 * minute of a load balancer's metrics one or two minutes after its end, so 90 seconds are over before it has anything.
 */
export function blastFigures(
  releases: readonly MeasuredRelease[],
  requestsPerSecond: number,
): readonly Figure[] {
  const groups = Map.groupBy(releases, ({ source, failPercent }) => `${source} ${failPercent}`);
  return [...groups.values()].flatMap((group): readonly Figure[] => {
    const [first] = group;
    if (!first) return [];
    const { source, failPercent } = first;
    const bound = source === "prometheus" ? ({ bound: { kind: "at-most", ratio: 1 } } as const) : {};
    const worst = group.length > 1 ? `, worst of ${group.length}` : "";
    const name = (what: string): string => `${TITLES[source]}, ${failPercent} % fail: ${what}${worst}`;
    const beside = (value: number) => ({ name: `${PROMISE.usersPercent} % of users for 90 s`, value });
    return [
      {
        name: name("until the last answer"),
        measured: Math.max(...group.map(({ seconds }) => seconds)),
        reference: beside(PROMISE.seconds),
        unit: "s",
        ...bound,
      },
      {
        name: name("failed requests"),
        measured: Math.max(...group.map(({ failed }) => failed)),
        reference: beside(promisedFailures(requestsPerSecond, failPercent)),
        unit: "requests",
        ...bound,
      },
    ];
  });
}

/** A row for each release. */
export function renderReleases(releases: readonly MeasuredRelease[]): string {
  const head = ["source", "fails", "until weight 0", "until the last answer", "answers", "failed"];
  const rows = releases.map((release) => [
    TITLES[release.source],
    `${release.failPercent} % of ${WEIGHT_PERCENT} %`,
    `${release.secondsToWeightZero.toFixed(1)} s`,
    `${release.seconds.toFixed(1)} s`,
    String(release.requests),
    String(release.failed),
  ]);
  return markdownTable([head, ...rows], { align: ["l", "l", "r", "r", "r", "r"] });
}
