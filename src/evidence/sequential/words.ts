import { formatCount } from "../../core/count-words.ts";

/** Nothing is surer than this: the rest is a matter of what was measured, not of chance. */
const SUREST = 1e-9;

/** The next larger chance of 1 in 1, 2 or 5 times a power of ten: "1 in 20,000". */
export function formatChance(chance: number): string {
  const oneIn = 1 / Math.max(chance, SUREST);
  // A hair more, so that 1 / 0.01 is a hundred.
  const power = 10 ** Math.floor(Math.log10(oneIn * (1 + 1e-9)));
  const leading = [5, 2, 1].find((digit) => digit * power <= oneIn * (1 + 1e-9)) ?? 1;
  return `1 in ${formatCount(leading * power)}`;
}
