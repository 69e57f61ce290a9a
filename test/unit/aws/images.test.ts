import { expect, test } from "vitest";
import { parseEcrImage } from "../../../src/aws/images.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;
const HOST = "111122223333.dkr.ecr.eu-west-1.amazonaws.com";

test.each([
  [`${HOST}/orders:2`, "orders", { imageTag: "2" }],
  [`${HOST}/orders`, "orders", { imageTag: "latest" }],
  [`${HOST}/shop/orders@${DIGEST}`, "shop/orders", { imageDigest: DIGEST }],
  [`${HOST}/shop/orders:2@${DIGEST}`, "shop/orders", { imageDigest: DIGEST }],
  ["111122223333.dkr-ecr.eu-west-1.on.aws/orders:2", "orders", { imageTag: "2" }],
  ["111122223333.dkr.ecr-fips.eu-west-1.amazonaws.com/orders:2", "orders", { imageTag: "2" }],
])("%s", (image, repositoryName, imageId) => {
  expect(parseEcrImage(image)).toEqual({
    registryId: "111122223333",
    region: "eu-west-1",
    repositoryName,
    imageId,
  });
});

test.each([
  "orders:2",
  "docker.io/library/nginx",
  "public.ecr.aws/nginx/nginx:1",
  "registry.example:5000/orders:2",
  `evil.example/${HOST}/orders:2`,
  `${HOST}`,
  `${HOST}/`,
  "",
])("%j is in no registry that can be asked", (image) => {
  expect(parseEcrImage(image)).toBeUndefined();
});
