"""Values of the sequential test, computed apart from it: by the definition, in 50 digits, with nothing shortened.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python generate.py > values.json && npx biome format --write values.json

E is a mean of products of binomial probabilities under each alternative over those under the null hypothesis. Thresholds
come from the full distribution of hits, no tail dropped, by trying every cut from the top. `rejected` is the chance that a
null hypothesis at its edge is ever rejected. Version 1, 2026-11.
"""

import json
import random

from mpmath import binomial, exp, log, mp, mpf, sqrt

mp.dps = 50
ALPHA = mpf("0.01")


def spaced(start, end, count):
    return [start * (end / start) ** (mpf(i) / (count - 1)) for i in range(count)]


def regression():
    ratios = spaced(mpf("1.4"), mpf(32), 16)
    stakes = [1 / sqrt((r * log(r) - r + 1) / r) for r in ratios]
    return [(r, s / sum(stakes)) for r, s in zip(ratios, stakes)]


def health(excess):
    rest = spaced(1 / (4 * excess), 1 / sqrt(excess), 6)
    return [(1 / excess, mpf(1) / 2)] + [(r, mpf(1) / 12) for r in rest]


def chance_of(block, ratio):
    share = mpf(block["canary"][0]) / (block["canary"][0] + block["stable"][0])
    return share * ratio / (share * ratio + 1 - share)


def pmf(hits, trials, chance):
    return binomial(trials, hits) * chance**hits * (1 - chance) ** (trials - hits)


def log_evidence(blocks, mixture, tolerance, dispersion):
    powers = [mpf(1)] * len(mixture)
    path = []
    for block in blocks:
        if block["canary"][0] and block["stable"][0]:
            hits = block["canary"][1]
            trials = hits + block["stable"][1]
            null = pmf(hits, trials, chance_of(block, tolerance))
            for j, (ratio, _) in enumerate(mixture):
                alternative = pmf(hits, trials, chance_of(block, tolerance * ratio))
                powers[j] *= (alternative / null) ** (1 / dispersion)
        path.append(log(sum(stake * power for (_, stake), power in zip(mixture, powers))))
    return path


def thresholds(blocks, mixture, tolerance):
    """The cut of each block: the fewest hits that are rejected, or null; and the chance of any rejection."""
    alive, spent, cuts, norm = {0: mpf(1)}, mpf(0), [], [mpf(1)] * len(mixture)
    for block in blocks:
        trials = block["canary"][1] + block["stable"][1]
        if trials == 0 or not block["canary"][0] or not block["stable"][0]:
            cuts.append(cuts[-1] if cuts else None)
            continue
        chance = chance_of(block, tolerance)
        for j, (ratio, _) in enumerate(mixture):
            norm[j] *= (1 + chance * (ratio - 1)) ** trials
        after = {}
        for hits, p in alive.items():
            for more in range(trials + 1):
                after[hits + more] = after.get(hits + more, mpf(0)) + p * pmf(more, trials, chance)
        value = {h: sum(w * r**h / n for (r, w), n in zip(mixture, norm)) for h in after}
        best = None
        for cut in sorted(after, reverse=True):
            now = sum(p for h, p in after.items() if h >= cut)
            later = sum(p * value[h] for h, p in after.items() if h < cut)
            if spent + now + later / min(2 * value[cut], 2 / ALPHA) <= ALPHA:
                best = cut
        if best is not None:
            spent += sum(p for h, p in after.items() if h >= best)
        alive = {h: p for h, p in after.items() if best is None or h < best}
        cuts.append(best)
    return cuts, spent


def blocks_of(rng, count, volume, rate, ratio):
    blocks = []
    for _ in range(count):
        requests = rng.randrange(volume)
        canary = rng.randrange(requests // 2 + 1)
        stable = requests - canary
        bad = lambda n, p: sum(rng.random() < p for _ in range(n))
        blocks.append({"canary": [canary, bad(canary, rate * ratio)], "stable": [stable, bad(stable, rate)]})
    return blocks


def main():
    rng = random.Random(20261121)
    cases = []
    for count, volume, rate, ratio, tolerance, dispersion in [
        (5, 60, 0.1, 1, "1", "1"), (8, 400, 0.02, 3, "1", "1"), (6, 2000, 0.01, 6, "1.2", "1"),
        (8, 900, 0.03, 1.5, "1", "2.5"), (4, 30, 0.2, 4, "1.5", "1"), (6, 5000, 0.001, 10, "1", "1.25"),
    ]:
        blocks = blocks_of(rng, count, volume, rate, ratio)
        tolerance, dispersion = mpf(tolerance), mpf(dispersion)
        cuts, rejected = thresholds(blocks, regression(), tolerance)
        cases.append({
            "blocks": blocks, "tolerance": float(tolerance), "dispersion": float(dispersion),
            "logEvidence": [float(x) for x in log_evidence(blocks, regression(), tolerance, dispersion)],
            "logHealth": [float(x) for x in log_evidence(blocks, health(mpf(2)), 2 * tolerance, dispersion)],
            "cuts": cuts, "rejected": float(rejected),
        })
    print(json.dumps({"madeBy": "generate.py, version 1, mpmath 1.3.0, 50 digits", "alpha": float(ALPHA), "cases": cases}))


main()
