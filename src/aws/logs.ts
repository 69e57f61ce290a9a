import { stripVTControlCharacters } from "node:util";
import { GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import type { ContainerDefinition, TaskDefinition } from "@aws-sdk/client-ecs";
import type { ContainerLog } from "../core/journal.ts";
import type { TaskStop } from "../core/observation.ts";
import { shortArn } from "../core/situation.ts";
import type { Clients } from "./clients.ts";
import { call, isDenied, isNamed } from "./failures.ts";

/** Why there are no lines of a task whose job had no more time for them. */
export const CANCELLED = "the job was cancelled before they were read";

const LAST_LINES = 20;
const LONGEST_LINE = 500;
const MOST_CONTAINERS = 4;
/** Pages may be empty although there is more: GetLogEvents in the CloudWatch Logs API reference. */
const MOST_PAGES = 5;

/** Where a container's lines are in CloudWatch Logs. */
interface Stream {
  /** Undefined: the service's own. */
  readonly region: string | undefined;
  readonly group: string;
  readonly stream: string;
}

/**
 * The last lines of a stopped task's containers, the one that failed first, at most four; a container whose
 * lines cannot be had says why. Reads only what the log driver awslogs has stored. Never throws; `signal` ends
 * it early.
 */
export async function lastLogLines(
  clients: Pick<Clients, "logs">,
  definition: TaskDefinition,
  stop: TaskStop,
  signal: AbortSignal,
): Promise<readonly ContainerLog[]> {
  const failedFirst = [...(definition.containerDefinitions ?? [])].sort(
    (a, b) => Number(failed(stop, b)) - Number(failed(stop, a)),
  );
  return Promise.all(
    failedFirst.slice(0, MOST_CONTAINERS).map(async (container): Promise<ContainerLog> => {
      const found = streamOf(container, shortArn(stop.taskArn));
      const read = typeof found === "string" ? found : await readLines(clients, found, signal);
      const name = container.name ?? "";
      return typeof read === "string"
        ? { container: name, lines: [], missing: read }
        : { container: name, lines: read };
    }),
  );
}

function failed({ exits }: TaskStop, { name }: ContainerDefinition): boolean {
  const exit = exits.find(({ container }) => container === name);
  return (exit?.exitCode ?? 0) !== 0 || exit?.reason !== undefined;
}

/** Or why nobody can tell. Source: ECS developer guide, "Send Amazon ECS logs to CloudWatch". */
function streamOf({ name, logConfiguration }: ContainerDefinition, taskId: string): Stream | string {
  if (!logConfiguration) return "its task definition has no log configuration for it";
  const { logDriver, options = {} } = logConfiguration;
  if (logDriver !== "awslogs") return `its log driver is ${logDriver}; only awslogs is read`;
  const group = options["awslogs-group"];
  const prefix = options["awslogs-stream-prefix"];
  if (!group || !prefix)
    return "its log stream cannot be told without awslogs-group and awslogs-stream-prefix";
  return { region: options["awslogs-region"], group, stream: `${prefix}/${name}/${taskId}` };
}

async function readLines(
  clients: Pick<Clients, "logs">,
  stream: Stream,
  signal: AbortSignal,
): Promise<readonly string[] | string> {
  const where = `log stream ${stream.stream} of ${stream.group}`;
  try {
    const lines = (await readMessages(clients, stream, signal)).flatMap(toLines).slice(-LAST_LINES);
    return lines.length > 0 ? lines : `nothing is in ${where} yet: lines take some seconds to arrive`;
  } catch (error) {
    if (signal.aborted)
      return isTimeout(signal.reason) ? `CloudWatch Logs did not answer in time about ${where}` : CANCELLED;
    if (isNamed(error, "ResourceNotFoundException"))
      return `there is no ${where}: the container never ran, or its lines have not arrived`;
    if (isDenied(error))
      return `the role may not read ${where}: allow it logs:GetLogEvents (docs/how-to/permissions.md)`;
    const message = error instanceof Error ? error.message : String(error);
    return `CloudWatch Logs could not be asked about ${where}: ${message}`;
  }
}

/** As AbortSignal.timeout ends it; anything else is somebody's wish. */
const isTimeout = (reason: unknown): boolean => reason instanceof Error && reason.name === "TimeoutError";

/** Oldest first. The latest page comes first, and leads backwards. */
async function readMessages(
  clients: Pick<Clients, "logs">,
  { region, group, stream }: Stream,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const client = clients.logs(region);
  let messages: readonly string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MOST_PAGES && messages.length < LAST_LINES; page++) {
    const command = new GetLogEventsCommand({
      logGroupName: group,
      logStreamName: stream,
      limit: LAST_LINES,
      startFromHead: false,
      ...(nextToken ? { nextToken } : {}),
    });
    const answer = await call("logs:GetLogEvents", () => client.send(command, { abortSignal: signal }));
    messages = [...(answer.events ?? []).map(({ message = "" }) => message), ...messages];
    if (answer.nextBackwardToken === undefined || answer.nextBackwardToken === nextToken) break;
    nextToken = answer.nextBackwardToken;
  }
  return messages;
}

const CONTROLS = /(?!\t)\p{Cc}|[\u2028\u2029]/gu;

/** What a person would read: without what moves a terminal, and none too long. An event may have several. */
function toLines(message: string): readonly string[] {
  return stripVTControlCharacters(message)
    .split(/\r\n|\r|\n/)
    .map((line) => line.replaceAll(CONTROLS, "").trimEnd())
    .filter((line) => line !== "")
    .map((line) => (line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line));
}
