import { type Arm, totalOf } from "../../core/counts.ts";

/** Fewer blocks than this say little about how much counts vary. */
export const ENOUGH_BLOCKS = 30;

const HISTORY_BLOCKS = 120;
const HISTORY_MS = 60 * 60_000;

/**
 * How long a history dispersionOf should have: 120 blocks, and an hour. Of two minutes of one-second blocks it knew so
 * little that 4 to 5 % of good canaries with clustered errors were taken back at α = 1 %, and that canaries without
 * such errors were taken back later, since chance alone makes it more than 1.
 */
export const historyMsFor = (blockMs: number): number => Math.max(HISTORY_BLOCKS * blockMs, HISTORY_MS);

/** A block is joined with the next until it expects this many bad requests: rarer ones hardly vary but in ones. */
const LEAST_EXPECTED = 1;

/**
 * How much more stable's bad requests vary from block to block than independent ones would: variance over mean, 1 or
 * more. Bad requests come in clusters (retries, one bad client), and a test that takes them for independent gives a false
 * alarm for every fifth good canary. Dividing the evidence by this number made up for it in simulation. It is exact for
 * clusters of one size; otherwise an estimate, not a theorem.
 *
 * Neighbours are compared rather than each block with the mean (von Neumann 1941), so that a day's curve is not taken for
 * clusters: with rates a and b in n and m requests at a common rate p, the mean of (a − b)² / (1/n + 1/m) is p times
 * the dispersion.
 *
 * @param history stable's blocks in order, of the length that will be judged, from before the rollout
 * @param meanwhile stable's blocks since, used where there are fewer than ENOUGH_BLOCKS of history
 */
export function dispersionOf(history: readonly Arm[], meanwhile: readonly Arm[] = []): number {
  const withTraffic = (arms: readonly Arm[]) => arms.filter(({ requests }) => requests > 0);
  const before = withTraffic(history);
  const blocks = before.length < ENOUGH_BLOCKS ? [...before, ...withTraffic(meanwhile)] : before;
  const requests = blocks.reduce((sum, block) => sum + block.requests, 0);
  const bad = blocks.reduce((sum, block) => sum + block.bad, 0);
  if (bad === 0) return 1;
  const rate = bad / requests;
  const joined = joinedUntil(blocks, LEAST_EXPECTED / rate);
  const variances = joined.slice(1).flatMap((block, index) => {
    const previous = joined[index];
    if (!previous) return [];
    const difference = block.bad / block.requests - previous.bad / previous.requests;
    return [difference ** 2 / (1 / block.requests + 1 / previous.requests)];
  });
  if (variances.length === 0) return 1;
  const usual = usualOf(variances, joined);
  return Math.max(1, Math.min(meanOf(variances) / rate, MOST_UNUSUAL * Math.max(1, usual)));
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** What the mean may be more than the usual before it is taken for an incident's: clusters come up to twice. */
const MOST_UNUSUAL = 3;

/** An outage is a few blocks that fail, and two leaps; clusters are a leap wherever one falls, so more of those are kept. */
const USUAL_BLOCKS = 0.95;
const USUAL_LEAPS = 0.9;
/** The mean of the lower nine tenths of a chi-squared of one degree of freedom. */
const USUAL_MEAN = 0.623;

/**
 * The dispersion without the leaps that are largest and the blocks that failed most. An outage in the history outweighs all
 * else: by the mean alone, φ was in the hundreds, and no canary could ever have been called bad.
 */
function usualOf(variances: readonly number[], blocks: readonly Arm[]): number {
  const usual = totalOf(lowest(blocks, USUAL_BLOCKS, ({ requests, bad }) => bad / requests));
  if (usual.bad === 0) return 1;
  const leaps = lowest(variances, USUAL_LEAPS, (variance) => variance);
  return meanOf(leaps) / USUAL_MEAN / (usual.bad / usual.requests);
}

function lowest<T>(values: readonly T[], part: number, by: (value: T) => number): readonly T[] {
  return [...values].sort((a, b) => by(a) - by(b)).slice(0, Math.max(1, Math.floor(part * values.length)));
}

/** Neighbours as one, each with `requests` at least, but for what is left over at the end. */
function joinedUntil(blocks: readonly Arm[], requests: number): readonly Arm[] {
  const joined: Arm[] = [];
  let open: Arm = { requests: 0, bad: 0 };
  for (const block of blocks) {
    open = { requests: open.requests + block.requests, bad: open.bad + block.bad };
    if (open.requests < requests) continue;
    joined.push(open);
    open = { requests: 0, bad: 0 };
  }
  return joined;
}
