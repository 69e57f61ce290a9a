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

/** When releases that fail a share of their requests are caught: "5 % after 6m and 20 % after 3m". */
export function caughtWords({ caught }: Outlook): string {
  const times = caught.flatMap(({ badPercent, ms }) =>
    ms === undefined ? [] : [`${badPercent} % of its requests after ${time(ms)}`],
  );
  return times.join(" and ");
}
