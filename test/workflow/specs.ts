/** Of a service under a load of some forty requests a second. */
const GATES = { errors: { period: "1s", "min-requests": 20, patience: "15s" } };

/** A half, and then all. */
export const CANARY = { strategy: "canary", bake: "1s", steps: [{ weight: 50, bake: "1s" }], gates: GATES };

export const BLUE_GREEN = { strategy: "blue-green", bake: "1s", gates: GATES };

export const ROLLING = { strategy: "rolling", bake: "1s", batch: { bake: "1s" }, gates: GATES };

/**
 * Requests a second, and how many milliseconds the slow ones take: less than the deregistration delay of
 * `ordersDefinition` at the speed of `QUICK`, which is all that a task has left when a rolling release stops it.
 */
export const LOAD = [40, 400] as const;
