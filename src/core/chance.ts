/** How often, at most, a release that just keeps to its share is called a regression in one look. */
const CHANCE = 0.001;

/**
 * Whether `bad` of `total` is more than a true share of `allowed` yields but once in 1/CHANCE: by the bound of
 * Chernoff and Hoeffding (1963), P(X >= qn) <= exp(-n kl(q, p)) for q > p.
 */
export function exceeds(bad: number, total: number, allowed: number): boolean {
  const share = bad / total;
  if (share <= allowed) return false;
  return total * divergence(share, allowed) >= Math.log(1 / CHANCE);
}

/** kl(q, p) of two Bernoulli distributions, in nats; infinite where p rules q out. */
function divergence(q: number, p: number): number {
  const part = (a: number, b: number): number => (a === 0 ? 0 : a * Math.log(a / b));
  return part(q, p) + part(1 - q, 1 - p);
}

/** The 10 % quantile of the normal distribution, without its sign: nine times in ten it is less bad luck than that. */
const NINE_IN_TEN = 1.2816;
const MOST_REQUESTS = 2 ** 30;

/**
 * After how many requests a release that fails `badPercent` of them is called a regression, nine times in ten;
 * undefined where it keeps to what is allowed. The number of failures is taken as normally distributed.
 */
export function requestsUntilCaught(
  badPercent: number,
  gate: { readonly maxPercent: number; readonly minRequests: number },
): number | undefined {
  const share = badPercent / 100;
  const isCaught = (requests: number): boolean => {
    const spread = Math.sqrt(requests * share * (1 - share));
    const bad = Math.floor(requests * share - NINE_IN_TEN * spread);
    return bad > 0 && exceeds(bad, Math.max(requests, gate.minRequests), gate.maxPercent / 100);
  };
  let enough = 1;
  while (!isCaught(enough)) {
    if (enough >= MOST_REQUESTS || badPercent <= gate.maxPercent) return undefined;
    enough *= 2;
  }
  let tooFew = Math.floor(enough / 2);
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (isCaught(middle)) enough = middle;
    else tooFew = middle;
  }
  return enough;
}
