import { stableId } from "../arns.ts";
import type { ImageDefinition } from "../definition.ts";
import { StartFailure } from "../ports.ts";

export interface Pulled<T> {
  /** As the sandbox knows the image. */
  readonly name: string;
  readonly image: T;
  /** "sha256:" and 64 hex digits. */
  readonly digest: string;
}

/** The digest of an image: its own, or one derived from its name. */
export function digestOf(name: string, image: Pick<ImageDefinition, "digest">): string {
  const digest = image.digest ?? stableId(64, "image", name);
  return digest.startsWith("sha256:") ? digest : `sha256:${digest}`;
}

/**
 * Finds an image by its name ("orders:2"), or by its repository and digest ("orders@sha256:…").
 * @throws StartFailure in the words of ECS when there is none
 */
export function pull<T extends Pick<ImageDefinition, "digest">>(
  images: Readonly<Record<string, T>>,
  reference: string,
): Pulled<T> {
  const at = reference.indexOf("@");
  const wanted = at < 0 ? undefined : reference.slice(at + 1);
  for (const [name, image] of Object.entries(images)) {
    const digest = digestOf(name, image);
    if (name === reference || (wanted === digest && repositoryOf(name) === reference.slice(0, at)))
      return { name, image, digest };
  }
  throw cannotPull(reference);
}

/** In the words of ECS. */
export function cannotPull(reference: string): StartFailure {
  return new StartFailure(
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${reference}: ${reference}: not found`,
  );
}

/** "registry:5000/orders" of "registry:5000/orders:2" and of "registry:5000/orders@sha256:…". */
export function repositoryOf(name: string): string {
  const bare = name.split("@")[0] ?? name;
  const colon = bare.lastIndexOf(":");
  return colon > bare.lastIndexOf("/") ? bare.slice(0, colon) : bare;
}
