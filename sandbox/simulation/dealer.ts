/** Deals fractions out as whole things over time, and takes turns: the same every time, without randomness. */
export class Dealer {
  readonly #owed = new Map<string, number>();
  readonly #turns = new Map<string, number>();

  /** How many whole ones are due now, where `amount` more are due each time: 0.2 is one in every five. */
  count(key: string, amount: number): number {
    const owed = (this.#owed.get(key) ?? 0) + amount;
    const due = Math.floor(owed + EPSILON);
    this.#owed.set(key, owed - due);
    return due;
  }

  /** One of `shares`' keys, each as often as its share says; undefined where all are 0. */
  choose(key: string, shares: Readonly<Record<string, number>>): string | undefined {
    const wanted = Object.entries(shares).filter(([, share]) => share > 0);
    const owed = wanted.map(
      ([name, share]) => [name, share + (this.#owed.get(`${key} ${name}`) ?? 0)] as const,
    );
    const [chosen] = owed.reduce<readonly [string | undefined, number]>(
      (most, one) => (one[1] > most[1] + EPSILON ? one : most),
      [undefined, Number.NEGATIVE_INFINITY],
    );
    for (const [name, amount] of owed) this.#owed.set(`${key} ${name}`, amount - (name === chosen ? 1 : 0));
    return chosen;
  }

  next<T>(key: string, among: readonly T[]): T | undefined {
    const turn = (this.#turns.get(key) ?? -1) + 1;
    this.#turns.set(key, turn);
    return among[turn % among.length];
  }
}

/** Five times 0.2 is not quite 1. */
const EPSILON = 1e-9;
