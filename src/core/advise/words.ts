import { formatDuration } from "../spec/duration.ts";
import type { Outlook } from "./outlook.ts";

/** "1234", "7.5": as many digits as matter. */
export function rate(perMinute: number): string {
  return perMinute >= 10 ? perMinute.toFixed(0) : String(Number(perMinute.toFixed(1)));
}

export function percent(value: number): string {
  return `${Number(value.toFixed(value >= 10 ? 0 : 2))} %`;
}

/** Rounded up to seconds below two minutes, else to minutes: these are estimates. */
export function time(ms: number): string {
  const unitMs = ms < 120_000 ? 1000 : 60_000;
  return formatDuration(Math.ceil(ms / unitMs) * unitMs);
}

/** When releases are caught: "a release that fails 5 % of its requests after 6m, one that fails 20 % after 3m". */
export function caughtWords({ caught }: Outlook): string {
  const times = caught.flatMap(({ regression, ms }) =>
    ms === undefined || regression.kind !== "share" ? [] : [{ percent: regression.percent, after: time(ms) }],
  );
  return times
    .map(({ percent: bad, after }, index) =>
      index === 0
        ? `a release that fails ${bad} % of its requests after ${after}`
        : `one that fails ${bad} % after ${after}`,
    )
    .join(" and ");
}
