import type { Sandbox } from "../../sandbox/sandbox.ts";

const SAMPLE_MS = 50;

/**
 * Samples how many tasks of a task set are healthy, often and at every change of health; `stop` says what the
 * fewest were.
 */
export function healthWatch(sandbox: Sandbox, taskSetId: string): { stop(): number } {
  let fewest = healthyOf(sandbox, taskSetId);
  const sample = (): void => {
    fewest = Math.min(fewest, healthyOf(sandbox, taskSetId));
  };
  const timer = setInterval(sample, SAMPLE_MS);
  const unlisten = sandbox.listen({ health: sample });
  return {
    stop() {
      clearInterval(timer);
      unlisten();
      return fewest;
    },
  };
}

/** Healthy targets of the set's own tasks. */
function healthyOf(sandbox: Sandbox, taskSetId: string): number {
  const sets = sandbox.ecs.view().services.flatMap((service) => service.taskSets);
  const set = sets.find(({ id }) => id === taskSetId);
  const group = sandbox.elbv2.view().groups.find(({ arn }) => arn === set?.targetGroupArn);
  const own = new Set(set?.tasks.map(({ target }) => `${target?.id}:${target?.port}`));
  return (group?.targets ?? []).filter(
    ({ id, port, state }) => state === "healthy" && own.has(`${id}:${port}`),
  ).length;
}
