import {
  DescribeServicesCommand,
  DescribeTaskSetsCommand,
  type Service,
  type Tag,
  type TaskSet,
} from "@aws-sdk/client-ecs";
import { SluiceError } from "../core/errors.ts";
import type { Tags } from "../core/tags.ts";
import type { Clients } from "./clients.ts";
import { call } from "./failures.ts";

export async function readService(clients: Clients, cluster: string, name: string): Promise<Service> {
  const answer = await call("ecs:DescribeServices", () =>
    clients.ecs.send(new DescribeServicesCommand({ cluster, services: [name], include: ["TAGS"] })),
  );
  const service = answer.services?.find((found) => found.status !== "INACTIVE");
  if (service) return service;
  throw new SluiceError("configuration", `there is no service ${name} in cluster ${cluster}`, {
    hint: "Check service and cluster in the spec, and the Region and account of the credentials.",
  });
}

/** In full, with tags. Their ARNs come from the service: DescribeTaskSets without ARNs has failed in the past. */
export async function readTaskSets(clients: Clients, service: Service): Promise<readonly TaskSet[]> {
  const arns = (service.taskSets ?? []).map((set) => set.taskSetArn ?? "");
  if (arns.length === 0) return [];
  const answer = await call("ecs:DescribeTaskSets", () =>
    clients.ecs.send(
      new DescribeTaskSetsCommand({
        cluster: service.clusterArn,
        service: service.serviceArn,
        taskSets: arns,
        include: ["TAGS"],
      }),
    ),
  );
  return answer.taskSets ?? [];
}

export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map((tag) => [tag.key ?? "", tag.value ?? ""]));
}
