import { compare } from "../../src/evidence/sequential/comparison.ts";
import { historyMsFor } from "../../src/evidence/sequential/dispersion.ts";
import { judgeObjective } from "../../src/evidence/sequential/objective.ts";
import type { Figure } from "../figure.ts";
import { medianOf } from "../statistics.ts";
import { type Canary, simulate } from "./canary.ts";
import { randomOf } from "./random.ts";
import { steady } from "./scenarios.ts";
import { ALPHA } from "./sluice.ts";

const GATES = 10;
const REPEATS = 7;
/** No more than reading the same figures takes ten times over. */
const MOST = 10;

/** Ten gates, each with its comparison and its objective, over an hour of one-second periods. */
export function measureSpeed(seed: number): readonly Figure[] {
  return [steady(100, 0.1, 10), steady(100, 2, 50)].map((scenario): Figure => {
    const random = randomOf(seed);
    const hours = Array.from({ length: GATES }, () => {
      const halves = [simulate(scenario, 1, 1, random), simulate(scenario, 1, 1, random)];
      return { history: halves[0]?.history ?? [], blocks: halves.flatMap(({ blocks }) => blocks) };
    });
    const texts = hours.map(({ blocks }) =>
      blocks.map((block, t) => JSON.stringify({ t, stable: block.stable, canary: block.canary })).join("\n"),
    );
    const parseMs = medianMs(() => {
      for (const text of texts) for (const line of text.split("\n")) JSON.parse(line);
    });
    const judgeMs = medianMs(() => {
      for (const hour of hours) judgeOnce(hour);
    });
    return {
      name: `ten gates over an hour of 1-s periods, ${scenario.name}`,
      measured: judgeMs,
      reference: { name: "parsing the same figures", value: parseMs },
      unit: "ms",
      bound: { kind: "at-most", ratio: MOST },
    };
  });
}

function judgeOnce({ history, blocks }: Pick<Canary, "history" | "blocks">): void {
  const before = history.slice(-historyMsFor(1_000) / 1_000);
  const certainty = { alpha: ALPHA / GATES / 2, beta: ALPHA };
  compare(blocks, before, { ...certainty, tolerance: 1.2, excess: 2 });
  const arms = blocks.map(({ canary }) => canary);
  judgeObjective(arms, before, { ...certainty, limit: 0.01 });
}

function medianMs(run: () => void): number {
  const times = Array.from({ length: REPEATS }, () => {
    const startedAt = performance.now();
    run();
    return performance.now() - startedAt;
  });
  return medianOf(times);
}
