import type { WireCall } from "./gate.ts";

/** A call and how it ended. */
export interface CallRecord extends WireCall {
  /** What the operation did: "ok", the code of the error, or "not-run" when the connection was cut before it. */
  readonly outcome: string;
  /** What the client got: "ok", the code of an error, or "none". Differs from `outcome` when an answer is lost. */
  readonly answer: string;
}

export interface CallLog {
  /** Every call that has ended, in the order of their ends. */
  readonly calls: readonly CallRecord[];
  /** Only the calls that change something and succeeded, in order. */
  writes(): readonly CallRecord[];
  /** Calls `listener` at the end of each call from now on; the returned function ends that. */
  listen(listener: (call: CallRecord) => void): () => void;
  add(call: CallRecord): void;
  clear(): void;
}

/** Keeps every call in memory. */
export function createCallLog(): CallLog {
  let calls: CallRecord[] = [];
  const listeners = new Set<(call: CallRecord) => void>();
  return {
    get calls() {
      return calls;
    },
    writes: () => calls.filter((call) => call.write && call.outcome === "ok"),
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    add(call) {
      calls.push(call);
      for (const listener of listeners) listener(call);
    },
    clear() {
      calls = [];
    },
  };
}

/** Whether an operation changes anything, by AWS's naming; a session of a role is no change. */
export function isWrite(operation: string): boolean {
  return !/^(Describe|List|Get|BatchGet|Assume)/.test(operation);
}
