import { scriptOf } from "../../core/by-hand.ts";
import { type ForeseenStep, foresee } from "../../core/foresee.ts";
import { isWrite } from "../../core/moves.ts";
import type { Observation } from "../../core/observation.ts";
import type { Plan } from "../../core/plan.ts";
import type { Story } from "../../core/story/story.ts";
import { fenced, folded, section } from "./text.ts";
import { isBookkeeping } from "./timeline.ts";

/** For when GitHub, or Sluice, is not there: all that would take the rollout back, as plain `aws` commands. */
export function byHandSection({ cast, last, told, passages }: Story, isOpen: boolean): string {
  const hasForeseen = told.some(({ line }) => line.kind === "foreseen");
  if (!cast || !last || !isOpen || (hasForeseen && passages.length === 0)) return "";
  const steps = wayBack(cast.plan, last);
  const undoes = steps.some(({ move }) => isWrite(move) && !isBookkeeping(move));
  if (!undoes) return "";
  return section(
    "By hand",
    "What would take it back now, if no rollback can run (`sluice rollback --spec FILE` does the same from a laptop):",
    folded("The <code>aws</code> commands, in order", fenced("sh", scriptOf(steps, cast.plan))),
  );
}

/** A summary is written whatever happens: where the way back cannot be foreseen, it has none. */
function wayBack(plan: Plan, observation: Observation): readonly ForeseenStep[] {
  try {
    return foresee(plan, "rollback", observation, observation.atMs).steps;
  } catch {
    return [];
  }
}
