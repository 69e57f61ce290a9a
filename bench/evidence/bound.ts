/** kl(a, b) of two Bernoulli distributions, in nats. */
function divergence(a: number, b: number): number {
  const part = (x: number, y: number): number => (x === 0 ? 0 : x * Math.log(x / y));
  return part(a, b) + part(1 - a, 1 - b);
}

/**
 * Fewer bad canary requests than this, in the mean, no test can have that gives α false alarms and finds the regression
 * with chance `power`: Wald's inequality for two arms, with q the bad share of both together as the likeliest good case.
 * Looks in blocks, and a ratio not known beforehand, come on top.
 *
 * @returns undefined where the power is no more than α: that takes no request at all
 */
export function leastBad(
  regression: { readonly badShare: number; readonly ratio: number; readonly share: number },
  alpha: number,
  power: number,
): number | undefined {
  if (power <= alpha) return undefined;
  const { badShare, ratio, share } = regression;
  const worse = badShare * ratio;
  const both = share * worse + (1 - share) * badShare;
  const natsPerRequest = share * divergence(worse, both) + (1 - share) * divergence(badShare, both);
  return (divergence(power, alpha) / natsPerRequest) * share * worse;
}
