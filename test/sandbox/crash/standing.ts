import { expect } from "vitest";
import { TEST_RULE } from "./account.ts";
import type { World } from "./world.ts";

/** How things stand, in words that can be compared. */
export interface Standing {
  /** "orders-blue 100 % PRIMARY, 2 of 2 healthy"; draining ones, too. */
  readonly taskSets: readonly string[];
  /** By production route in the order of the spec, as the data plane has them: the service's groups with any weight. */
  readonly serving: readonly (readonly string[])[];
  /** The same of the test rule. */
  readonly test: readonly string[];
  /** Keys of the service's `sluice:` tags. */
  readonly tags: readonly string[];
  readonly desiredCount: number;
}

export function standing(world: World): Standing {
  const { routes, groups } = world.sandbox.elbv2.view();
  const service = world.sandbox.ecs.view().services.find(({ name }) => name === "orders");
  const groupOf = (arn: string | undefined) => groups.find((group) => group.arn === arn);
  const serving = (arns: readonly string[]): readonly (readonly string[])[] =>
    arns.map((arn) => {
      const { appliedWeights = {} } = routes.find((route) => route.arn === arn) ?? {};
      const groups = Object.entries(appliedWeights).filter(([, weight]) => weight > 0);
      return groups
        .map(([groupArn]) => groupOf(groupArn)?.name ?? groupArn)
        .filter((name) => name !== "cart");
    });
  return {
    taskSets: (service?.taskSets ?? []).map((set) => {
      const targets = groupOf(set.targetGroupArn)?.targets.filter(({ state }) => state === "healthy") ?? [];
      const own = targets.filter(({ id, port }) =>
        set.tasks.some(({ target }) => target?.id === id && target.port === port),
      );
      const { status, scalePercent, computedDesiredCount } = set;
      const group = groupOf(set.targetGroupArn)?.name;
      return `${group} ${scalePercent} % ${status}, ${own.length} of ${computedDesiredCount} healthy`;
    }),
    serving: serving(world.productionArns),
    test: serving([TEST_RULE]).flat(),
    tags: Object.keys(service?.tags ?? {})
      .filter((key) => key.startsWith("sluice:"))
      .sort(),
    desiredCount: service?.desiredCount ?? 0,
  };
}

const SETTLE_MS = 15_000;
const RECORD = ["sluice:history", "sluice:rolled-back-by"];

/**
 * One version serves alone: its group has all traffic on every route in force, its task set is PRIMARY, at full
 * size and healthy, and no other task set, no weight and no tag but those in `tags`, and the record of what
 * served, is left of any rollout.
 */
export async function expectAlone(
  world: World,
  group: "orders-blue" | "orders-green",
  tags: readonly string[],
): Promise<void> {
  await world.clock.advance(SETTLE_MS);
  const seen = standing(world);
  expect(seen).toEqual({
    taskSets: [`${group} 100 % PRIMARY, ${seen.desiredCount} of ${seen.desiredCount} healthy`],
    serving: world.productionArns.map(() => [group]),
    test: [group],
    tags: seen.tags.filter((key) => [...tags, ...RECORD].includes(key)),
    desiredCount: seen.desiredCount,
  });
}

/** No safety rule was broken, and every request was answered by an app. */
export function expectSafe(world: World): void {
  expect(world.sandbox.monitor.violations).toEqual([]);
  expect(world.traffic.lost).toEqual([]);
}
