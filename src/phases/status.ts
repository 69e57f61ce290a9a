import { createClients } from "../aws/clients.ts";
import { readInfrastructure } from "../aws/infrastructure.ts";
import { readTaskDefinition } from "../aws/task-definition.ts";
import { createTaskSetEngine } from "../aws/task-set-engine.ts";
import type { Release } from "../core/plan.ts";
import { preflight } from "../core/preflight.ts";
import type { ServiceSpec } from "../core/spec/schema.ts";
import { type Status, statusOf } from "../core/status.ts";
import { planOrThrow } from "./plan.ts";

const STAGED: Release = { source: { kind: "staged" } };
/** A rollout that nobody has: what is at rest is nobody's. */
const NOBODY = "status";

/** What stands where right now. Reads only. Throws SluiceError where AWS cannot be read, or not by this spec. */
export async function readStatus(
  spec: ServiceSpec,
  region: string | undefined,
  nowMs: () => number,
): Promise<Status> {
  const clients = createClients(region);
  const infrastructure = await readInfrastructure(clients, spec, STAGED);
  const rollout = infrastructure.unfinished[0] ?? NOBODY;
  const request = { spec, rollout, release: STAGED, approvals: 0, nowMs: nowMs() };
  const plan = planOrThrow(preflight(request, infrastructure), false);
  const observation = await createTaskSetEngine(clients, plan, nowMs).observe();
  const arns = [...new Set(observation.taskSets.map((set) => set.taskDefinitionArn))];
  const images = await Promise.all(
    arns.map(async (arn) => {
      const { definition } = await readTaskDefinition(clients, arn);
      const own = definition.containerDefinitions?.find(({ name }) => name === plan.imageContainer);
      return [arn, own?.image ?? ""] as const;
    }),
  );
  return statusOf({ plan, observation, images: new Map(images), nowMs: nowMs() });
}
