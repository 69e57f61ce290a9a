import { AwsError } from "../wire/service.ts";

/** ECS's errors, by the codes and, where they are known, the words that AWS uses. */
export const invalidParameter = (message: string): AwsError =>
  new AwsError("InvalidParameterException", message);

export const clientError = (message: string): AwsError => new AwsError("ClientException", message);

export const clusterNotFound = (): AwsError => new AwsError("ClusterNotFoundException", "Cluster not found.");

export const serviceNotFound = (): AwsError => new AwsError("ServiceNotFoundException", "Service not found.");

export const serviceNotActive = (): AwsError =>
  new AwsError("ServiceNotActiveException", "Service was not ACTIVE.");

export const taskSetNotFound = (): AwsError => new AwsError("TaskSetNotFoundException", "TaskSet not found.");
