import type { Clock } from "../clock.ts";
import type { CallReference, Note, RuleName, Violation } from "./violation.ts";

/** What a monitor has found, in order. */
export class Records {
  violations: readonly Violation[] = [];
  notes: readonly Note[] = [];
  readonly #clock: Clock;
  readonly #listeners = new Set<(violation: Violation) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  violation(rule: RuleName, message: string, call?: CallReference): void {
    const violation: Violation = { atMs: this.#clock.nowMs(), rule, message, ...(call && { call }) };
    this.violations = [...this.violations, violation];
    for (const listener of this.#listeners) tell(listener, violation);
  }

  note(kind: Note["kind"], message: string): void {
    this.notes = [...this.notes, { atMs: this.#clock.nowMs(), kind, message }];
  }

  onViolation(listener: (violation: Violation) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  counts() {
    return {
      violations: tally(this.violations.map(({ rule }) => rule)),
      notes: tally(this.notes.map(({ kind }) => kind)),
    };
  }
}

/** A listener that throws harms nobody: what it was told stands in the records. */
function tell(listener: (violation: Violation) => void, violation: Violation): void {
  try {
    listener(violation);
  } catch {
    return;
  }
}

function tally<K extends string>(kinds: readonly K[]): Readonly<Partial<Record<K, number>>> {
  const counts: Partial<Record<K, number>> = {};
  for (const kind of kinds) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
