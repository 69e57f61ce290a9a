import type { ErrorKind, SluiceError } from "./errors.ts";
import type { RequestCounts } from "./verdict.ts";

/** How a phase ended. Only `reached` and `held` leave the job green. */
export type Outcome =
  | { readonly kind: "reached"; readonly reason: string }
  /** The target was not reached and nothing is wrong: a person has to decide. */
  | {
      readonly kind: "held";
      readonly reason: string;
      /** No approve step is what it waits for: its gates cannot let it pass. */
      readonly lacksEvidence?: true;
    }
  | {
      readonly kind: "rolled-back";
      readonly gate: string;
      readonly reason: string;
      readonly hint?: string;
      /** Of the new version, until it was gone, where it had traffic. */
      readonly counts?: RequestCounts;
    }
  | { readonly kind: "failed"; readonly error: SluiceError };

/** An outcome as the journal has it: its error is plain data. */
export type WrittenOutcome =
  | Exclude<Outcome, { readonly kind: "failed" }>
  | { readonly kind: "failed"; readonly error: WrittenError };

/** What a SluiceError says. */
export interface WrittenError {
  readonly kind: ErrorKind;
  readonly message: string;
  readonly hint?: string | undefined;
}
