import type { BatchGetImageRequest, BatchGetImageResponse, ImageIdentifier } from "@aws-sdk/client-ecr";
import type { Account } from "../arns.ts";
import type { ImageDefinition } from "../definition.ts";
import type { TaskRuntime } from "../ports.ts";
import { cannotPull, digestOf, repositoryOf } from "../runtime/images.ts";
import { AwsError, type Service } from "../wire/service.ts";

/** Private registries of Amazon ECR: of the sandbox's images, those whose names are in one. */
export interface Ecr {
  readonly service: Service;
  /** Takes an image away, as a lifecycle policy does: no later task can pull it. */
  delete(image: string): void;
  /** `runtime`, except that it starts nothing from an image that was taken away. */
  pulling(runtime: TaskRuntime): TaskRuntime;
}

type Images = Readonly<Record<string, Pick<ImageDefinition, "digest">>>;

interface StoredImage {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";

export function createEcr(account: Account, images: Images): Ecr {
  const deleted = new Set<string>();

  return {
    service: {
      name: "ecr",
      operations: {
        BatchGetImage: (request: BatchGetImageRequest) => batchGetImage(request, account, images, deleted),
      },
    },
    delete(image) {
      deleted.add(image).add(`${repositoryOf(image)}@${digestOf(image, images[image] ?? {})}`);
    },
    pulling: (runtime) => ({
      ...runtime,
      async start(task) {
        const gone = task.containers.find(({ image }) => deleted.has(image));
        if (gone) throw cannotPull(gone.image);
        return runtime.start(task);
      },
    }),
  };
}

function batchGetImage(
  request: BatchGetImageRequest,
  account: Account,
  images: Images,
  deleted: ReadonlySet<string>,
): BatchGetImageResponse {
  const { repositoryName = "", registryId = account.accountId, imageIds = [] } = request;
  if (imageIds.length === 0) {
    throw new AwsError(
      "InvalidParameterException",
      "Invalid parameter at 'imageIds' failed to satisfy constraint: 'must have length at least 1'",
    );
  }
  const repository = `${registryId}.dkr.ecr.${account.region}.amazonaws.com/${repositoryName}`;
  const stored = storedIn(repository, images);
  if (stored.length === 0) {
    throw new AwsError(
      "RepositoryNotFoundException",
      `The repository with name '${repositoryName}' does not exist in the registry with id '${registryId}'`,
    );
  }
  const present = stored.filter(({ name }) => !deleted.has(name));
  const found = imageIds.map((imageId) => ({ imageId, image: imageOf(present, imageId) }));
  return {
    images: found.flatMap(({ image }) => (image ? [describe(image, registryId, repositoryName)] : [])),
    failures: found
      .filter(({ image }) => !image)
      .map(({ imageId }) => ({
        imageId,
        failureCode: "ImageNotFound",
        failureReason: "Requested image not found",
      })),
  };
}

function storedIn(repository: string, images: Images): readonly StoredImage[] {
  return Object.entries(images)
    .filter(([name]) => repositoryOf(name) === repository)
    .map(([name, image]) => ({
      name,
      tag: name.slice(repository.length + 1),
      digest: digestOf(name, image),
    }));
}

function imageOf(
  images: readonly StoredImage[],
  { imageTag, imageDigest }: ImageIdentifier,
): StoredImage | undefined {
  return images.find(({ tag, digest }) =>
    imageDigest === undefined ? tag === imageTag : digest === imageDigest,
  );
}

function describe({ tag, digest }: StoredImage, registryId: string, repositoryName: string) {
  return {
    registryId,
    repositoryName,
    imageId: { imageTag: tag, imageDigest: digest },
    imageManifest: JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST }),
    imageManifestMediaType: MANIFEST,
  };
}
