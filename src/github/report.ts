import { appendFileSync } from "node:fs";
import { error as annotateError, setOutput, warning } from "@actions/core";
import type { JournalLine } from "../core/journal.ts";
import type { Outcome } from "../core/outcome.ts";
import { renderSummary } from "./summary.ts";

/** An annotation holds 4096 characters (GitHub). */
const ANNOTATION_CHARACTERS = 4000;

/** Says how the job ended, once: outputs, the step summary and one annotation. Returns the exit status. */
export function report(
  outcome: Outcome,
  lines: readonly JournalLine[],
  about: { readonly rollout: string; readonly journalPath: string; readonly summaryPath: string | undefined },
): number {
  const { reason, hint } = reasonOf(outcome);
  setOutput("outcome", outcome.kind);
  setOutput("reason", reason);
  setOutput("gate", outcome.kind === "rolled-back" ? outcome.gate : "");
  setOutput("rollout", about.rollout);
  setOutput("journal", about.journalPath);
  if (about.summaryPath) appendFileSync(about.summaryPath, renderSummary(lines, outcome));
  const text = [reason, hint ?? ""].filter(Boolean).join("\n").slice(0, ANNOTATION_CHARACTERS);
  if (outcome.kind === "held") warning(text, { title: "Sluice: held for a person" });
  if (outcome.kind === "rolled-back")
    annotateError(text, { title: `Sluice: rolled back by the gate ${outcome.gate}` });
  if (outcome.kind === "failed") annotateError(text, { title: `Sluice: ${outcome.error.kind}` });
  return outcome.kind === "reached" || outcome.kind === "held" ? 0 : 1;
}

function reasonOf(outcome: Outcome): { readonly reason: string; readonly hint: string | undefined } {
  if (outcome.kind === "failed") return { reason: outcome.error.message, hint: outcome.error.hint };
  return { reason: outcome.reason, hint: outcome.kind === "rolled-back" ? outcome.hint : undefined };
}
