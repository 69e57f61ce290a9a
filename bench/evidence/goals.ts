import type { Figure } from "../figure.ts";
import { type Harm, type Hurt, OURS, OURS_PERIOD_SECONDS } from "./hurt.ts";

/** Near the bound where looks in blocks do not matter, and far below what others let happen. */
const GOALS = { bound: 1.5, tuned: 0.5, defaults: 0.2 };
const BLOCKS_THAT_MATTER = 3;
const CERTAIN = 0.95;
/** A rule that takes more good canaries back than this stops bad ones soon, too, but nobody can release by it. */
const BEARABLE_ALARMS = 0.05;
const LEAST_RATIO = 2;

/** Ours beside the least possible, the best of the tuned peers, and the best of them as documented. */
export function hurtFigures({ scenario, ratio, harms, bound }: Hurt): readonly Figure[] {
  const ours = harms.find(({ rule }) => rule === OURS);
  if (!ours) return [];
  const name = `${scenario}, ${ratio} times`;
  const matters = (60 * ours.minutes) / OURS_PERIOD_SECONDS > BLOCKS_THAT_MATTER && ours.power >= CERTAIN;
  const beside = (peer: Harm | undefined, most: number): readonly Figure[] => {
    if (!peer) return [];
    /** Nobody is held to less than the least possible. */
    const isFair = ratio >= LEAST_RATIO && most * peer.bad >= (bound ?? 0);
    const title = `${peer.rule}, ${peer.kind}, ${(100 * peer.alarms).toFixed(0)} % false alarms`;
    return [harmFigure(name, ours, title, peer.bad, isFair ? most : undefined)];
  };
  return [
    ...(bound === undefined
      ? []
      : [harmFigure(name, ours, "least possible", bound, matters ? GOALS.bound : undefined)]),
    ...beside(best(harms, "tuned"), GOALS.tuned),
    ...beside(best(harms, "default"), GOALS.defaults),
    ...delayFigure(name, ours, harms),
  ];
}

const harmFigure = (
  name: string,
  ours: Harm,
  reference: string,
  value: number,
  most: number | undefined,
): Figure => ({
  name,
  measured: ours.bad,
  reference: { name: reference, value },
  unit: "bad",
  ...(most === undefined ? {} : { bound: { kind: "at-most", ratio: most } }),
});

function best(harms: readonly Harm[], kind: Harm["kind"]): Harm | undefined {
  const bearable = harms.filter((harm) => harm.kind === kind && harm.alarms <= BEARABLE_ALARMS);
  return [...bearable].sort((a, b) => a.bad - b.bad)[0];
}

/** Never more than one block later, in the mean, than any peer that can be released by. */
function delayFigure(name: string, ours: Harm, harms: readonly Harm[]): readonly Figure[] {
  const peers = harms.filter(
    ({ kind, alarms }) => (kind === "default" || kind === "tuned") && alarms <= BEARABLE_ALARMS,
  );
  const soonest = [...peers].sort((a, b) => a.minutes - b.minutes)[0];
  if (!soonest) return [];
  const seconds = 60 * soonest.minutes;
  return [
    {
      name: `${name}, until taken back`,
      measured: 60 * ours.minutes,
      reference: { name: `${soonest.rule}, ${soonest.kind}, the soonest`, value: seconds },
      unit: "s",
      bound: { kind: "at-most", ratio: Number((1 + OURS_PERIOD_SECONDS / seconds).toFixed(3)) },
    },
  ];
}
