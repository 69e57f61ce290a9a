import { createHash } from "node:crypto";
import {
  CreateTaskSetCommand,
  type CreateTaskSetCommandInput,
  DeleteTaskSetCommand,
  TagResourceCommand,
  type TaskSet,
  UntagResourceCommand,
  UpdateServicePrimaryTaskSetCommand,
  UpdateTaskSetCommand,
} from "@aws-sdk/client-ecs";
import { SluiceError } from "../core/errors.ts";
import type { WeightedRoute, Write } from "../core/moves.ts";
import type { TaskSetOrigin } from "../core/observation.ts";
import type { Plan } from "../core/plan.ts";
import {
  originTags,
  parseServiceTags,
  REPLACES_NONE,
  type Tags,
  takenBackTags,
  wasAborted,
} from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { createCohort, deleteCohort } from "./cohorts.ts";
import { call, isNamed } from "./failures.ts";
import { firstSettings } from "./first-task-set.ts";
import { expectWeights, writeWeights } from "./routes.ts";
import { resumeScaleIn, suspendScaleIn } from "./scaling.ts";
import { readService, readTaskSets, tagsOf } from "./service.ts";
import { taskDefinitionFor } from "./task-definition.ts";

/** Carries out one write. Doing it twice leaves what doing it once leaves. */
export async function act(clients: Clients, plan: Plan, write: Write, nowMs: () => number): Promise<void> {
  const { clusterArn: cluster, serviceArn: service } = plan;
  switch (write.kind) {
    case "create-task-set":
      return createTaskSet(clients, plan, write);
    case "scale-task-set":
      if (write.whileRoutes) await expectUnchanged(clients, plan, write.whileRoutes);
      await call("ecs:UpdateTaskSet", () =>
        clients.ecs.send(
          new UpdateTaskSetCommand({
            cluster,
            service,
            taskSet: write.taskSetArn,
            scale: { value: write.scalePercent, unit: "PERCENT" },
          }),
        ),
      );
      return;
    case "set-weights":
      await writeWeights(clients, write.route, write.from, write.to);
      return write.mark ? tagService(clients, service, takenBackTags(write.mark, nowMs())) : undefined;
    case "create-cohort":
      return createCohort(clients, plan, write);
    case "delete-cohort":
      await deleteCohort(clients, write.ruleArn);
      return write.mark ? tagService(clients, service, takenBackTags(write.mark, nowMs())) : undefined;
    case "suspend-scale-in":
      return suspendScaleIn(clients, cluster, plan.spec.service);
    case "resume-scale-in":
      return resumeScaleIn(clients, cluster, plan.spec.service);
    case "tag-service":
      return tagService(clients, service, write.tags);
    case "untag-service":
      await call("ecs:UntagResource", () =>
        clients.ecs.send(new UntagResourceCommand({ resourceArn: service, tagKeys: [...write.keys] })),
      );
      return;
    case "set-primary":
      await call("ecs:UpdateServicePrimaryTaskSet", () =>
        clients.ecs.send(
          new UpdateServicePrimaryTaskSetCommand({ cluster, service, primaryTaskSet: write.taskSetArn }),
        ),
      );
      return;
    case "delete-task-set":
      return deleteTaskSet(clients, plan, write.taskSetArn, write.force);
  }
}

/** A rollback writes its mark first and looks again; so one of the two always sees the other. */
async function expectUnchanged(
  clients: Clients,
  plan: Plan,
  routes: readonly WeightedRoute[],
): Promise<void> {
  const [service] = await Promise.all([
    readService(clients, plan.clusterArn, plan.spec.service),
    expectWeights(clients, routes),
  ]);
  if (wasAborted(parseServiceTags(tagsOf(service.tags)), plan.rollout))
    throw new SluiceError("refused", `rollout ${plan.rollout} was taken back a moment ago`);
}

async function tagService(clients: Clients, resourceArn: string, tags: Tags): Promise<void> {
  await call("ecs:TagResource", () =>
    clients.ecs.send(new TagResourceCommand({ resourceArn, tags: toEcsTags(tags) })),
  );
}

async function createTaskSet(
  clients: Clients,
  plan: Plan,
  write: Extract<Write, { kind: "create-task-set" }>,
): Promise<void> {
  const stable = await replacedBy(clients, plan, write.stableArn);
  const running = stable?.taskDefinition;
  const taskDefinition = await taskDefinitionFor(clients, plan, running);
  const origin: TaskSetOrigin = {
    rollout: plan.rollout,
    replaces: stable ? (stable.id ?? "") : REPLACES_NONE,
    strategy: plan.spec.strategy,
    previousTaskDefinition: running ?? "",
    ...(plan.release.commit ? { commit: plan.release.commit } : {}),
    ...(plan.release.runUrl ? { runUrl: plan.release.runUrl } : {}),
  };
  await call("ecs:CreateTaskSet", () =>
    clients.ecs.send(
      new CreateTaskSetCommand({
        ...(stable ? settingsOf(stable) : firstSettings(plan.spec)),
        cluster: plan.clusterArn,
        service: plan.serviceArn,
        taskDefinition,
        loadBalancers: [
          {
            targetGroupArn: write.groupArn,
            containerName: plan.container.name,
            containerPort: plan.container.port,
          },
        ],
        scale: { value: write.scalePercent, unit: "PERCENT" },
        clientToken: tokenOf(plan, origin.replaces),
        tags: toEcsTags(originTags(origin)),
      }),
    ),
  );
}

/** The set that a new one is to replace, as it is now; undefined where there is to be none, and is none. */
async function replacedBy(
  clients: Clients,
  plan: Plan,
  stableArn: string | undefined,
): Promise<TaskSet | undefined> {
  const sets = await readTaskSets(clients, await readService(clients, plan.clusterArn, plan.spec.service));
  const stable = sets.find((set) => set.taskSetArn === stableArn);
  if (stableArn !== undefined && !stable)
    throw new SluiceError("transient", `task set ${stableArn} is not there; looking again`);
  const first = sets.find((set) => set.status !== "DRAINING");
  if (stableArn === undefined && first)
    throw new SluiceError("transient", `the service has task set ${first.id} already; looking again`);
  return stable;
}

/** What the new set has in common with the stable one. Launch type and capacity providers exclude each other. */
function settingsOf(stable: TaskSet): Partial<CreateTaskSetCommandInput> {
  const providers = stable.capacityProviderStrategy ?? [];
  return {
    ...(stable.networkConfiguration ? { networkConfiguration: stable.networkConfiguration } : {}),
    ...((stable.serviceRegistries ?? []).length > 0 ? { serviceRegistries: stable.serviceRegistries } : {}),
    ...(providers.length > 0 ? { capacityProviderStrategy: providers } : {}),
    ...(providers.length === 0 && stable.launchType ? { launchType: stable.launchType } : {}),
    ...(stable.platformVersion ? { platformVersion: stable.platformVersion } : {}),
  };
}

/** The same for every try of this phase, so that a retry after a lost answer creates nothing twice. */
function tokenOf(plan: Plan, replaces: string): string {
  return createHash("sha256")
    .update(`${plan.rollout}\n${replaces}\n${plan.startedAtMs}`)
    .digest("hex")
    .slice(0, 36);
}

async function deleteTaskSet(clients: Clients, plan: Plan, taskSet: string, force: boolean): Promise<void> {
  const { clusterArn: cluster, serviceArn: service } = plan;
  try {
    await call("ecs:DeleteTaskSet", () =>
      clients.ecs.send(new DeleteTaskSetCommand({ cluster, service, taskSet, force })),
    );
  } catch (error) {
    if (!isNamed(error, "TaskSetNotFoundException")) throw error;
  }
}

function toEcsTags(tags: Tags): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}
