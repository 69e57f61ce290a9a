import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import type { ListenerRecord } from "../control/model.ts";
import { answerError, refuseMalformed } from "./answers.ts";
import type { Entrance, RequestHandler } from "./handler.ts";
import type { TrafficMetrics } from "./metrics.ts";

const HOST = "127.0.0.1";
/** Connections that may wait to be accepted: a burst of new ones must not be refused. */
const BACKLOG = 4096;
const MAX_HEADER_BYTES = 64 * 1024;

/** An open listener. Upgraded connections are the server's no more, so all are kept by hand. */
interface OpenListener {
  readonly server: Server;
  readonly sockets: Set<Socket>;
}

/** The ports of the load balancers: one HTTP/1.1 server per listener, on the loopback interface. */
export class Balancer {
  readonly #handler: RequestHandler;
  readonly #metrics: TrafficMetrics;
  readonly #open = new Map<string, OpenListener>();

  constructor(handler: RequestHandler, metrics: TrafficMetrics) {
    this.#handler = handler;
    this.#metrics = metrics;
  }

  /** Opens a listener's port (0: any free one); one that it had before is closed. Answers which port it is. */
  async open(listener: ListenerRecord): Promise<number> {
    const opened = this.#create(listener);
    const port = await listen(opened.server, listener.port);
    await this.close(listener.arn);
    this.#open.set(listener.arn, opened);
    return port;
  }

  /** Closes a listener with all of its connections, as DeleteListener does. */
  async close(listenerArn: string): Promise<void> {
    const opened = this.#open.get(listenerArn);
    if (!opened) return;
    this.#open.delete(listenerArn);
    const closed = new Promise<void>((resolve) => opened.server.close(() => resolve()));
    for (const socket of opened.sockets) socket.destroy();
    await closed;
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((arn) => this.close(arn)));
  }

  #create(listener: ListenerRecord): OpenListener {
    const { loadBalancerArn } = listener;
    const entrance = (): Entrance => ({ listenerArn: listener.arn, loadBalancerArn, port: portOf(server) });
    const sockets = new Set<Socket>();
    const server = createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, noDelay: true });
    server.keepAliveTimeout = this.#handler.idleTimeoutMs(loadBalancerArn);
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      server.keepAliveTimeout = this.#handler.idleTimeoutMs(loadBalancerArn);
      try {
        this.#handler.handle(entrance(), request, response);
      } catch {
        answerError(response, 502);
        this.#metrics.ownAnswer(loadBalancerArn, 502);
      }
    };
    server.on("request", handle);
    server.on("checkContinue", (request: IncomingMessage, response: ServerResponse) => {
      response.writeContinue();
      handle(request, response);
    });
    server.on("upgrade", (request, socket, head) => {
      if (socket instanceof Socket) this.#handler.handleUpgrade(entrance(), request, socket, head);
      else socket.destroy();
    });
    server.on("clientError", (_error, socket) => {
      this.#metrics.ownAnswer(loadBalancerArn, 400);
      if (socket instanceof Socket) refuseMalformed(socket);
      else socket.destroy();
    });
    return { server, sockets };
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: HOST, port, backlog: BACKLOG }, () => {
      server.off("error", reject);
      resolve(portOf(server));
    });
  });
}

const portOf = (server: Server): number => {
  const address: AddressInfo | string | null = server.address();
  return typeof address === "object" && address ? address.port : 0;
};
