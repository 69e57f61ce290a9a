import { WebSocket } from "ws";

/** What one WebSocket client saw. `version` is that of the handshake's `x-version`, "none" without it. */
export type FeedEvent =
  | { readonly kind: "opened"; readonly atMs: number; readonly version: string }
  | { readonly kind: "message"; readonly atMs: number; readonly version: string; readonly text: string }
  /** After `opened`. `code` is 1006 where the connection ended without a closing handshake. */
  | {
      readonly kind: "closed";
      readonly atMs: number;
      readonly version: string;
      readonly code: number;
      readonly reason: string;
      readonly openForMs: number;
    }
  /** Could not be opened. `status` is the answer's, where there was one instead of an upgrade. */
  | { readonly kind: "refused"; readonly atMs: number; readonly status?: number; readonly seen: string };

export interface FeedOptions {
  /** "ws://…/feed". */
  readonly url: string;
  readonly onEvent: (event: FeedEvent) => void;
  readonly headers?: Readonly<Record<string, string>>;
  readonly versionHeader?: string;
  /** In [0, 1): spreads reconnects. */
  readonly random: () => number;
  readonly nowMs: () => number;
}

export interface Feed {
  /** Ends the connection and all reconnecting. What happens from here on is not reported. */
  close(): Promise<void>;
}

const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5000;
const HANDSHAKE_TIMEOUT_MS = 15_000;

/** How long to wait before attempt `attempt` (1, 2, …) to connect again: doubling, with the upper half drawn. */
export function reconnectDelayMs(attempt: number, random: () => number): number {
  const fullMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return (fullMs * (1 + random())) / 2;
}

/** Keeps one WebSocket open, connecting again after every end. It judges nothing: closes are reported. */
export function openFeed(options: FeedOptions): Feed {
  let closing = false;
  let attempt = 0;
  let timer: NodeJS.Timeout | undefined;
  let socket = connect();

  function connect(): WebSocket {
    return connectOnce(options, {
      report: (event) => {
        if (event.kind === "message") attempt = 0;
        if (!closing) options.onEvent(event);
      },
      ended: () => {
        if (closing) return;
        timer = setTimeout(
          () => {
            socket = connect();
          },
          reconnectDelayMs(++attempt, options.random),
        );
      },
    });
  }

  return {
    close() {
      closing = true;
      clearTimeout(timer);
      if (socket.readyState === WebSocket.CLOSED) return Promise.resolve();
      return new Promise((resolve) => {
        socket.once("close", () => resolve());
        socket.terminate();
      });
    },
  };
}

interface Listener {
  readonly report: (event: FeedEvent) => void;
  /** The connection, or the attempt, is over. */
  readonly ended: () => void;
}

function connectOnce(options: FeedOptions, { report, ended }: Listener): WebSocket {
  const { nowMs, versionHeader = "x-version", headers = {} } = options;
  const socket = new WebSocket(options.url, { headers, handshakeTimeout: HANDSHAKE_TIMEOUT_MS });
  let version = "none";
  let openedAtMs: number | undefined;
  let refusal: { status?: number; seen: string } = { seen: "closed before it was open" };

  socket.on("upgrade", (response) => {
    version = String(response.headers[versionHeader] ?? "none");
  });
  socket.on("unexpected-response", (request, response) => {
    refusal = {
      status: response.statusCode ?? 0,
      seen: `answered ${response.statusCode} instead of upgrading`,
    };
    response.resume();
    request.destroy();
    socket.terminate();
  });
  socket.on("error", (error) => {
    if (refusal.status === undefined) refusal = { seen: error.message };
  });
  socket.on("open", () => {
    openedAtMs = nowMs();
    report({ kind: "opened", atMs: openedAtMs, version });
  });
  socket.on("message", (data) => report({ kind: "message", atMs: nowMs(), version, text: String(data) }));
  socket.on("close", (code, reason) => {
    const atMs = nowMs();
    if (openedAtMs === undefined) report({ kind: "refused", atMs, ...refusal });
    else {
      const openForMs = atMs - openedAtMs;
      report({ kind: "closed", atMs, version, code, reason: reason.toString(), openForMs });
    }
    ended();
  });
  return socket;
}
