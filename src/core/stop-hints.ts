import type { TaskStop } from "./observation.ts";

/** A pattern in what ECS says of a stop, and the next thing to do about it. The first that fits counts. */
const HINTS: readonly { readonly says: RegExp; readonly hint: string }[] = [
  {
    says: /CannotPull.*(toomanyrequests|rate limit)/is,
    hint: "The registry limits pulls: sign in to it, or copy the image into Amazon ECR.",
  },
  {
    says: /CannotPull.*(match\w* (for )?platform|architecture)/is,
    hint: "The image is for another architecture: build it for the task definition's runtimePlatform.",
  },
  {
    says: /CannotPull.*(timeout|timed out|deadline exceeded|dial tcp|no such host|connection refused)/is,
    hint: "The tasks do not reach the registry: check their subnets' NAT gateway or VPC endpoints, and their security groups.",
  },
  {
    says: /CannotPull.*(denied|unauthorized|forbidden|403|not authorized|no basic auth)/is,
    hint: "The execution role may not pull the image, or there is none of that name: check both (AmazonECSTaskExecutionRolePolicy allows ECR).",
  },
  {
    says: /CannotPull|ImageNotFound/i,
    hint: "Check that the image was pushed to that registry, by that name and tag or digest, and that the execution role may pull it.",
  },
  {
    says: /ResourceInitializationError.*(log group|log stream|logger args|logging driver)/is,
    hint: "Check that the log group of the task definition exists, or set awslogs-create-group; and that the execution role may write to it and the tasks reach CloudWatch Logs.",
  },
  {
    says: /ResourceInitializationError.*registry auth|unable to pull.*registry auth/is,
    hint: "Check that the execution role may get the registry's credentials, and that the tasks' subnets reach it (NAT gateway or VPC endpoints).",
  },
  {
    says: /ResourceInitializationError.*(secret|ssm|parameter)|unable to pull secrets|InvalidParameterException.*secret/is,
    hint: "Check the ARNs under secrets in the task definition, that the execution role may read them (secretsmanager:GetSecretValue, ssm:GetParameters, kms:Decrypt), and that the tasks' subnets reach that service.",
  },
  {
    says: /ResourceInitializationError/i,
    hint: "What the task needs to start could not be had: check the execution role and the tasks' network.",
  },
  {
    says: /OutOfMemory/i,
    hint: "It ran out of memory: raise memory of the task or of the container, or let it use less.",
  },
  {
    says: /CannotStartContainer|CannotCreateContainer|exec format|no such file/i,
    hint: "The container could not be started: check its command, entry point and architecture.",
  },
  {
    says: /failed ELB health checks/i,
    hint: "The load balancer's checks failed: check the path, port and matcher of the target group's health check, whether the tasks' security group lets it in, and how long the service takes to start.",
  },
  {
    says: /failed container health checks/i,
    hint: "The container's own health check failed: run its command in the image, and give it a startPeriod that is long enough.",
  },
];

const BY_EXIT_CODE: ReadonlyMap<number, string> = new Map([
  [126, "Its command may not be executed: check the image's entry point and file modes."],
  [127, "Its command is not in the image: check command and entryPoint of the task definition."],
  [137, "It was killed (SIGKILL), most often for memory: raise memory, or let it use less."],
  [139, "It crashed (SIGSEGV): see its last log lines, and whether the image is for this architecture."],
  [143, "It ended on SIGTERM that ECS had not sent: see what in the container stops it."],
]);

/** The next thing to do about a task that stopped. Pure. Source: ECS developer guide, "Stopped tasks error messages". */
export function hintForStop({ stoppedReason, exits }: TaskStop): string {
  const said = [stoppedReason, ...exits.map(({ reason = "" }) => reason)].join("\n");
  const known = HINTS.find(({ says }) => says.test(said));
  if (known) return known.hint;
  const byCode = exits.flatMap(({ exitCode = 0 }) => BY_EXIT_CODE.get(exitCode) ?? []);
  return byCode[0] ?? "See its last log lines: the journal has them where its log driver is awslogs.";
}
