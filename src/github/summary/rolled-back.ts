import { situationOf } from "../../core/situation.ts";
import type { Ending } from "../../core/story/ending.ts";
import type { Story } from "../../core/story/story.ts";
import type { RequestCounts } from "../../core/verdict.ts";
import { asText, paragraphs } from "./text.ts";

/** Why a release was taken back, who has the traffic now, and whom it had hurt. */
export function rolledBackText(ending: Extract<Ending, { kind: "rolled-back" }>, story: Story): string {
  return paragraphs(
    `${cause(ending)}: ${asText(ending.reason)}. ${whatServes(story)}`,
    hurtText(ending.counts),
  );
}

/** Of a rollback: who has the traffic now. A service's first deployment leaves nothing. */
function whatServes({ last }: Story): string {
  const isEmpty = last !== undefined && situationOf(last.taskSets).kind === "empty";
  return isEmpty
    ? "It was the service's first: it is deleted, and nothing serves now."
    : "The previous version has all traffic again.";
}

/** What is not a gate of the release's own (a denied call, a cancelled job) did not judge it. */
const NOT_JUDGED = [
  ...["aws", "transient", "internal", "deadline", "refused", "configuration"],
  ...["cancelled", "lost", "approval", "held", "rollback"],
];

/** Whether the release itself was found to be bad. */
export function isJudged({ gate }: { readonly gate: string }): boolean {
  return !NOT_JUDGED.includes(gate);
}

function cause({ gate }: { readonly gate: string }): string {
  if (gate === "approval") return "This release was not approved";
  if (gate === "held") return "This release was held for too long";
  return isJudged({ gate })
    ? `The gate **${asText(gate)}** stopped this release`
    : "This release could not go on";
}

function hurtText(counts: RequestCounts | undefined): string {
  if (!counts) return "";
  return `By what CloudWatch has so far, ${counts.bad} of the ${counts.requests} requests that the new version got went bad.`;
}
