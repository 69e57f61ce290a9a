import { Agent } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Member } from "../targets/registry.ts";

/** Ends one request or tunnel at once. */
export type Cut = () => void;

/**
 * Keeps idle connections for the load balancer's idle timeout, whatever a target says in `Keep-Alive`, as
 * ALB does: an application with a shorter keep-alive than the load balancer's gives sporadic 502s.
 */
class TargetAgent extends Agent {
  readonly #idleTimeoutMs: () => number;

  constructor(idleTimeoutMs: () => number) {
    super({ keepAlive: true, maxFreeSockets: Number.POSITIVE_INFINITY, scheduling: "lifo" });
    this.#idleTimeoutMs = idleTimeoutMs;
  }

  override keepSocketAlive(socket: Duplex): boolean {
    if (!(socket instanceof Socket)) return false;
    socket.setTimeout(this.#idleTimeoutMs());
    socket.unref();
    return true;
  }

  closeIdle(): void {
    for (const sockets of Object.values(this.freeSockets)) {
      for (const socket of sockets ?? []) socket.destroy();
    }
  }
}

interface Pool {
  readonly agent: TargetAgent;
  readonly cuts: Set<Cut>;
}

/** The connections from the load balancers to each target, idle and in use. */
export class TargetConnections {
  readonly #pools = new Map<Member, Pool>();

  agent(member: Member, idleTimeoutMs: () => number): Agent {
    return this.#pool(member, idleTimeoutMs).agent;
  }

  /** Has `cut` called if the target goes before the returned function is. */
  track(member: Member, idleTimeoutMs: () => number, cut: Cut): () => void {
    const { cuts } = this.#pool(member, idleTimeoutMs);
    cuts.add(cut);
    return () => cuts.delete(cut);
  }

  /** The target gets no new requests: its idle connections go. */
  closeIdle(member: Member): void {
    this.#pools.get(member)?.agent.closeIdle();
  }

  /** The target is gone: all of its connections go. */
  cut(member: Member): void {
    const pool = this.#pools.get(member);
    this.#pools.delete(member);
    for (const cut of [...(pool?.cuts ?? [])]) cut();
    pool?.agent.destroy();
  }

  close(): void {
    for (const member of [...this.#pools.keys()]) this.cut(member);
  }

  #pool(member: Member, idleTimeoutMs: () => number): Pool {
    const known = this.#pools.get(member);
    if (known) return known;
    const pool: Pool = { agent: new TargetAgent(idleTimeoutMs), cuts: new Set() };
    this.#pools.set(member, pool);
    return pool;
  }
}
