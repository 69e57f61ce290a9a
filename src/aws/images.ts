import { BatchGetImageCommand } from "@aws-sdk/client-ecr";
import type { Clients } from "./clients.ts";
import { call, isNamed } from "./failures.ts";

/** An image in a private registry of Amazon ECR. */
interface EcrImage {
  readonly registryId: string;
  readonly region: string;
  readonly repositoryName: string;
  readonly imageId: { readonly imageDigest: string } | { readonly imageTag: string };
}

/** Hosts of private registries, by IPv4 and dual-stack. Source: Amazon ECR user guide, "Private registry". */
const HOST =
  /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com|amazonaws\.com\.cn|on\.aws|on\.amazonwebservices\.com\.cn)$/;

/** Deleted, or archived: which of the two codes an archived image has is not documented. */
const GONE: ReadonlySet<string> = new Set(["ImageNotFound", "ImageInaccessible"]);

/**
 * Why `image` can no longer be pulled; undefined where it can be, and where that cannot be told: another
 * registry, no permission, ECR not answering. It asks what a pull asks (BatchGetImage), so whoever may push
 * or pull the image may ask.
 */
export async function missingImage(clients: Clients, image: string): Promise<string | undefined> {
  const found = parseEcrImage(image);
  if (!found) return undefined;
  const { registryId, region, repositoryName, imageId } = found;
  try {
    const answer = await call("ecr:BatchGetImage", () =>
      clients
        .ecr(region)
        .send(new BatchGetImageCommand({ registryId, repositoryName, imageIds: [{ ...imageId }] })),
    );
    const gone = answer.failures?.find(({ failureCode }) => GONE.has(failureCode ?? ""));
    return gone && `its image ${image} can no longer be pulled from ECR (${gone.failureCode})`;
  } catch (error) {
    if (!isNamed(error, "RepositoryNotFoundException")) return undefined;
    return `its image ${image} is gone: there is no repository ${repositoryName} any more`;
  }
}

/** A digest wins over a tag beside it, as in a pull; without either it is "latest". */
export function parseEcrImage(image: string): EcrImage | undefined {
  const slash = image.indexOf("/");
  const [, registryId, region] = HOST.exec(image.slice(0, Math.max(0, slash))) ?? [];
  const [, repositoryName, imageTag, imageDigest] =
    /^([^:@]+)(?::([^:@]+))?(?:@(.+))?$/.exec(image.slice(slash + 1)) ?? [];
  if (!registryId || !region || !repositoryName) return undefined;
  const imageId = imageDigest ? { imageDigest } : { imageTag: imageTag ?? "latest" };
  return { registryId, region, repositoryName, imageId };
}
