import type { RouteShares } from "../elbv2/view.ts";

/** Users who keep their cookies. */
export interface ClientOptions {
  readonly count: number;
  /** Of each route's requests, 0 to 1. */
  readonly share: number;
  /** As `settings.stickyReachesWeightZero`. */
  readonly reachWeightZero: () => boolean;
}

interface Pin {
  readonly groupArn: string;
  readonly untilMs: number;
}

/** Where clients go whom a sticky action pins to a target group, anew with every answer (cookie AWSALBTG). */
export class Clients {
  readonly #options: ClientOptions;
  readonly #pins = new Map<string, Pin>();
  readonly #turns = new Map<string, number>();

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** The target group of the next client's request on `route`; `choose` deals out one by the weights. */
  next(route: RouteShares, nowMs: number, choose: () => string | undefined): string | undefined {
    const turn = ((this.#turns.get(route.routeArn) ?? -1) + 1) % this.#options.count;
    this.#turns.set(route.routeArn, turn);
    const key = `${route.routeArn} ${turn}`;
    const groupArn = this.#pinned(key, route, nowMs) ?? choose();
    if (groupArn && route.stickySeconds !== undefined) {
      this.#pins.set(key, { groupArn, untilMs: nowMs + route.stickySeconds * 1000 });
    }
    return groupArn;
  }

  /** How many hold a cookie that says `groupArn`, whether or not a route still heeds it. */
  pinnedTo(groupArn: string, nowMs: number): number {
    return [...this.#pins.values()].filter((pin) => pin.groupArn === groupArn && pin.untilMs > nowMs).length;
  }

  #pinned(key: string, { stickySeconds, shares }: RouteShares, nowMs: number): string | undefined {
    const pin = this.#pins.get(key);
    if (!pin || stickySeconds === undefined || pin.untilMs <= nowMs) return undefined;
    const share = shares[pin.groupArn];
    if (share === undefined) return undefined;
    return share > 0 || this.#options.reachWeightZero() ? pin.groupArn : undefined;
  }
}
