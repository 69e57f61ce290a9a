import { type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Addresses, DataPlaneEvents, Surroundings } from "../../ports.ts";
import type { Model } from "../control/model.ts";
import type { AppliedRoutes } from "../routing/applied-routes.ts";
import { type Redirect, redirectLocation } from "../routing/outcome.ts";
import { type Route, routeFor } from "../routing/route.ts";
import { answerError, answerFixed, answerRedirect } from "./answers.ts";
import type { TargetConnections } from "./connections.ts";
import { Exchange } from "./exchange.ts";
import { clientIp, factsOf, splitTarget } from "./facts.ts";
import { requestHeaders, traceRoot, upgradeHead } from "./headers.ts";
import { CLIENT_GONE, type TargetResult, type TrafficMetrics } from "./metrics.ts";
import type { Selection, Selector } from "./selection.ts";
import { joinSockets } from "./tunnel.ts";

export interface HandlerParts {
  readonly model: Model;
  readonly surroundings: Surroundings;
  readonly routes: AppliedRoutes;
  readonly selector: Selector;
  readonly connections: TargetConnections;
  readonly addresses: Addresses;
  readonly metrics: TrafficMetrics;
  readonly events: DataPlaneEvents;
  readonly random: () => number;
}

/** Where a request came in. */
export interface Entrance {
  readonly listenerArn: string;
  readonly loadBalancerArn: string;
  readonly port: number;
}

type Chosen = Extract<Selection, { kind: "target" }>;

/** A request on its way through a load balancer. */
interface Passage {
  readonly entrance: Entrance;
  readonly route: Route;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly startedMs: number;
  /** The client's connection, if the request asks to upgrade it, and what came with it. */
  readonly upgrade?: { readonly socket: Socket; readonly head: Buffer };
}

/** Takes each request from its listener to its answer, and accounts for it. */
export class RequestHandler {
  readonly #parts: HandlerParts;

  constructor(parts: HandlerParts) {
    this.#parts = parts;
  }

  handle(entrance: Entrance, request: IncomingMessage, response: ServerResponse): void {
    this.#dispatch(entrance, request, response);
  }

  /** A request with `Upgrade`: a tunnel if the target agrees, else answered like any other, then closed. */
  handleUpgrade(entrance: Entrance, request: IncomingMessage, socket: Socket, head: Buffer): void {
    socket.on("error", () => undefined);
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.once("finish", () => {
      response.detachSocket(socket);
      socket.end();
    });
    this.#dispatch(entrance, request, response, { socket, head });
  }

  /** How long the load balancer of `arn` bears silence: real time, not divided by `settings.speed`. */
  idleTimeoutMs(loadBalancerArn: string): number {
    const loadBalancer = this.#parts.model.loadBalancers.get(loadBalancerArn);
    return Number(loadBalancer?.attributes["idle_timeout.timeout_seconds"] ?? "60") * 1000;
  }

  #dispatch(
    entrance: Entrance,
    request: IncomingMessage,
    response: ServerResponse,
    upgrade?: { readonly socket: Socket; readonly head: Buffer },
  ): void {
    const startedMs = this.#parts.surroundings.clock.nowMs();
    const route = routeFor(this.#parts.routes.ofListener(entrance.listenerArn), factsOf(request));
    if (!route) {
      answerError(response, 503);
      return;
    }
    const passage = { entrance, route, request, response, startedMs, ...(upgrade ? { upgrade } : {}) };
    const { outcome } = route;
    switch (outcome.kind) {
      case "forward": {
        const selection = this.#parts.selector.select(outcome, request.headers.cookie, startedMs);
        if (selection.kind === "none") this.#unserved(passage, selection.targetGroupArn);
        else this.#forward(passage, selection);
        return;
      }
      case "fixed-response":
        answerFixed(response, outcome);
        this.#parts.metrics.fixedResponse(entrance.loadBalancerArn);
        this.#ownAnswer(passage, outcome.status);
        return;
      case "redirect":
        answerRedirect(response, outcome.status, locationOf(passage, outcome));
        this.#parts.metrics.redirect(entrance.loadBalancerArn);
        this.#ownAnswer(passage, outcome.status);
        return;
      case "none":
        this.#unserved(passage, undefined);
    }
  }

  #unserved(passage: Passage, targetGroupArn: string | undefined): void {
    answerError(passage.response, 503);
    this.#parts.metrics.ownAnswer(passage.entrance.loadBalancerArn, 503);
    this.#ownAnswer(passage, 503, targetGroupArn);
  }

  #forward(passage: Passage, chosen: Chosen): void {
    const { addresses, connections, surroundings, random } = this.#parts;
    const { entrance, request, response, upgrade } = passage;
    const { id, port } = chosen.member.target;
    const target = addresses.resolve(id, port);
    if (!target) {
      answerError(response, 502);
      this.#finish(passage, chosen, { kind: "failed", status: 502, connectionFailed: true });
      return;
    }
    const idleTimeoutMs = () => this.idleTimeoutMs(entrance.loadBalancerArn);
    const exchange = new Exchange(request, response, {
      clock: surroundings.clock,
      target,
      agent: upgrade ? false : connections.agent(chosen.member, idleTimeoutMs),
      headers: requestHeaders(request, {
        clientIp: clientIp(request),
        listenerPort: entrance.port,
        protocol: "http",
        newTraceRoot: traceRoot(surroundings.clock.nowMs(), random),
        upgrade: upgrade !== undefined,
      }),
      cookies: chosen.cookies,
      idleTimeoutMs: idleTimeoutMs(),
      onEnd: (result) => {
        untrack();
        this.#finish(passage, chosen, result);
      },
      ...(upgrade && {
        onUpgrade: (answer: IncomingMessage, socket: Socket, head: Buffer) => {
          untrack();
          this.#tunnel(passage, chosen, { answer, socket, head });
        },
      }),
    });
    const untrack = connections.track(chosen.member, idleTimeoutMs, () => exchange.cut());
  }

  #tunnel(
    passage: Passage,
    chosen: Chosen,
    target: { readonly answer: IncomingMessage; readonly socket: Socket; readonly head: Buffer },
  ): void {
    const { entrance, response, upgrade, startedMs } = passage;
    if (!upgrade || upgrade.socket.destroyed) return void target.socket.destroy();
    const { metrics, connections, surroundings } = this.#parts;
    const responseTimeMs = surroundings.clock.nowMs() - startedMs;
    const result = { kind: "answered", status: 101, responseTimeMs } as const;
    metrics.targetRequest(entrance.loadBalancerArn, chosen.targetGroupArn, result, chosen.failedOpen);
    response.detachSocket(upgrade.socket);
    upgrade.socket.write(upgradeHead(target.answer, chosen.cookies));
    upgrade.socket.write(target.head);
    target.socket.write(upgrade.head);
    const idleTimeoutMs = () => this.idleTimeoutMs(entrance.loadBalancerArn);
    const tunnel = joinSockets(upgrade.socket, target.socket, idleTimeoutMs(), () => {
      untrack();
      this.#tell(passage, { chosen, status: 101, fromLoadBalancer: false });
    });
    const untrack = connections.track(chosen.member, idleTimeoutMs, () => tunnel.close());
  }

  #finish(passage: Passage, chosen: Chosen, result: TargetResult): void {
    const { loadBalancerArn } = passage.entrance;
    this.#parts.metrics.targetRequest(loadBalancerArn, chosen.targetGroupArn, result, chosen.failedOpen);
    this.#tell(passage, {
      chosen,
      status: result.kind === "client-gone" ? CLIENT_GONE : result.status,
      fromLoadBalancer: result.kind !== "answered",
    });
  }

  #ownAnswer(passage: Passage, status: number, targetGroupArn?: string): void {
    this.#tell(passage, { status, fromLoadBalancer: true, ...(targetGroupArn && { targetGroupArn }) });
  }

  #tell(
    passage: Passage,
    end: {
      readonly chosen?: Chosen;
      readonly targetGroupArn?: string;
      readonly status: number;
      readonly fromLoadBalancer: boolean;
    },
  ): void {
    const { entrance, route, startedMs, upgrade } = passage;
    const targetGroupArn = end.chosen?.targetGroupArn ?? end.targetGroupArn;
    this.#parts.events.request({
      loadBalancerArn: entrance.loadBalancerArn,
      routeArn: route.arn,
      ...(targetGroupArn === undefined ? {} : { targetGroupArn }),
      ...(end.chosen && { target: end.chosen.member.target, targetHealth: end.chosen.health }),
      status: end.status,
      fromLoadBalancer: end.fromLoadBalancer,
      durationMs: this.#parts.surroundings.clock.nowMs() - startedMs,
      webSocket: upgrade !== undefined,
    });
  }
}

function locationOf({ entrance, request }: Passage, redirect: Redirect): string {
  const { path, search } = splitTarget(request.url ?? "/");
  const host = (request.headers.host ?? "127.0.0.1").replace(/:\d+$/, "");
  return redirectLocation(redirect, { protocol: "http", host, port: entrance.port, path, query: search });
}
