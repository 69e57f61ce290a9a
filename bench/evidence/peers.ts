import { type Canary, seenEvery } from "./canary.ts";
import { kayentaLooks } from "./kayenta.ts";
import { ALPHA } from "./sluice.ts";

/** What a peer goes by at one of its looks: it takes the canary back once that is above the limit. */
export interface Look {
  readonly second: number;
  readonly score: number;
}

/** A rule of another tool, but for its limit. */
export interface Peer {
  readonly name: string;
  /** The limit of its documentation; undefined where that has none. */
  readonly defaultLimit: number | undefined;
  readonly looksAt: (canary: Canary) => readonly Look[];
}

const MINUTE = 60;
/** Success of at least 99 %, as in the examples of Argo Rollouts and Flagger. */
const BAD_SHARE = 0.01;

/**
 * - 1 failed minute: Argo Rollouts' `failureLimit` (default 0) and Flagger's `threshold` (default 1).
 * - 5 failed minutes, wherever they are: Flagger's `threshold` in its examples. Neither counts failures in a row.
 * - m of n: a CloudWatch alarm with `datapointsToAlarm` m and `evaluationPeriods` n of a minute.
 * - Kayenta: see kayenta.ts; the limit is that of its confidence level, 98 %.
 */
export const PEERS: readonly Peer[] = [
  minutes("1 bad minute (Argo, Flagger, alarm)", 1, Number.POSITIVE_INFINITY),
  minutes("5 bad minutes (Flagger)", 5, Number.POSITIVE_INFINITY),
  minutes("alarm 2 of 3", 2, 3),
  minutes("alarm 3 of 3", 3, 3),
  { ...minutes("alarm on a count, 1 of 1", 1, 1, "count"), defaultLimit: undefined },
  { name: "Kayenta every 5 min", defaultLimit: 2.3263, looksAt: (canary) => kayentaLooks(canary, 5) },
  { name: "Kayenta at the end", defaultLimit: 2.3263, looksAt: (canary) => kayentaLooks(canary, 30) },
];

/** The canary's own bad share, or count, of each minute; the `bad`th worst of the latest `of` minutes has to be above. */
function minutes(name: string, bad: number, of: number, what: "share" | "count" = "share"): Peer {
  return {
    name,
    defaultLimit: BAD_SHARE,
    looksAt: (canary) => {
      const values = seenEvery(MINUTE, canary).blocks.map(({ canary: arm }) =>
        what === "count" ? arm.bad : arm.requests === 0 ? 0 : arm.bad / arm.requests,
      );
      return values.map((_, index) => {
        const latest = values.slice(Math.max(0, index + 1 - of), index + 1).sort((a, b) => b - a);
        return { second: (index + 1) * MINUTE, score: latest[bad - 1] ?? 0 };
      });
    },
  };
}

/** When the limit is first passed, in seconds. */
export const takenBackAt = (looks: readonly Look[], limit: number): number | undefined =>
  looks.find(({ score }) => score > limit)?.second;

export const highest = (looks: readonly Look[]): number =>
  looks.reduce((most, { score }) => Math.max(most, score), Number.NEGATIVE_INFINITY);

/** The limit that no more than α of these good canaries pass: tuned by what nobody has, the truth. */
export function tunedLimit(highestOfGood: readonly number[]): number {
  const worst = [...highestOfGood].sort((a, b) => b - a);
  return worst[Math.floor(ALPHA * worst.length)] ?? 0;
}
