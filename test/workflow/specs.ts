/** Of a service under a load of some forty requests a second. */
const GATES = { errors: { period: "1s", "min-requests": 20, patience: "15s" } };

/** A half, and then all. */
export const CANARY = { strategy: "canary", bake: "1s", steps: [{ weight: 50, bake: "1s" }], gates: GATES };

export const BLUE_GREEN = { strategy: "blue-green", bake: "1s", gates: GATES };

/**
 * Of a sandbox as slow as AWS: a rolling release stops tasks while they serve, and requests reach them for up to 0.8 s more
 * (`propagationDelayMs`), which is all of a deregistration delay at the speed of `QUICK`.
 */
export const ROLLING_SETTINGS = { speed: 1 };

export const ROLLING = { strategy: "rolling", bake: "1s", batch: { bake: "1s" }, gates: GATES };

/** Requests a second, and how many milliseconds the slow ones take. */
export const LOAD = [40, 400] as const;
