import fc from "fast-check";
import type { Arm, Block } from "../../../../src/core/counts.ts";

/** Arms without traffic, without a bad request, and with many. */
export const anArm: fc.Arbitrary<Arm> = fc
  .record({
    requests: fc.oneof(fc.nat(20), fc.nat(20_000)),
    share: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.05, noNaN: true }), fc.constant(0.5)),
  })
  .map(({ requests, share }) => ({ requests, bad: Math.min(60, Math.floor(requests * share)) }));

export const aBlock: fc.Arbitrary<Block> = fc.record({ canary: anArm, stable: anArm });

export const someBlocks: fc.Arbitrary<Block[]> = fc.array(aBlock, { minLength: 1, maxLength: 8 });
