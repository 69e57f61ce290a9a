import { afterEach, expect, test } from "vitest";
import { type Kill, type PhaseOptions, runPhase } from "./phases.ts";
import { expectAlone, standing } from "./standing.ts";
import { createWorld, seededRandom, type World } from "./world.ts";

/** One service through fifty releases, by every strategy, good and bad, with jobs that die and people who go back. */

let world: World | undefined;

afterEach(() => world?.close());

const RELEASES = 50;
const DESIRED = 3;
const GOOD = ["orders:2", "orders:4"] as const;
/** One request in five fails. */
const BAD = "orders:3";

const STEPS = [
  { weight: 10, bake: "3s" },
  { weight: 50, bake: "3s" },
];
const BETA = { route: { header: { name: "x-beta", values: ["1"] } }, bake: "3s" };
const STRATEGIES: readonly Readonly<Record<string, unknown>>[] = [
  { strategy: "canary", steps: STEPS },
  { strategy: "blue-green" },
  { strategy: "rolling", batch: { size: 1, bake: "3s" } },
  { strategy: "canary", steps: [BETA, ...STEPS] },
];

/** Seven of them, so that each meets each strategy. */
const FATES = [
  "good",
  "bad",
  "killed, and run again",
  "good, and rolled back when it was finished",
  "killed, and rolled back",
  "bad, killed, and run again",
  "bad, killed, and rolled back",
] as const;
type Fate = (typeof FATES)[number];

/** A job dies at one of its first so many calls: every rollout here makes more. */
const MOST_CALLS = 140;

/** What rollouts may leave on a service: nothing that keeps the next one from going well. */
const LEFT = ["sluice:aborted", "sluice:idle-group"];

const TARGET = {
  ServiceNamespace: "ecs",
  ResourceId: "service/shop/orders",
  ScalableDimension: "ecs:service:DesiredCount",
} as const;

const autoscaling = async (at: World, operation: string, input: object): Promise<unknown> =>
  at.sandbox.autoscaling.service.operations[operation]?.(input, { operation, accessKeyId: "somebody" });

async function open(): Promise<World> {
  world = await createWorld({
    desiredCount: DESIRED,
    requestsPerSecond: 50,
    cohort: { headers: { "x-beta": "1" }, share: 0.2 },
  });
  await autoscaling(world, "RegisterScalableTarget", { ...TARGET, MinCapacity: 2, MaxCapacity: 8 });
  return world;
}

/** What is the same before and after any release: autoscaling, and the rules of the listener. */
async function surroundings(at: World) {
  const answer = await autoscaling(at, "DescribeScalableTargets", { ServiceNamespace: "ecs" });
  const { routes } = at.sandbox.elbv2.view();
  return {
    scaling: Object(answer).ScalableTargets,
    rules: routes.map(({ arn }) => arn),
    desiredCount: standing(at).desiredCount,
  };
}

/** The images that the service's tasks run. */
function serving(at: World): readonly string[] {
  const sets = at.sandbox.ecs.view().services.flatMap(({ taskSets }) => taskSets);
  const targets = sets.flatMap(({ tasks }) => tasks.flatMap(({ target }) => target ?? []));
  return [...new Set(targets.map(({ id, port }) => at.runtime.targetAt(id, port)?.image ?? "nothing"))];
}

type Release = Required<Pick<PhaseOptions, "rollout" | "image" | "spec">>;

/** Goes through one fate; says whether the new version serves then. */
async function goThrough(at: World, fate: Fate, release: Release, kill: Kill): Promise<boolean> {
  const { rollout, spec } = release;
  const isBad = fate.startsWith("bad");
  const isKilled = fate.includes("killed");
  const first = await runPhase(at, "rollout", { ...release, ...(isKilled ? { kill } : {}) });
  expect(first.outcome).toMatchObject({ kind: isKilled ? "killed" : isBad ? "rolled-back" : "reached" });
  if (fate.endsWith("run again")) await runAgain(at, isBad, release);
  if (!fate.includes("rolled back")) return !isBad;
  const own = await runPhase(at, "rollback", { rollout, spec });
  if (own.outcome.kind === "failed") {
    expect([isBad, own.outcome.error.message]).toEqual([false, expect.stringContaining("is finished and")]);
    const back = await runPhase(at, "rollback", { rollout: "current", spec });
    expect(back.outcome).toMatchObject({ kind: "reached" });
  } else expect([fate, own.outcome.kind]).toEqual([expect.not.stringContaining("finished"), "reached"]);
  return false;
}

/** A rollback that died between its weights looks like somebody else's change: then only a rollback goes on. */
async function runAgain(at: World, isBad: boolean, release: Release): Promise<void> {
  const { outcome } = await runPhase(at, "rollout", release);
  if (outcome.kind !== "failed") expect(outcome).toMatchObject({ kind: isBad ? "rolled-back" : "reached" });
  else {
    expect([isBad, outcome.error.kind]).toEqual([true, "refused"]);
    const { rollout, spec } = release;
    expect((await runPhase(at, "rollback", { rollout, spec })).outcome).toMatchObject({ kind: "reached" });
  }
}

test("fifty releases in a row leave the service as one would", { timeout: 180_000 }, async () => {
  const at = await open();
  const random = seededRandom();
  const before = await surroundings(at);
  let image = "orders:1";
  for (let n = 0; n < RELEASES; n++) {
    const fate = FATES[n % FATES.length] ?? "good";
    const good = GOOD.find((other) => other !== image) ?? GOOD[0];
    const release: Release = {
      rollout: `r${n}`,
      image: fate.startsWith("bad") ? BAD : good,
      spec: STRATEGIES[n % STRATEGIES.length] ?? {},
    };
    const kill = { call: 1 + Math.floor(random() * MOST_CALLS), when: n % 2 ? "before" : "after" } as const;
    const told = `release ${n}: ${JSON.stringify(release.spec)}, ${fate}, call ${kill.call}`;
    const serves = await goThrough(at, fate, release, kill).catch((error: unknown) => {
      throw new Error(told, { cause: error });
    });
    if (serves) image = release.image;
    const [group] = standing(at).serving[0] ?? [];
    await expectAlone(at, group === "orders-green" ? "orders-green" : "orders-blue", LEFT);
    expect([told, serving(at)]).toEqual([told, [image]]);
    expect([told, at.sandbox.monitor.violations, at.traffic.lost]).toEqual([told, [], []]);
    expect([told, await surroundings(at)]).toEqual([told, before]);
  }
  for (const [name, { failed }] of Object.entries(at.traffic.versions()))
    expect([name, failed > 0]).toEqual([name, name === BAD]);
});
