import { appendFileSync } from "node:fs";
import { error as annotateError, setOutput, warning } from "@actions/core";
import { askedApprovals } from "../core/approve-steps.ts";
import type { JournalLine } from "../core/journal.ts";
import type { Outcome } from "../core/outcome.ts";
import { earlierRunOf } from "../core/story/earlier-run.ts";
import { onItsLines, onOneLine } from "./log-text.ts";
import { renderSummary } from "./summary.ts";

/** An annotation holds 4096 characters (GitHub). */
const ANNOTATION_CHARACTERS = 4000;

export interface ReportedJob {
  /** As it was asked for: a name, or "current". */
  readonly rollout: string;
  readonly journalPath: string;
  readonly summaryPath: string | undefined;
  readonly approvalEnvironment?: string | undefined;
  readonly runUrl?: string | undefined;
}

/** Says how the job ended, once: outputs, the step summary and one annotation. Returns the exit status. */
export function report(outcome: Outcome, lines: readonly JournalLine[], job: ReportedJob): number {
  const { reason, hint } = reasonOf(outcome);
  const plan = lines.findLast((line) => line.kind === "planned")?.plan;
  setOutput("outcome", outcome.kind);
  setOutput("reason", onOneLine(reason));
  setOutput("waits-for", waitsFor(outcome));
  setOutput("gate", outcome.kind === "rolled-back" ? outcome.gate : "");
  setOutput("rollout", plan?.rollout ?? job.rollout);
  setOutput("journal", job.journalPath);
  setOutput("earlier-run", earlierRunOf(lines) ?? "");
  if (plan) {
    const asked = askedApprovals(plan.spec);
    setOutput("approve-steps", asked.steps);
    setOutput("approve-promotion", asked.promotion);
  }
  if (job.summaryPath) appendFileSync(job.summaryPath, renderSummary(lines, outcome, job));
  annotate(
    outcome,
    onItsLines([reason, hint ?? ""].filter(Boolean).join("\n")).slice(0, ANNOTATION_CHARACTERS),
  );
  return outcome.kind === "reached" || outcome.kind === "held" ? 0 : 1;
}

function waitsFor(outcome: Outcome): "approval" | "evidence" | "" {
  if (outcome.kind !== "held") return "";
  return outcome.lacksEvidence ? "evidence" : "approval";
}

function annotate(outcome: Outcome, text: string): void {
  if (outcome.kind === "held") warning(text, { title: "Sluice: held for a person" });
  if (outcome.kind === "rolled-back")
    annotateError(text, { title: `Sluice: rolled back by the gate ${outcome.gate}` });
  if (outcome.kind === "failed") annotateError(text, { title: `Sluice: ${outcome.error.kind}` });
}

function reasonOf(outcome: Outcome): { readonly reason: string; readonly hint: string | undefined } {
  if (outcome.kind === "failed") return { reason: outcome.error.message, hint: outcome.error.hint };
  return { reason: outcome.reason, hint: outcome.kind === "rolled-back" ? outcome.hint : undefined };
}
