/** One line as CloudWatch Logs has it. */
export interface LogEvent {
  /** When the container wrote it. */
  readonly atMs: number;
  readonly message: string;
}

/** A stream's events, oldest first, each with a number that it keeps. */
export interface LogStream {
  readonly events: readonly LogEvent[];
  /** The number of the first event that is still there. */
  readonly firstNumber: number;
}

const KEPT_EVENTS = 10_000;

interface Stored {
  events: LogEvent[];
  firstNumber: number;
}

/** Log groups by name, and in each its streams. Of a stream the last 10 000 events are kept. */
export class LogStore {
  readonly #groups = new Map<string, Map<string, Stored>>();

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  createGroup(group: string): void {
    if (!this.#groups.has(group)) this.#groups.set(group, new Map());
  }

  /** A stream begins when its container does, also without any event. The group must exist. */
  createStream(group: string, stream: string): void {
    const streams = this.#groups.get(group);
    if (streams && !streams.has(stream)) streams.set(stream, { events: [], firstNumber: 0 });
  }

  add(group: string, stream: string, event: LogEvent): void {
    const stored = this.#groups.get(group)?.get(stream);
    if (!stored) return;
    stored.events.push(event);
    if (stored.events.length < 2 * KEPT_EVENTS) return;
    stored.firstNumber += KEPT_EVENTS;
    stored.events = stored.events.slice(KEPT_EVENTS);
  }

  stream(group: string, stream: string): LogStream | undefined {
    return this.#groups.get(group)?.get(stream);
  }
}
