import fc from "fast-check";
import { expect, test } from "vitest";
import type { Arm } from "../../../../src/core/counts.ts";
import { judgeObjective } from "../../../../src/evidence/sequential/objective.ts";
import { anArm } from "./arbitrary.ts";

const rule = { alpha: 0.01, beta: 0.01, limit: 0.01 };
const blocksOf = (count: number, requests: number, bad: number): readonly Arm[] =>
  Array.from({ length: count }, () => ({ requests, bad }));

test.each([
  ["far above", blocksOf(2, 480, 18), "regress"],
  ["just at the limit, for long", blocksOf(60, 1_000, 10), "insufficient"],
  ["far below", blocksOf(2, 1_000, 1), "healthy"],
  ["below, but few", blocksOf(1, 200, 0), "insufficient"],
  ["nothing", blocksOf(3, 0, 0), "insufficient"],
] as const)("%s", (_name, blocks, kind) => {
  const judgement = judgeObjective(blocks, [], rule);
  expect(judgement.kind).toBe(kind);
});

test("without a request it is never healthy; with only bad ones never healthy either", () => {
  fc.assert(
    fc.property(fc.array(anArm), fc.array(anArm), (blocks, history) => {
      const bad = blocks.map(({ requests }) => ({ requests, bad: requests }));
      expect(judgeObjective(bad, history, rule).kind).not.toBe("healthy");
      const none = blocks.map(() => ({ requests: 0, bad: 0 }));
      expect(judgeObjective(none, history, rule).kind).toBe("insufficient");
    }),
  );
});
