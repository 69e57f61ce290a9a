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
import type { Write } from "../core/moves.ts";
import type { TaskSetOrigin } from "../core/observation.ts";
import type { Plan } from "../core/plan.ts";
import { originTags, type Tags, takenBackTags } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";
import { writeWeights } from "./routes.ts";
import { readService, readTaskSets } from "./service.ts";
import { taskDefinitionFor } from "./task-definition.ts";

/** Carries out one write. Doing it twice leaves what doing it once leaves. */
export async function act(clients: Clients, plan: Plan, write: Write, nowMs: () => number): Promise<void> {
  const { clusterArn: cluster, serviceArn: service } = plan;
  switch (write.kind) {
    case "create-task-set":
      return createTaskSet(clients, plan, write);
    case "scale-task-set":
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
  const sets = await readTaskSets(clients, await readService(clients, plan.clusterArn, plan.spec.service));
  const stable = sets.find((set) => set.taskSetArn === write.stableArn);
  if (!stable) throw new SluiceError("transient", `task set ${write.stableArn} is not there; looking again`);
  const running = stable.taskDefinition ?? "";
  const taskDefinition = await taskDefinitionFor(clients, plan, running);
  const origin: TaskSetOrigin = {
    rollout: plan.rollout,
    replaces: stable.id ?? "",
    previousTaskDefinition: running,
    ...(plan.release.commit ? { commit: plan.release.commit } : {}),
    ...(plan.release.runUrl ? { runUrl: plan.release.runUrl } : {}),
  };
  await call("ecs:CreateTaskSet", () =>
    clients.ecs.send(
      new CreateTaskSetCommand({
        ...settingsOf(stable),
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
        clientToken: tokenOf(plan, stable),
        tags: toEcsTags(originTags(origin)),
      }),
    ),
  );
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
function tokenOf(plan: Plan, stable: TaskSet): string {
  return createHash("sha256")
    .update(`${plan.rollout}\n${stable.id}\n${plan.startedAtMs}`)
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
