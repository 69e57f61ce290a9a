import { expect, test } from "vitest";
import { formatChance } from "../../../../src/evidence/sequential/words.ts";

test.each([
  [1, "1 in 1"],
  [0.4, "1 in 2"],
  [0.01, "1 in 100"],
  [0.0099, "1 in 100"],
  [0.000021, "1 in 20,000"],
  [1e-9, "1 in 1,000,000,000"],
  [0, "1 in 1,000,000,000"],
])("%d is at most %s", (chance, words) => {
  expect(formatChance(chance)).toBe(words);
});
