import { BLUE, GREEN } from "./account.ts";
import type { World } from "./world.ts";

const LOOK_MS = 250;

/** How many tasks of "orders" are healthy. */
export interface Healthy {
  /** Of the old version, which is in blue where a world begins. */
  readonly old: number;
  /** Of both versions together. */
  readonly both: number;
}

export interface HealthWatch {
  /** The fewest since the watch began, or began anew: looked at often, and at every change. */
  fewest(): Healthy;
  now(): Healthy;
  beginAnew(): void;
}

/** Watches until the world is closed. */
export function watchHealth({ sandbox, clock }: Pick<World, "sandbox" | "clock">): HealthWatch {
  const now = (): Healthy => {
    const { groups } = sandbox.elbv2.view();
    const count = (groupArn: string): number =>
      groups.find(({ arn }) => arn === groupArn)?.targets.filter(({ state }) => state === "healthy").length ??
      0;
    const old = count(BLUE);
    return { old, both: old + count(GREEN) };
  };
  let fewest = now();
  const look = (): void => {
    const { old, both } = now();
    fewest = { old: Math.min(fewest.old, old), both: Math.min(fewest.both, both) };
  };
  const again = (): void => {
    look();
    clock.after(LOOK_MS, again);
  };
  clock.after(LOOK_MS, again);
  sandbox.listen({ health: look });
  return {
    fewest: () => fewest,
    now,
    beginAnew() {
      fewest = now();
    },
  };
}
