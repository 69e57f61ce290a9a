import { expect, test } from "vitest";
import { createEcr } from "../../../../sandbox/ecr/ecr.ts";
import { StartFailure, type TaskRuntime, type TaskToRun } from "../../../../sandbox/ports.ts";

const ACCOUNT = { region: "eu-west-1", accountId: "111122223333" };
const REPOSITORY = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders";
const DIGEST = `sha256:${"1".repeat(64)}`;

function open() {
  const ecr = createEcr(ACCOUNT, {
    [`${REPOSITORY}:1`]: { digest: DIGEST },
    [`${REPOSITORY}:2`]: {},
    "cart:1": {},
  });
  const ask = async (input: object): Promise<unknown> =>
    ecr.service.operations.BatchGetImage?.(input, { operation: "BatchGetImage", accessKeyId: "AKIA" });
  return { ecr, ask };
}

test("finds images by tag and by digest, and says which it does not have", async () => {
  const { ask } = open();
  const imageIds = [{ imageTag: "1" }, { imageDigest: DIGEST }, { imageTag: "9" }];
  expect(await ask({ repositoryName: "orders", imageIds })).toMatchObject({
    images: [
      { repositoryName: "orders", imageId: { imageTag: "1", imageDigest: DIGEST } },
      { imageId: { imageTag: "1", imageDigest: DIGEST } },
    ],
    failures: [{ imageId: { imageTag: "9" }, failureCode: "ImageNotFound" }],
  });
});

test("refuses a repository that is not there, and a request for nothing", async () => {
  const { ask } = open();
  await expect(ask({ repositoryName: "cart", imageIds: [{ imageTag: "1" }] })).rejects.toMatchObject({
    code: "RepositoryNotFoundException",
  });
  await expect(ask({ repositoryName: "orders", imageIds: [] })).rejects.toMatchObject({
    code: "InvalidParameterException",
  });
});

test("an image that was taken away is not found and not pulled, by whichever name; others are", async () => {
  const { ecr, ask } = open();
  ecr.delete(`${REPOSITORY}:1`);
  const imageIds = [{ imageTag: "1" }, { imageDigest: DIGEST }, { imageTag: "2" }];
  expect(await ask({ repositoryName: "orders", imageIds })).toMatchObject({
    images: [{ imageId: { imageTag: "2" } }],
    failures: [{ failureCode: "ImageNotFound" }, { failureCode: "ImageNotFound" }],
  });
  const started: string[] = [];
  const runtime: TaskRuntime = {
    start: async ({ containers }) => {
      started.push(...containers.map(({ image }) => image));
      return { stop: async () => [], kill: async () => [] };
    },
    close: async () => undefined,
  };
  const pulling = ecr.pulling(runtime);
  const task = (image: string): TaskToRun => ({
    arn: "arn",
    address: "10.0.0.1",
    containers: [{ name: "app", image, environment: {}, command: [], ports: [], stopTimeoutMs: 0 }],
    onExit: () => undefined,
  });
  await expect(pulling.start(task(`${REPOSITORY}:1`))).rejects.toThrow(StartFailure);
  await expect(pulling.start(task(`${REPOSITORY}@${DIGEST}`))).rejects.toThrow(/^CannotPullContainerError/);
  await pulling.start(task(`${REPOSITORY}:2`));
  expect(started).toEqual([`${REPOSITORY}:2`]);
});
