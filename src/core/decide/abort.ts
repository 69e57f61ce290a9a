import type { Scene } from "../decide.ts";
import type { Write } from "../moves.ts";
import { abortedTag, TAG, wasAborted } from "../tags.ts";

/** Puts on record that the rollout is taken back, so that no phase of it goes on; undefined where it is. */
export function abort({ plan, observation }: Scene, reason: string): Write | undefined {
  const { tags } = observation.service;
  if (wasAborted(tags, plan.rollout)) return undefined;
  return { kind: "tag-service", tags: { [TAG.aborted]: abortedTag(tags, plan.rollout) }, reason };
}
