import type { Scene } from "../decide.ts";
import { historyAfter } from "../history.ts";
import type { Move } from "../moves.ts";
import type { ObservedTaskSet } from "../observation.ts";
import { shortArn } from "../situation.ts";
import { TAG } from "../tags.ts";
import { replacedBy } from "../way-back.ts";

/** Writes down that `stable`, which now stands alone, serves; undefined where that is on record, or not Sluice's to say. */
export function recordHistory({ observation }: Scene, stable: ObservedTaskSet): Move | undefined {
  if (!stable.origin) return undefined;
  const before = observation.service.tags.history ?? [];
  const current = shortArn(stable.taskDefinitionArn);
  const after = historyAfter(before, current, replacedBy(stable.origin));
  if (after.length === 0 || after.join(" ") === before.join(" ")) return undefined;
  return {
    kind: "tag-service",
    tags: { [TAG.history]: after.join(" ") },
    reason: `${current} serves; a later rollback knows what to go back to`,
  };
}
