import type { Tag } from "@aws-sdk/client-ecs";
import { invalidParameter } from "./errors.ts";

const MAXIMUM_TAGS = 50;
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** The tags after `added` was put on top of `present`; AWS's limits hold. @throws InvalidParameterException */
export function withTags(present: readonly Tag[], added: readonly Tag[] | undefined): readonly Tag[] {
  const merged = new Map(present.map((tag) => [tag.key, tag]));
  for (const tag of added ?? []) {
    checkTag(tag);
    merged.set(tag.key, { key: tag.key, value: tag.value ?? "" });
  }
  if (merged.size > MAXIMUM_TAGS) throw invalidParameter("Too many tags. The maximum number of tags is 50.");
  return [...merged.values()];
}

/** The tags of a new resource. @throws InvalidParameterException */
export function newTags(given: readonly Tag[] | undefined): readonly Tag[] {
  const keys = (given ?? []).map((tag) => tag.key);
  if (new Set(keys).size < keys.length) throw invalidParameter("Duplicate tag keys found.");
  return withTags([], given);
}

function checkTag(tag: Tag): void {
  const key = tag.key ?? "";
  const value = tag.value ?? "";
  if (key.length < 1 || key.length > 128 || !ALLOWED.test(key))
    throw invalidParameter(
      `Invalid tag key "${key}": 1 to 128 letters, numbers, spaces and _ . : / = + - @.`,
    );
  if (value.length > 256 || !ALLOWED.test(value))
    throw invalidParameter(
      `Invalid tag value of "${key}": at most 256 letters, numbers, spaces and _ . : / = + - @.`,
    );
  if (key.toLowerCase().startsWith("aws:"))
    throw invalidParameter("Tag keys with the prefix aws: are reserved for AWS use.");
}
