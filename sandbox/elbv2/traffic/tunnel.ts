import { Socket } from "node:net";
import type { Duplex } from "node:stream";

export interface Tunnel {
  /** Closes both ends at once. */
  close(): void;
}

/**
 * Joins two sockets after an upgrade until either closes or both are silent for `idleTimeoutMs`.
 * `onClose` is called once.
 */
export function joinSockets(
  client: Duplex,
  target: Duplex,
  idleTimeoutMs: number,
  onClose: () => void,
): Tunnel {
  let closed = false;
  const close = (): void => {
    if (closed) return;
    closed = true;
    client.destroy();
    target.destroy();
    onClose();
  };
  for (const socket of [client, target]) {
    socket.on("error", close);
    socket.once("close", close);
    if (socket instanceof Socket) socket.setTimeout(idleTimeoutMs, close);
  }
  client.pipe(target);
  target.pipe(client);
  return { close };
}
