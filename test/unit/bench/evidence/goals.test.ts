import { expect, test } from "vitest";
import { hurtFigures } from "../../../../bench/evidence/goals.ts";
import type { Harm, Hurt } from "../../../../bench/evidence/hurt.ts";
import { misses } from "../../../../bench/figure.ts";

const harm = (rule: string, kind: Harm["kind"], bad: number, minutes: number, alarms: number): Harm => ({
  rule,
  kind,
  bad,
  minutes,
  power: 1,
  alarms,
});

const hurt = (ours: number, minutes: number, others: readonly Harm[]): Hurt => ({
  scenario: "s",
  ratio: 4,
  bound: 8,
  harms: [harm("10 s", "ours", ours, minutes, 0.01), ...others],
});

const missed = (one: Hurt) =>
  hurtFigures(one)
    .filter(misses)
    .map(({ reference }) => reference.name);

const slow = harm("slow", "tuned", 24, 3, 0.01);
const slower = harm("slower", "default", 70, 9, 0.02);

test("goals are held beside the best of each kind, and beside the bound", () => {
  expect(missed(hurt(11, 1, [slow, slower]))).toEqual([]);
  expect(missed(hurt(12.5, 1, [slow, slower]))).toEqual(["least possible", "slow, tuned, 1 % false alarms"]);
  expect(missed(hurt(15, 1, [slow, slower]))).toHaveLength(3);
});

test("the bound counts where detection takes more than three periods, and nobody is held to less than it", () => {
  expect(missed(hurt(12.5, 0.5, [slow, slower]))).toEqual(["slow, tuned, 1 % false alarms"]);
  expect(missed(hurt(11, 1, [harm("near", "tuned", 15, 3, 0.01)]))).toEqual([]);
});

test("a rule that nobody can release by is no peer, and one that is sooner by more than a period is a miss", () => {
  expect(missed(hurt(11, 1, [harm("nervous", "default", 1, 0.1, 0.2), slow]))).toEqual([]);
  expect(missed(hurt(11, 3.5, [slow]))).toEqual(["slow, tuned, the soonest"]);
  expect(missed(hurt(11, 3.1, [slow]))).toEqual([]);
});
