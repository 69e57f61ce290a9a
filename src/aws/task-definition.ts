import {
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  type RegisterTaskDefinitionCommandInput,
  type Tag,
  type TaskDefinition,
} from "@aws-sdk/client-ecs";
import { SluiceError } from "../core/errors.ts";
import type { Plan } from "../core/plan.ts";
import { TAG } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";

export interface TaskDefinitionWithTags {
  readonly definition: TaskDefinition;
  readonly tags: readonly Tag[];
}

/** `name`: a family (its newest ACTIVE revision), family:revision, or an ARN. `signal` ends it early. */
export async function readTaskDefinition(
  clients: Clients,
  name: string,
  signal?: AbortSignal,
): Promise<TaskDefinitionWithTags> {
  try {
    const answer = await call("ecs:DescribeTaskDefinition", () =>
      clients.ecs.send(
        new DescribeTaskDefinitionCommand({ taskDefinition: name, include: ["TAGS"] }),
        signal ? { abortSignal: signal } : {},
      ),
    );
    return { definition: answer.taskDefinition ?? {}, tags: answer.tags ?? [] };
  } catch (error) {
    if (!isNamed(error, "ClientException")) throw error;
    throw new SluiceError("configuration", `there is no task definition ${name}`, {
      hint: "Give a family, family:revision, an ARN, or the path of a JSON file.",
      cause: error,
    });
  }
}

/**
 * The ARN of the task definition to release; `runningArn` is the one that serves, where one does. An image goes into
 * a copy of that; a revision that an earlier run of this rollout has registered is used again.
 */
export async function taskDefinitionFor(
  clients: Clients,
  plan: Plan,
  runningArn: string | undefined,
): Promise<string> {
  const { source } = plan.release;
  if (source.kind === "task-definition") {
    const { definition } = await readTaskDefinition(clients, source.taskDefinition);
    return definition.taskDefinitionArn ?? source.taskDefinition;
  }
  if (source.kind === "staged") {
    throw new SluiceError(
      "configuration",
      "nothing is staged for this rollout, and no image or task definition is given",
      {
        hint: "Give the input image or task-definition.",
      },
    );
  }
  const base =
    source.kind === "definition"
      ? { definition: source.definition as TaskDefinition, tags: [] }
      : await readRunning(clients, runningArn);
  const earlier = await registeredBefore(clients, plan, base.definition.family ?? "");
  if (earlier) return earlier;
  const image = source.image;
  return register(clients, plan, image ? withImage(base, plan.imageContainer, image) : base);
}

async function readRunning(clients: Clients, arn: string | undefined): Promise<TaskDefinitionWithTags> {
  if (arn !== undefined) return readTaskDefinition(clients, arn);
  throw new SluiceError("configuration", "no task definition runs that the image could be put into", {
    hint: "Give the input task-definition.",
  });
}

async function registeredBefore(clients: Clients, plan: Plan, family: string): Promise<string | undefined> {
  try {
    const newest = await readTaskDefinition(clients, family);
    const ours = newest.tags.some((tag) => tag.key === TAG.rollout && tag.value === plan.rollout);
    return ours ? newest.definition.taskDefinitionArn : undefined;
  } catch (error) {
    if (error instanceof SluiceError && error.kind === "transient") throw error;
    return undefined; // a family that does not exist yet
  }
}

function withImage(base: TaskDefinitionWithTags, container: string, image: string): TaskDefinitionWithTags {
  const containers = base.definition.containerDefinitions ?? [];
  if (!containers.some((definition) => definition.name === container)) {
    const names = containers.map((definition) => definition.name).join(", ");
    throw new SluiceError(
      "configuration",
      `the task definition has no container ${container}; it has ${names}`,
    );
  }
  return {
    ...base,
    definition: {
      ...base.definition,
      containerDefinitions: containers.map((definition) =>
        definition.name === container ? { ...definition, image } : definition,
      ),
    },
  };
}

async function register(clients: Clients, plan: Plan, base: TaskDefinitionWithTags): Promise<string> {
  const kept = base.tags.filter((tag) => !tag.key?.startsWith("sluice:") && !tag.key?.startsWith("aws:"));
  const input = {
    ...registrable(base.definition),
    tags: [
      ...kept,
      { key: TAG.rollout, value: plan.rollout },
      ...(plan.release.commit ? [{ key: TAG.commit, value: plan.release.commit }] : []),
    ],
  };
  const answer = await call("ecs:RegisterTaskDefinition", () =>
    clients.ecs.send(new RegisterTaskDefinitionCommand(input)),
  );
  return answer.taskDefinition?.taskDefinitionArn ?? "";
}

/** What DescribeTaskDefinition adds to what RegisterTaskDefinition takes. */
function registrable(definition: TaskDefinition): RegisterTaskDefinitionCommandInput {
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _at,
    registeredBy: _by,
    deregisteredAt: _until,
    deleteRequestedAt: _deletion,
    ...rest
  } = definition;
  return { ...rest, family: rest.family ?? "", containerDefinitions: rest.containerDefinitions ?? [] };
}
