/** How far a rolling deployment of the ECS controller is. Healthy: RUNNING and healthy in its target groups. */
export interface RollingState {
  readonly desiredCount: number;
  readonly minimumHealthyPercent: number;
  readonly maximumPercent: number;
  readonly fresh: { readonly alive: number; readonly healthy: number };
  readonly old: { readonly alive: number; readonly healthy: number };
}

/**
 * How many tasks the new deployment and the old ones together should have now: never more than
 * `maximumPercent` (rounded down), never fewer healthy ones than `minimumHealthyPercent` (rounded up).
 */
export function rollingCounts(state: RollingState): { readonly fresh: number; readonly old: number } {
  const ceiling = Math.floor((state.desiredCount * state.maximumPercent) / 100);
  const floor = Math.ceil((state.desiredCount * state.minimumHealthyPercent) / 100);
  const room = Math.max(0, ceiling - state.old.alive);
  const spare = Math.max(0, state.fresh.healthy + state.old.healthy - floor);
  return {
    fresh: Math.min(state.desiredCount, Math.max(state.fresh.alive, room)),
    old: Math.max(0, state.old.healthy - spare),
  };
}
