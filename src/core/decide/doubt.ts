import type { Scene } from "../decide.ts";
import type { Move } from "../moves.ts";
import type { Doubt } from "../verdict.ts";

/** One look's reads may be so far apart, with retries, that another job's writes seem to be nobody's. */
const LOOK_APART_MS = 20_000;

/** `refusal`, once every look for a while has come to it. */
export function unlessSettled(
  scene: Scene,
  refusal: Extract<Move, { kind: "refuse" }>,
): Extract<Move, { kind: "refuse" | "wait" }> {
  const untilMs = doubtedSinceMs(scene, "weights") + LOOK_APART_MS;
  if (scene.nowMs >= untilMs) return refusal;
  return { kind: "wait", reason: `looking again: ${refusal.reason}`, untilMs, doubt: "weights" };
}

/** Since when every look has had this doubt; one that is new begins now. */
export function doubtedSinceMs({ evidence, nowMs }: Scene, what: Doubt): number {
  return evidence.doubt?.what === what ? evidence.doubt.sinceMs : nowMs;
}
