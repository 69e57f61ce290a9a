import { GitHubError } from "./errors.ts";
import { limitExceeded } from "./limits.ts";

export type Outage = {
  /** By id, "repos/create-deployment", or its beginning, "actions/". Default: every one. */
  readonly operation?: string;
  /** Ends after this many hits. Default: when it is lifted. */
  readonly times?: number;
} & (
  | {
      readonly kind: "server-error";
      readonly status: 500 | 502 | 503 | 504;
      /** "after": the operation has had its effect, and the client hears otherwise. Default "before". */
      readonly when?: "before" | "after";
    }
  /** No answer, and the connection stays open until somebody closes it. */
  | { readonly kind: "hang" }
  /** The connection is closed without an answer. */
  | { readonly kind: "cut"; readonly when?: "before" | "after" }
  /** The hourly limit of the token. */
  | { readonly kind: "rate-limit"; readonly status: 403 | 429; readonly resetMs: number }
  /** Too much at once. */
  | { readonly kind: "secondary-limit"; readonly status: 403 | 429; readonly retryAfterSeconds: number }
);

/** The connection stays open without an answer, or is closed. */
export type Silence = "hang" | "cut";

export interface Outages {
  /** From now on, until it has hit as often as it should; the returned function lifts it. */
  add(outage: Outage): () => void;
  clear(): void;
  /** Whether a call is answered at all; throws the GitHubError that takes the place of its answer. */
  strike(operationId: string, when: "before" | "after"): Silence | undefined;
}

export function createOutages(): Outages {
  let active: { readonly outage: Outage; hits: number }[] = [];
  return {
    add(outage) {
      const entry = { outage, hits: 0 };
      active.push(entry);
      return () => {
        active = active.filter((other) => other !== entry);
      };
    },
    clear() {
      active = [];
    },
    strike(operationId, when) {
      const entry = active.find(
        ({ outage, hits }) =>
          whenOf(outage) === when &&
          hits < (outage.times ?? Number.POSITIVE_INFINITY) &&
          operationId.startsWith(outage.operation ?? ""),
      );
      if (!entry) return undefined;
      entry.hits++;
      return strikeWith(entry.outage);
    },
  };
}

function whenOf(outage: Outage): "before" | "after" {
  return "when" in outage ? (outage.when ?? "before") : "before";
}

function strikeWith(outage: Outage): Silence {
  switch (outage.kind) {
    case "server-error":
      throw new GitHubError(outage.status, "Server Error");
    case "rate-limit":
      throw limitExceeded(outage.status, 1000, outage.resetMs);
    case "secondary-limit": {
      const message =
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
      throw new GitHubError(outage.status, message, {}, { "retry-after": String(outage.retryAfterSeconds) });
    }
    default:
      return outage.kind;
  }
}
