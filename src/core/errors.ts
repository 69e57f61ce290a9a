/**
 * Why a phase cannot go on.
 * - `configuration`: the user's spec, inputs or infrastructure must change; nothing was written.
 * - `refused`: a safety rule forbids it: a foreign rollout, drift, a rollout taken back.
 * - `deadline`: a wait of the spec ran out.
 * - `release`: the new version is to blame: it failed a gate, a smoke check, or never became healthy.
 * - `aws`: AWS denied or failed a call for good.
 * - `transient`: AWS throttled a call, failed it or could not be reached; looking again may help.
 * - `internal`: a defect of Sluice.
 */
export type ErrorKind =
  | "configuration"
  | "refused"
  | "deadline"
  | "release"
  | "aws"
  | "transient"
  | "internal";

/** An expected failure, said once and in full: what happened, and what to do next. */
export class SluiceError extends Error {
  override readonly name = "SluiceError";
  readonly kind: ErrorKind;
  /** The next thing to do, as a sentence, with the command where there is one. */
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.hint = options.hint;
  }
}
