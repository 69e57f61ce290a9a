import type { Figure } from "../figure.ts";
import { type Scenario, simulate } from "./canary.ts";
import { PEERS, takenBackAt } from "./peers.ts";
import { randomOf } from "./random.ts";
import { ALPHA, type Rule, sequential } from "./sluice.ts";

const PERIOD_SECONDS = 10;

export interface NamedRule {
  readonly name: string;
  readonly rule: Rule;
}

export const RULES: readonly NamedRule[] = [
  { name: "tolerance 1, 10 s", rule: sequential(PERIOD_SECONDS, 1) },
  { name: "tolerance 1.2, 10 s", rule: sequential(PERIOD_SECONDS, 1.2) },
  { name: "tolerance 1, 60 s", rule: sequential(60, 1) },
  { name: "tolerance 1.2, 60 s", rule: sequential(60, 1.2) },
  ...PEERS.slice(0, 1).map(({ name, defaultLimit, looksAt }) => ({
    name,
    rule: (canary: Parameters<Rule>[0]) => takenBackAt(looksAt(canary), defaultLimit ?? 0),
  })),
];

/** How long canaries that are cold are given. */
const WARM_UP_SECONDS = 60;

export const WARMED: readonly NamedRule[] = [
  { name: "tolerance 1.2, 10 s, warm-up", rule: sequential(PERIOD_SECONDS, 1.2, WARM_UP_SECONDS) },
  { name: "tolerance 1.2, 60 s, warm-up", rule: sequential(60, 1.2, WARM_UP_SECONDS) },
];

/** Shares of the good canaries that each rule took back. */
export interface FalseAlarms {
  readonly scenario: string;
  readonly canaries: number;
  readonly rules: readonly { readonly name: string; readonly share: number }[];
}

export interface Sample {
  readonly canaries: number;
  readonly seed: number;
}

export function countFalseAlarms(scenario: Scenario, { canaries, seed }: Sample, named = RULES): FalseAlarms {
  const random = randomOf(seed);
  const alarms = named.map(() => 0);
  for (let count = 0; count < canaries; count++) {
    const canary = simulate(scenario, 1, PERIOD_SECONDS, random);
    named.forEach(({ rule }, index) => {
      if (rule(canary) !== undefined) alarms[index] = (alarms[index] ?? 0) + 1;
    });
  }
  const rules = named.map(({ name }, index) => ({ name, share: (alarms[index] ?? 0) / canaries }));
  return { scenario: scenario.name, canaries, rules };
}

/** How far chance alone may carry a simulated share beyond the true one: once in 740 times further. */
const STANDARD_ERRORS = 3;

/** α is kept, as far as so many canaries can tell: each of ours beside it. */
export function falseAlarmFigures({ scenario, canaries, rules }: FalseAlarms): readonly Figure[] {
  const error = STANDARD_ERRORS * Math.sqrt((ALPHA * (1 - ALPHA)) / canaries);
  return rules
    .filter(({ name }) => name.startsWith("tolerance"))
    .map(({ name, share }) => ({
      name: `${scenario}: ${name}`,
      measured: 100 * share,
      reference: { name: "α", value: 100 * ALPHA },
      unit: "%",
      bound: { kind: "at-most", ratio: Number((1 + error / ALPHA).toFixed(2)) },
    }));
}
