import type {
  AddTagsInput,
  DescribeTagsInput,
  DescribeTagsOutput,
  RemoveTagsInput,
  Tag,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { AwsError, type Operation } from "../../wire/service.ts";
import {
  type ControlPlane,
  type Model,
  requireListener,
  requireLoadBalancer,
  requireRule,
  requireTargetGroup,
} from "./model.ts";
import { invalid } from "./validation.ts";

const TAG_LIMIT = 50;
/** Resources that one DescribeTags takes (ELBv2 API reference). */
const RESOURCES_AT_ONCE = 20;

export function tagOperations({ model }: ControlPlane): Readonly<Record<string, Operation>> {
  return {
    AddTags(input: AddTagsInput) {
      const arns = existing(model, input.ResourceArns);
      for (const arn of arns) putTags(model, arn, input.Tags);
      return {};
    },
    RemoveTags(input: RemoveTagsInput) {
      for (const arn of existing(model, input.ResourceArns)) {
        for (const key of input.TagKeys ?? []) model.tags.get(arn)?.delete(key);
      }
      return {};
    },
    DescribeTags(input: DescribeTagsInput): DescribeTagsOutput {
      if ((input.ResourceArns ?? []).length > RESOURCES_AT_ONCE) {
        throw invalid(`At most ${RESOURCES_AT_ONCE} resources can be described at once`);
      }
      return {
        TagDescriptions: existing(model, input.ResourceArns).map((ResourceArn) => ({
          ResourceArn,
          Tags: [...(model.tags.get(ResourceArn) ?? [])].map(([Key, Value]) => ({ Key, Value })),
        })),
      };
    },
  };
}

/** Throws if the tags of a request cannot be put on a new resource. */
export function checkTags(tags: readonly Tag[] | undefined): void {
  const keys = (tags ?? []).map((tag) => tag.Key ?? "");
  if (new Set(keys).size < keys.length)
    throw new AwsError("DuplicateTagKeys", "A tag key was given more than once");
  if (keys.length > TAG_LIMIT) throw new AwsError("TooManyTags", "The maximum number of tags is 50");
  for (const { Key = "", Value = "" } of tags ?? []) {
    if (Key.length < 1 || Key.length > 128) throw invalid(`Tag key '${Key}' must have 1 to 128 characters`);
    if (Value.length > 256) throw invalid(`The value of tag '${Key}' must have at most 256 characters`);
    if (Key.toLowerCase().startsWith("aws:")) throw invalid("Tag keys cannot start with 'aws:'");
  }
}

/** Puts tags on a resource, over those it has. */
export function putTags(model: Model, arn: string, tags: readonly Tag[] | undefined): void {
  checkTags(tags);
  const all = new Map(model.tags.get(arn));
  for (const tag of tags ?? []) all.set(tag.Key ?? "", tag.Value ?? "");
  if (all.size > TAG_LIMIT) throw new AwsError("TooManyTags", "The maximum number of tags is 50");
  model.tags.set(arn, all);
}

function existing(model: Model, arns: readonly string[] | undefined): readonly string[] {
  for (const arn of arns ?? []) requireResource(model, arn);
  return arns ?? [];
}

function requireResource(model: Model, arn: string): void {
  if (arn.includes(":loadbalancer/")) requireLoadBalancer(model, arn);
  else if (arn.includes(":targetgroup/")) requireTargetGroup(model, arn);
  else if (arn.includes(":listener-rule/")) requireRule(model, arn);
  else if (arn.includes(":listener/")) requireListener(model, arn);
  else throw invalid(`'${arn}' is not a valid resource ARN`);
}
