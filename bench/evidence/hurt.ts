import { leastBad } from "./bound.ts";
import { CANARY_SECONDS, type Canary, type Scenario, simulate } from "./canary.ts";
import type { Sample } from "./false-alarms.ts";
import { highest, PEERS, type Peer, takenBackAt, tunedLimit } from "./peers.ts";
import { type Random, randomOf } from "./random.ts";
import { ALPHA, informed, type Rule, sequential } from "./sluice.ts";

/** What one rule lets happen, in the mean over all canaries, found or not. */
export interface Harm {
  readonly rule: string;
  readonly kind: "ours" | "informed" | "default" | "tuned";
  /** Bad requests of the canary until it was taken back, or its half hour was over. */
  readonly bad: number;
  readonly minutes: number;
  /** Share of the bad canaries that were taken back … */
  readonly power: number;
  /** … and of the good ones. */
  readonly alarms: number;
}

export interface Hurt {
  readonly scenario: string;
  readonly ratio: number;
  readonly harms: readonly Harm[];
  /** The fewest bad requests that any test with the power of ours can have; undefined where there is none. */
  readonly bound: number | undefined;
}

export const OURS = "10 s";
export const OURS_PERIOD_SECONDS = 10;

interface NamedRule extends Pick<Harm, "kind" | "alarms"> {
  readonly name: string;
  readonly rule: Rule;
}

/** All rules on the same canaries. Limits are tuned on good ones of the same kind. */
export function measureHurt(
  scenario: Scenario,
  ratios: readonly number[],
  { canaries, seed }: Sample,
): readonly Hurt[] {
  const random = randomOf(seed);
  const rules = rulesFor(scenario, canaries, random);
  return ratios.map((ratio): Hurt => {
    const known: readonly NamedRule[] = [1, OURS_PERIOD_SECONDS].map((seconds) => ({
      name: `${seconds} s, ratio known`,
      kind: "informed",
      alarms: ALPHA,
      rule: informed(seconds, ratio),
    }));
    const harms = harmsOf([...rules, ...known], canaries, () =>
      simulate(scenario, ratio, BASE_SECONDS, random),
    );
    const power = harms.find(({ rule }) => rule === OURS)?.power ?? 0;
    const regression = { badShare: scenario.badShare(0), share: scenario.share(0), ratio };
    return { scenario: scenario.name, ratio, harms, bound: leastBad(regression, ALPHA, power) };
  });
}

const BASE_SECONDS = 1;
/** Fewer good canaries than this do not show what one in a hundred of them does. */
const LEAST_TO_TUNE = 1_000;

/** Ours, and each peer at its documented limit and at the one that gives α false alarms. */
function rulesFor(scenario: Scenario, canaries: number, random: Random): readonly NamedRule[] {
  const ours = [
    { name: "1 s", rule: sequential(1, 1) },
    { name: OURS, rule: sequential(OURS_PERIOD_SECONDS, 1) },
    { name: "60 s", rule: sequential(60, 1) },
    { name: "10 s, tolerance 1.2", rule: sequential(OURS_PERIOD_SECONDS, 1.2) },
  ];
  const count = Math.max(canaries, LEAST_TO_TUNE);
  const scores = PEERS.map((): number[] => []);
  const alarms = ours.map(() => 0);
  for (let index = 0; index < count; index++) {
    const good = simulate(scenario, 1, BASE_SECONDS, random);
    PEERS.forEach(({ looksAt }, peer) => {
      scores[peer]?.push(highest(looksAt(good)));
    });
    ours.forEach(({ rule }, at) => {
      if (rule(good) !== undefined) alarms[at] = (alarms[at] ?? 0) + 1;
    });
  }
  return [
    ...ours.map((rule, at): NamedRule => ({ ...rule, kind: "ours", alarms: (alarms[at] ?? 0) / count })),
    ...PEERS.flatMap((peer, at) => limited(peer, scores[at] ?? [])),
  ];
}

function limited(
  { name, defaultLimit, looksAt }: Peer,
  highestOfGood: readonly number[],
): readonly NamedRule[] {
  const at = (kind: NamedRule["kind"], limit: number): NamedRule => ({
    name,
    kind,
    rule: (canary) => takenBackAt(looksAt(canary), limit),
    alarms: highestOfGood.filter((score) => score > limit).length / highestOfGood.length,
  });
  const tuned = at("tuned", tunedLimit(highestOfGood));
  return defaultLimit === undefined ? [tuned] : [at("default", defaultLimit), tuned];
}

function harmsOf(rules: readonly NamedRule[], canaries: number, next: () => Canary): readonly Harm[] {
  const sums = rules.map(() => ({ bad: 0, seconds: 0, found: 0 }));
  for (let count = 0; count < canaries; count++) {
    const canary = next();
    rules.forEach(({ rule }, index) => {
      const at = rule(canary);
      const sum = sums[index];
      if (!sum) return;
      const end = at ?? CANARY_SECONDS;
      for (const block of canary.blocks.slice(0, end / canary.periodSeconds)) sum.bad += block.canary.bad;
      sum.seconds += end;
      if (at !== undefined) sum.found++;
    });
  }
  return rules.map(({ name, kind, alarms }, index): Harm => {
    const { bad = 0, seconds = 0, found = 0 } = sums[index] ?? {};
    return {
      rule: name,
      kind,
      bad: bad / canaries,
      minutes: seconds / 60 / canaries,
      power: found / canaries,
      alarms,
    };
  });
}
