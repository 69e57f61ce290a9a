/** What a moment is measured by. */
interface Moment {
  readonly atSeconds: number;
  /** Of all versions that have ended by now. */
  readonly requests: () => number;
}

/** The time in which users reached the new version, and all requests of that time, whichever version answered. */
export interface Exposed {
  readonly fromSeconds: number;
  readonly seconds: number;
  readonly requests: number;
}

/** Follows when the new version serves users: from the first route that leads to it to the last. */
export class Exposure {
  #from: { readonly atSeconds: number; readonly requests: number } | undefined;
  #to: { readonly atSeconds: number; readonly requests: number } | undefined;

  look(serves: boolean, { atSeconds, requests }: Moment): void {
    if (serves) {
      this.#from ??= { atSeconds, requests: requests() };
      this.#to = undefined;
    } else if (this.#from && !this.#to) {
      this.#to = { atSeconds, requests: requests() };
    }
  }

  /** Undefined where no user ever reached it. `end`: for one that still serves. */
  exposed(end: Moment): Exposed | undefined {
    const from = this.#from;
    if (!from) return undefined;
    const to = this.#to ?? { atSeconds: end.atSeconds, requests: end.requests() };
    return {
      fromSeconds: from.atSeconds,
      seconds: to.atSeconds - from.atSeconds,
      requests: to.requests - from.requests,
    };
  }
}

/** What a bad release would have cost, had it got all users at once for the time that it served some of them. */
export interface AllAtOnce {
  /** The part of the bad version's requests that failed, 0-1. */
  readonly failedShare: number;
  /** All requests of that time, whichever version answered. */
  readonly requests: number;
  /** `failedShare` of them. */
  readonly failed: number;
}

/**
 * The share of the new version's own requests that failed, times all requests from its first user to the way
 * back. A deploy without gates has no way back of its own, so it would have gone on for longer: this is the least.
 */
export function allAtOnce(
  own: { readonly requests: number; readonly failed: number },
  exposed: Pick<Exposed, "requests"> | undefined,
): AllAtOnce | undefined {
  if (!exposed || own.requests === 0) return undefined;
  const failedShare = own.failed / own.requests;
  const requests = Math.max(exposed.requests, own.requests);
  return { failedShare, requests, failed: Math.round(failedShare * requests) };
}
