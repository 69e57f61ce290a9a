import { heldUntil } from "../../core/decide/sweep.ts";
import { findingOf } from "../../core/finding.ts";
import type { Decision, Ending } from "../../core/story/ending.ts";
import type { Story } from "../../core/story/story.ts";
import { isJudged } from "./rolled-back.ts";
import { asText, clockTime, dateTime, link, paragraphs } from "./text.ts";

const DEEDS: Readonly<Record<Decision["what"], string>> = {
  approved: "✔️ **Approved**",
  rejected: "✖️ **Rejected**",
  promotion: "▶️ **Promotion asked for**",
  rollback: "↩️ **Rollback asked for**",
};

/** Who let what through, who asked for what, and what they said. Of a review GitHub says no time: it was before it was read. */
export function decisionsText({ decisions }: Pick<Story, "decisions">): string {
  return decisions
    .map(({ what, by, environment, decidedAtMs, comment, withoutEvidence: isWaived }) => {
      const where = environment ? ` in ${asText(environment)}` : "";
      const isReview = what === "approved" || what === "rejected";
      const when =
        decidedAtMs === undefined ? "" : ` ${isReview ? "before" : "at"} ${clockTime(decidedAtMs)} UTC`;
      const words = comment ? `: “${asText(comment)}”` : "";
      const without = isWaived ? ", whatever its gates lack," : "";
      return `${DEEDS[what]}${without} by **${asText(by)}**${where}${when}${words}`;
    })
    .join("  \n");
}

type Held = Extract<Ending, { kind: "held" }>;

/** Where a person would decide. */
export interface Surroundings {
  /** The environment whose reviewers approve; undefined: nobody is asked on GitHub. */
  readonly approvalEnvironment?: string | undefined;
  readonly runUrl?: string | undefined;
}

/** What comes next, and who has to do what for it. */
export function nextText(story: Story, around: Surroundings, ending: Ending = story.ending): string {
  const next = nextSteps(story, around, ending);
  return next ? `**What next.** ${next}` : "";
}

function nextSteps(story: Story, around: Surroundings, ending: Ending): string {
  switch (ending.kind) {
    case "held":
      return heldSteps(story, around, ending);
    case "planned":
      return "Nothing was changed.";
    case "promoted":
      if (ending.trouble) return `Run the \`finish\` phase again: ${asText(ending.trouble)}.`;
      return ending.isFinished
        ? `Nothing. To go back to ${previousName(story)}: ${ROLLBACK}.`
        : "The `finish` phase removes the old version; until then the way back is instant.";
    case "rolled-back":
      return `This rollout does not ship again: ${towardsNext(ending, story)}.${ending.hint ? ` ${asText(ending.hint)}` : ""}`;
    case "taken-back":
      return "The rollout that was taken back does not ship again: to release, start a new run.";
    case "gone-back":
      return "What was replaced does not ship again: mend it, and start a new run.";
    case "failed":
      return ending.hint ? asText(ending.hint) : "";
  }
}

function towardsNext(ending: Extract<Ending, { kind: "rolled-back" }>, { recovery }: Story): string {
  if (recovery?.kind === "regress")
    return "find out first what else has changed (a dependency, data, traffic), for taking it back did not mend it";
  return isJudged(ending) ? "mend the release and start a new run" : "to release, start a new run";
}

const ROLLBACK = "run the rollback workflow, or `sluice rollback --spec FILE` from a terminal";

function previousName({ cast }: Story): string {
  return cast?.from ? asText(cast.from.name) : "the version before";
}

const PROMOTE = "run the promote workflow, or `sluice promote --spec FILE` from a terminal";

function heldSteps(story: Story, around: Surroundings, { lacksEvidence }: Held): string {
  const untilMs = story.cast && story.last ? heldUntil(story.cast.plan, story.last) : undefined;
  const deadline =
    untilMs === undefined
      ? ""
      : `If nobody decides, the scheduled \`sweep\` (where there is one) takes it back after **${dateTime(untilMs)}**.`;
  return paragraphs(
    isIncident(story)
      ? "See to the incident first: what is wrong is not this release's doing, and it goes on serving its share. Then a person decides:"
      : "A person decides:",
    lacksEvidence ? withoutEvidence() : atApproval(around),
    deadline,
  );
}

function atApproval({ approvalEnvironment, runUrl }: Surroundings): string {
  const page = runUrl ? link("the run's page", runUrl) : "the run's page";
  const approve = approvalEnvironment
    ? `approve **${asText(approvalEnvironment)}** on ${page} (*Review deployments*)`
    : PROMOTE;
  const reject = approvalEnvironment ? "reject it there, or " : "";
  return `- To go on: ${approve}.\n- To take it back: ${reject}${ROLLBACK}.`;
}

/** No job asks for an approval then, and a promotion asks the gates again. */
function withoutEvidence(): string {
  return `- To go on once its gates have what they lack: ${PROMOTE}. It asks them again.\n- To go on without: the same with \`without-evidence\`. Gates that know too little hold nothing up then; a regression still rolls back.\n- To take it back: ${ROLLBACK}.`;
}

/** At the weight that stands. A gate that only reports tells nobody what to do. */
function isIncident({ readings, traffic }: Story): boolean {
  const percent = traffic.at(-1)?.percent;
  return readings.some(
    (reading) =>
      reading.percent === percent && !reading.verdict.isDryRun && findingOf(reading.verdict) === "incident",
  );
}
