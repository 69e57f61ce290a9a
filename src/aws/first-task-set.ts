import type { CreateTaskSetCommandInput } from "@aws-sdk/client-ecs";
import type { ServiceSpec } from "../core/spec/schema.ts";

/** What the spec says of a service's first task set; every later one copies it from the one that serves. */
export function firstSettings(spec: ServiceSpec): Partial<CreateTaskSetCommandInput> {
  const given = spec["first-task-set"];
  if (!given) return {};
  const { subnets, "security-groups": securityGroups = [], "platform-version": platformVersion } = given;
  return {
    launchType: given["launch-type"],
    ...(platformVersion ? { platformVersion } : {}),
    ...(subnets
      ? {
          networkConfiguration: {
            awsvpcConfiguration: {
              subnets: [...subnets],
              ...(securityGroups.length > 0 ? { securityGroups: [...securityGroups] } : {}),
              ...publicIp(given),
            },
          },
        }
      : {}),
  };
}

/** Only Fargate knows it (AwsVpcConfiguration), so elsewhere it is said only where it is asked for, for AWS to refuse. */
function publicIp(given: NonNullable<ServiceSpec["first-task-set"]>): {
  assignPublicIp?: "ENABLED" | "DISABLED";
} {
  if (given["assign-public-ip"]) return { assignPublicIp: "ENABLED" };
  return given["launch-type"] === "FARGATE" ? { assignPublicIp: "DISABLED" } : {};
}
