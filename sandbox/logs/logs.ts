import type { CreateLogGroupRequest } from "@aws-sdk/client-cloudwatch-logs";
import { type ContainerToRun, StartFailure, type Surroundings, type TaskRuntime } from "../ports.ts";
import { AwsError, type Service } from "../wire/service.ts";
import { getLogEvents } from "./events.ts";
import { LogStore } from "./store.ts";

/** CloudWatch Logs: what containers with the log driver awslogs have written. */
export interface Logs {
  readonly service: Service;
  /** `runtime`, whose containers' lines are stored; it starts none whose log group does not exist. */
  collecting(runtime: TaskRuntime): TaskRuntime;
}

type Here = Pick<Surroundings, "clock" | "settings">;

export function createLogs(surroundings: Here): Logs {
  const store = new LogStore();
  return {
    service: {
      name: "logs",
      operations: {
        CreateLogGroup: (request: CreateLogGroupRequest) => createLogGroup(store, request),
        GetLogEvents: getLogEvents(store, surroundings),
      },
    },
    collecting: (runtime) => ({
      ...runtime,
      start: async (task) =>
        runtime.start({
          ...task,
          containers: task.containers.map((container) => collected(store, surroundings, container)),
        }),
    }),
  };
}

function createLogGroup(store: LogStore, { logGroupName = "" }: CreateLogGroupRequest): object {
  if (store.hasGroup(logGroupName))
    throw new AwsError("ResourceAlreadyExistsException", "The specified log group already exists");
  store.createGroup(logGroupName);
  return {};
}

function collected(store: LogStore, { clock }: Here, container: ContainerToRun): ContainerToRun {
  const { awslogs } = container;
  if (!awslogs) return container;
  const { group, stream, createsGroup } = awslogs;
  if (createsGroup) store.createGroup(group);
  if (!store.hasGroup(group)) throw noLogGroup();
  store.createStream(group, stream);
  return {
    ...container,
    onLine: (message) => store.add(group, stream, { atMs: clock.nowMs(), message }),
  };
}

/** In the words that Fargate's agent has for it; not documented as a whole. */
function noLogGroup(): StartFailure {
  return new StartFailure(
    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit status 1",
  );
}
