import { totalOf } from "../../core/counts.ts";
import type { RequestCounts, Verdict } from "../../core/verdict.ts";
import { type Compared, compareVersions, isAsBefore, isSpared } from "./control.ts";
import { badOnes, type CountedReading, countedOf } from "./counted.ts";
import { judgeLimit, type LimitJudgement } from "./limit.ts";
import type { CountsReading, CountsRule } from "./reading.ts";
import {
  BY_FLOOR,
  bothBreakText,
  falseAlarmText,
  incidentText,
  keptText,
  MAY_BE_CHANCE,
  MAY_BE_INCIDENT,
  MOSTLY_FINE,
  newVersionText,
  oldVersionText,
  ruledOutText,
  sparedText,
  tooFewText,
  WEAKER_CONTROL,
} from "./words.ts";

export interface CountsJudgement {
  readonly verdict: Verdict;
  /**
   * The end of the first period at which one of its tests found a regression, also where an incident then excuses it.
   * The verdict on the periods before is none, as far as 30 periods of history or more settle how much counts vary.
   */
  readonly regressedAtMs?: number;
  /** The same of the comparison alone, which no incident excuses. */
  readonly comparedAtMs?: number;
  /** The end of the period from which on a limit that the new version breaks is broken by the old one, too. */
  readonly excusedAtMs?: number;
}

/** What the comparison gets of the gate's budget where there is a limit, too: it finds all that got worse. */
export const COMPARISON_SHARE = 0.75;

/**
 * A smaller chance than this is too much evidence to pass with, if too little to act on. Of simulated good releases
 * about one in a hundred waits for more because of it, of those three times as bad that are not caught yet one in three.
 */
const SUSPICIOUS = 0.1;

/** So many of the old version's latest periods say whether an incident lasts. */
const LATELY = 10;

interface Evidence {
  readonly compared: Compared | undefined;
  readonly limit: LimitJudgement | undefined;
  /** Of the old version, where the new one breaks the limit. */
  readonly oldLimit?: LimitJudgement | undefined;
  /** Chance of as much evidence of a regression from a good release, both tests taken together. */
  readonly chance: number;
  /** What has become of the old version itself, in words. */
  readonly incident: string | undefined;
}

/**
 * What a gate on counts says of the new version, from all periods since the step: the same periods give the same answer,
 * whoever asks. A regression by comparison, or above the limit beyond chance, is one, but not one of the limit that the
 * old version breaks, too. No data is never healthy.
 */
export function judgeCounts(reading: CountsReading, rule: CountsRule): CountsJudgement {
  const seen = countedOf(reading, rule.worse);
  const evidence = weigh(seen, rule);
  const counts = countsOf(seen, rule, evidence.compared);
  const judged = conclude(reading, rule, seen, evidence);
  const verdict: Verdict = {
    kind: judged.kind,
    gate: rule.gate,
    reason: judged.reason,
    counts,
    ...(judged.basis ? { basis: judged.basis } : {}),
    ...(rule.isDryRun ? { isDryRun: true } : {}),
    ...(judged.isIncident ? { isIncident: true } : {}),
  };
  return { verdict, ...crossings(reading, evidence) };
}

function weigh(seen: CountedReading, rule: CountsRule): Evidence {
  const { maxPercent = 100, alpha } = rule;
  if (maxPercent >= 100) {
    const compared = compareVersions(seen, rule, alpha);
    const chance = compared?.comparison.anytimeP ?? 1;
    return { compared, limit: undefined, chance, incident: riseText(seen, compared) };
  }
  const { canary, stable, history, counted } = seen;
  const compared = compareVersions(seen, rule, alpha * COMPARISON_SHARE);
  const limitShare = compared ? 1 - COMPARISON_SHARE : 1;
  const judge = (arms: CountedReading["canary"]): LimitJudgement =>
    judgeLimit(badOnes(arms, counted), badOnes(history, counted), maxPercent, alpha * limitShare);
  const limit = judge(canary);
  const ofComparison = (compared?.comparison.anytimeP ?? 1) / COMPARISON_SHARE;
  const chance = Math.min(1, ofComparison, limit.anytimeP / limitShare);
  const oldLimit = limit.kind === "regress" && stable ? judge(stable) : undefined;
  const bothBreak = oldLimit?.kind === "regress";
  const incident = riseText(seen, compared) ?? (bothBreak ? bothBreakText(seen) : undefined);
  return { compared, limit, oldLimit, chance, incident };
}

function riseText(seen: CountedReading, compared: Compared | undefined): string | undefined {
  if (compared?.stableWorse === undefined || isSpared(seen, compared)) return undefined;
  return incidentText(compared.stableWorse);
}

/**
 * Whether what was wrong with the old version has passed: then it still excuses the new one, which nothing else holds up.
 * Where nobody came lately it is not known to have.
 */
function isOver(
  { counted, stable = [], history }: CountedReading,
  { maxPercent = 100 }: CountsRule,
  compared: Compared | undefined,
): boolean {
  const lately = stable.slice(-LATELY);
  const { requests, bad } = totalOf(badOnes(lately, counted));
  if (requests === 0) return false;
  return compared?.stableWorse === undefined
    ? 100 * bad <= maxPercent * requests
    : isAsBefore(counted, lately, history);
}

type Conclusion = Pick<Verdict, "kind" | "reason" | "basis" | "isIncident">;

function conclude(
  reading: CountsReading,
  rule: CountsRule,
  seen: CountedReading,
  { compared, limit, chance, incident }: Evidence,
): Conclusion {
  const comparison = compared?.comparison;
  const old = comparison && oldVersionText(seen, comparison);
  const told = (...rest: readonly string[]): string =>
    [newVersionText(seen, reading, rule), ...(old ? [old] : []), ...rest].join("; ");
  const isWorse = comparison?.kind === "regress";
  const weaker = comparison?.control === "before" ? [WEAKER_CONTROL] : [];
  if (isWorse || (limit?.kind === "regress" && !incident))
    return { kind: "regress", reason: told(falseAlarmText(chance), ...(isWorse ? weaker : [])) };
  if (incident && !isOver(seen, rule, compared))
    return { kind: "insufficient", reason: told(incident), isIncident: true };
  if (totalOf(seen.canary).requests < rule.minRequests)
    return { kind: "insufficient", reason: tooFewText(seen, reading, rule) };
  if (isSuspicious(seen, rule, compared))
    return { kind: "insufficient", reason: told(incident ? MAY_BE_INCIDENT : MAY_BE_CHANCE) };
  if (comparison?.kind === "healthy") {
    const { stableWorse } = compared ?? {};
    const spared = stableWorse === undefined ? [] : [sparedText(stableWorse)];
    const proof = ruledOutText(comparison, seen.counted);
    return { kind: "healthy", reason: told(proof, ...spared, ...weaker) };
  }
  if (!comparison && limit?.kind === "healthy")
    return { kind: "healthy", reason: told(keptText(limit.logHealth)) };
  return rule.insufficientEvidence === "promote"
    ? { kind: "healthy", reason: told(BY_FLOOR), basis: "floor" }
    : { kind: "insufficient", reason: told(MOSTLY_FINE) };
}

/** Whether there is more against the new version than it should pass with, though chance may still explain it. */
function isSuspicious(
  { canary, counted }: CountedReading,
  { maxPercent, tolerance }: CountsRule,
  compared: Compared | undefined,
): boolean {
  const { requests, bad } = totalOf(badOnes(canary, counted));
  if (maxPercent !== undefined && 100 * bad > maxPercent * requests) return true;
  if (!compared || compared.comparison.anytimeP > SUSPICIOUS) return false;
  const { rateRatio } = compared.comparison;
  if (rateRatio === undefined) return true;
  return counted === "good" ? rateRatio * tolerance < 1 : rateRatio > tolerance;
}

function countsOf(seen: CountedReading, rule: CountsRule, compared: Compared | undefined): RequestCounts {
  const { counted } = seen;
  const { requests, bad } = totalOf(seen.canary);
  const { stable: other, rateRatio } = compared?.comparison ?? {};
  const isLimited = rule.maxPercent !== undefined && counted !== "good";
  return {
    requests,
    bad,
    ...(other ? { otherRequests: other.requests, otherBad: other.bad } : {}),
    ...(rateRatio === undefined ? {} : { rateRatio }),
    ...(isLimited ? { allowedPercent: rule.maxPercent } : {}),
    neededRequests: rule.minRequests,
    ...(counted === "good" ? { isGood: true } : {}),
  };
}

/** When each test crossed its threshold, as ends of periods. */
function crossings(
  { canary, stable = [], periodMs }: CountsReading,
  { compared, limit, oldLimit }: Evidence,
): Omit<CountsJudgement, "verdict"> {
  const comparedMs = compared?.atMs[compared.comparison.regressedAtBlock ?? -1];
  const limitMs = canary[limit?.regressedAtBlock ?? -1]?.atMs;
  const excusedMs = stable[oldLimit?.regressedAtBlock ?? -1]?.atMs;
  const found = [comparedMs, limitMs].filter((atMs) => atMs !== undefined);
  return {
    ...(found.length === 0 ? {} : { regressedAtMs: Math.min(...found) + periodMs }),
    ...(comparedMs === undefined ? {} : { comparedAtMs: comparedMs + periodMs }),
    ...(excusedMs === undefined ? {} : { excusedAtMs: excusedMs + periodMs }),
  };
}
