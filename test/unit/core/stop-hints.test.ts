import { expect, test } from "vitest";
import { hintForStop } from "../../../src/core/stop-hints.ts";
import { stop } from "./world.ts";

const REF = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:9";

test.each([
  [
    `CannotPullContainerError: pull image manifest has been retried 1 time(s): ${REF}: not found`,
    "was pushed",
  ],
  ["CannotPullImageManifestError: no such image", "was pushed"],
  ["CannotPullContainerError: pull access denied for orders, repository does not exist", "may not pull"],
  [`CannotPullContainerError: unexpected status from HEAD request to ${REF}: 403 Forbidden`, "may not pull"],
  ["CannotPullContainerError: dial tcp 3.5.7.9:443: i/o timeout", "do not reach the registry"],
  ["CannotPullContainerError: toomanyrequests: You have reached your pull rate limit", "limits pulls"],
  [
    "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
    "another architecture",
  ],
  [
    "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve ecr registry auth",
    "registry's credentials",
  ],
  [
    "ResourceInitializationError: unable to retrieve secret from asm: AccessDeniedException",
    "secretsmanager:GetSecretValue",
  ],
  [
    "ResourceInitializationError: failed to validate logger args: ResourceNotFoundException: The specified log group does not exist.",
    "awslogs-create-group",
  ],
  [
    "ResourceInitializationError: failed to invoke EFS utils commands",
    "execution role and the tasks' network",
  ],
  ["CannotStartContainerError: exec: no such file or directory", "entry point"],
  ["Task failed ELB health checks in (target-group arn)", "path, port and matcher"],
  ["Task failed container health checks", "startPeriod"],
])("%s", (stoppedReason, hint) => {
  expect(hintForStop(stop({ stoppedReason, exits: [] }))).toContain(hint);
});

test.each([
  [137, "most often for memory"],
  [127, "not in the image"],
  [139, "SIGSEGV"],
  [1, "last log lines"],
])("exit code %s", (exitCode, hint) => {
  expect(hintForStop(stop({ exits: [{ container: "app", exitCode }] }))).toContain(hint);
});

test("what a container says counts like what its task says, and more than its exit code", () => {
  const exits = [
    { container: "log", exitCode: 0 },
    { container: "app", exitCode: 1, reason: "OutOfMemoryError: Container killed due to memory usage" },
  ];
  expect(hintForStop(stop({ exits }))).toContain("raise memory of the task");
});

test("a container that ended well says nothing", () => {
  const exits = [
    { container: "init", exitCode: 0 },
    { container: "app", exitCode: 137 },
  ];
  expect(hintForStop(stop({ exits }))).toContain("SIGKILL");
});
