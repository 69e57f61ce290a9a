import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  Tag,
  TagResourceRequest,
  TagResourceResponse,
  UntagResourceRequest,
  UntagResourceResponse,
} from "@aws-sdk/client-ecs";
import type { AwsError } from "../wire/service.ts";
import { clusterNotFound, invalidParameter, serviceNotFound } from "./errors.ts";
import { lookUpTaskDefinition } from "./lookup.ts";
import type { Parsed } from "./parsed.ts";
import { withTags } from "./tag-rules.ts";
import type { World } from "./world.ts";

interface Tagged {
  tags: readonly Tag[];
}

/** TagResource, UntagResource, ListTagsForResource: clusters, services, tasks, task definitions; no task sets. */
export function tagOperations(world: World) {
  function change(arn: string, tags: (present: readonly Tag[]) => readonly Tag[]): void {
    const resource = findTagged(world, arn);
    resource.tags = tags(resource.tags);
    const service = world.state.services.get(arn);
    if (service) world.touched(service);
  }

  return {
    TagResource(request: Parsed<TagResourceRequest>): TagResourceResponse {
      change(request.resourceArn, (present) => withTags(present, request.tags));
      return {};
    },

    UntagResource(request: Parsed<UntagResourceRequest>): UntagResourceResponse {
      change(request.resourceArn, (present) =>
        present.filter((tag) => !request.tagKeys.includes(tag.key ?? "")),
      );
      return {};
    },

    ListTagsForResource(request: Parsed<ListTagsForResourceRequest>): ListTagsForResourceResponse {
      return { tags: [...findTagged(world, request.resourceArn).tags] };
    },
  };
}

function findTagged(world: World, arn: string): Tagged {
  const match = /^arn:aws:ecs:[a-z0-9-]+:\d{12}:([a-z-]+)\/(.+)$/.exec(arn);
  if (!match) throw invalidParameter("Invalid resource ARN");
  const [, kind, name = ""] = match;
  switch (kind) {
    case "cluster":
      return world.state.clusters.get(name) ?? fail(clusterNotFound());
    case "service":
      if (!name.includes("/")) throw invalidParameter("Long arn format must be used for tagging operations");
      return world.state.services.get(arn) ?? fail(serviceNotFound());
    case "task":
      if (!name.includes("/")) throw invalidParameter("Long arn format must be used for tagging operations");
      return world.state.tasks.get(arn) ?? fail(notFound("task"));
    case "task-definition":
      return lookUpTaskDefinition(world.state, arn) ?? fail(notFound("task definition"));
    default:
      throw invalidParameter("Tagging is not supported for the specified resource type.");
  }
}

const notFound = (what: string): AwsError => invalidParameter(`The specified ${what} is not found.`);

function fail(error: AwsError): never {
  throw error;
}
