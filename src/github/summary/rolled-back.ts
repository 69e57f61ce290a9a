import { formatCount } from "../../core/count-words.ts";
import { situationOf } from "../../core/situation.ts";
import type { Ending } from "../../core/story/ending.ts";
import type { GateReading } from "../../core/story/gates.ts";
import type { Story } from "../../core/story/story.ts";
import type { Verdict } from "../../core/verdict.ts";
import { formatPercent } from "../../core/weights.ts";
import { saidOf } from "./gates.ts";
import { asText, paragraphs } from "./text.ts";

type Fired = Extract<Ending, { kind: "rolled-back" }>;

/** Why a release was taken back, who has the traffic now, and whom it had hurt. */
export function rolledBackText(ending: Fired, story: Story): string {
  return paragraphs(
    `${cause(ending)}: ${asText(ending.reason)}. ${whatServes(story)}`,
    hurtText(ending, story),
    othersText(ending, story),
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
  if (!isJudged({ gate })) return "This release could not go on";
  return `The ${gatesOf({ gate }).length > 1 ? "gates" : "gate"} **${asText(gate)}** stopped this release`;
}

/** Several may have said so at the same look: "errors, latency". */
function gatesOf({ gate }: { readonly gate: string }): readonly string[] {
  return gate.split(", ");
}

/** A ratio may count anything: payments, visits. */
function hurtText({ gate, counts }: Fired, { cast }: Story): string {
  if (!counts || counts.isGood) return "";
  const ratios = cast?.plan.spec.gates.ratios ?? [];
  const counting = gatesOf({ gate }).find((one) => ratios.some(({ name }) => name === one));
  const what = counting
    ? `that **${asText(counting)}** counts of the new version`
    : "requests that the new version got";
  return `By what is counted so far, ${formatCount(counts.bad)} of the ${formatCount(counts.requests)} ${what} went bad.`;
}

/** What the other gates had said by then, and how close that was. Nothing where the release itself was not judged. */
function othersText(ending: Fired, { readings, traffic }: Story): string {
  if (!isJudged(ending)) return "";
  const causes = gatesOf(ending);
  const isCause = ({ verdict }: GateReading): boolean => !verdict.isDryRun && causes.includes(verdict.gate);
  const fired = readings.findLast((reading) => isCause(reading) && reading.verdict.kind === "regress");
  const percent = fired?.percent ?? traffic.findLast((span) => span.percent > 0)?.percent;
  const others = readings.filter((reading) => reading.percent === percent && !isCause(reading));
  if (percent === undefined || others.length === 0) return "";
  return `The other gates at ${formatPercent(percent)}: ${others.map(saidOf).join("; ")}.`;
}

/** What became of the old version, alone again; nothing where nobody asked. */
export function recoveryText({ recovery }: Pick<Story, "recovery">): string {
  return recovery ? `${RECOVERIES[recovery.kind]}: ${asText(recovery.reason)}.` : "";
}

const UNVERIFIED = "❔ **Whether the old version has recovered**";
const RECOVERIES: Readonly<Record<Verdict["kind"], string>> = {
  healthy: "✅ **The old version has recovered**",
  regress: "⚠️ **The old version has not recovered**",
  insufficient: UNVERIFIED,
  error: UNVERIFIED,
};
