import type { GetLogEventsRequest, GetLogEventsResponse } from "@aws-sdk/client-cloudwatch-logs";
import type { Surroundings } from "../ports.ts";
import { AwsError, type Operation } from "../wire/service.ts";
import type { LogEvent, LogStore, LogStream } from "./store.ts";

const MOST_EVENTS = 10_000;

/** Where a page ends, by the number of the event beside it, and how many empty pages came before it. */
interface Place {
  readonly direction: "f" | "b";
  readonly number: number;
  readonly emptyPages: number;
}

/**
 * GetLogEvents: the latest page first unless told otherwise, each page oldest first. An event can be read
 * `logDelayMs` after it was written; the first `emptyLogPages` pages are empty, as AWS says that pages may be.
 * A token that leads nowhere further comes back as it was.
 */
export function getLogEvents(
  store: LogStore,
  { clock, settings }: Pick<Surroundings, "clock" | "settings">,
): Operation {
  return (request: GetLogEventsRequest): GetLogEventsResponse => {
    const stream = streamIn(store, request);
    const { startTime = 0, endTime = Number.POSITIVE_INFINITY, limit = MOST_EVENTS } = request;
    const visibleMs = clock.nowMs() - settings.logDelayMs;
    const isIn = ({ atMs }: LogEvent): boolean => atMs >= startTime && atMs < endTime && atMs <= visibleMs;
    const events = stream.events.flatMap((event, index) =>
      isIn(event) ? [{ event, number: stream.firstNumber + index }] : [],
    );
    const place = request.nextToken === undefined ? placeToBegin(request, stream) : read(request.nextToken);
    const isEmpty = place.emptyPages < settings.emptyLogPages;
    const page = isEmpty
      ? []
      : place.direction === "f"
        ? events.filter(({ number }) => number >= place.number).slice(0, limit)
        : events.filter(({ number }) => number < place.number).slice(-limit);
    const emptyPages = isEmpty ? place.emptyPages + 1 : settings.emptyLogPages;
    const first = page[0]?.number ?? place.number;
    const last = page.at(-1)?.number;
    return {
      events: page.map(({ event }) => ({
        timestamp: event.atMs,
        message: event.message,
        ingestionTime: event.atMs + settings.logDelayMs,
      })),
      nextBackwardToken: write({ direction: "b", number: first, emptyPages }),
      nextForwardToken: write({
        direction: "f",
        number: last === undefined ? place.number : last + 1,
        emptyPages,
      }),
    };
  };
}

function streamIn(store: LogStore, request: GetLogEventsRequest): LogStream {
  const { logGroupName, logGroupIdentifier, logStreamName = "" } = request;
  if ((logGroupName === undefined) === (logGroupIdentifier === undefined)) {
    throw new AwsError(
      "InvalidParameterException",
      "Exactly one of logGroupName and logGroupIdentifier must be given.",
    );
  }
  const group = logGroupName ?? logGroupIdentifier?.split(":")[6] ?? logGroupIdentifier ?? "";
  if (!store.hasGroup(group))
    throw new AwsError("ResourceNotFoundException", "The specified log group does not exist.");
  const stream = store.stream(group, logStreamName);
  if (stream) return stream;
  throw new AwsError("ResourceNotFoundException", "The specified log stream does not exist.");
}

function placeToBegin({ startFromHead = false }: GetLogEventsRequest, stream: LogStream): Place {
  return startFromHead
    ? { direction: "f", number: 0, emptyPages: 0 }
    : { direction: "b", number: stream.firstNumber + stream.events.length, emptyPages: 0 };
}

function write({ direction, number, emptyPages }: Place): string {
  return `${direction}/${String(number).padStart(20, "0")}/${emptyPages}`;
}

function read(token: string): Place {
  const [, direction, number, emptyPages] = /^([fb])\/(\d{20})\/(\d+)$/.exec(token) ?? [];
  if (direction === undefined)
    throw new AwsError("InvalidParameterException", "The specified nextToken is invalid.");
  return {
    direction: direction === "f" ? "f" : "b",
    number: Number(number),
    emptyPages: Number(emptyPages),
  };
}
