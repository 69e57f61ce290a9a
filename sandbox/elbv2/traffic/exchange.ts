import {
  type Agent,
  type ClientRequest,
  type IncomingMessage,
  request,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../clock.ts";
import { answerError } from "./answers.ts";
import { type RawHeaders, responseHeaders } from "./headers.ts";
import type { TargetResult } from "./metrics.ts";

export interface ExchangeParts {
  readonly clock: Clock;
  readonly target: { readonly host: string; readonly port: number };
  /** False: a connection of its own (WebSocket). */
  readonly agent: Agent | false;
  readonly headers: RawHeaders;
  readonly cookies: readonly string[];
  readonly idleTimeoutMs: number;
  /** The exchange is over. Called once. */
  readonly onEnd: (result: TargetResult) => void;
  /** The target has switched protocols; the exchange ends here without `onEnd`. */
  readonly onUpgrade?: (answer: IncomingMessage, socket: Socket, head: Buffer) => void;
}

interface Answer {
  readonly status: number;
  readonly responseTimeMs: number;
  readonly message: IncomingMessage;
}

/**
 * One request passed on to its target and its answer passed back, both streamed. Never tried again: ALB
 * answers 502 when a target resets, refuses, or closes a kept connection under a request, and 504 when it is
 * silent for the idle timeout.
 */
export class Exchange {
  readonly #incoming: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #parts: ExchangeParts;
  readonly #outgoing: ClientRequest;
  readonly #startedMs: number;
  #connected = false;
  #over = false;
  #answer: Answer | undefined;

  constructor(incoming: IncomingMessage, response: ServerResponse, parts: ExchangeParts) {
    this.#incoming = incoming;
    this.#response = response;
    this.#parts = parts;
    this.#startedMs = parts.clock.nowMs();
    this.#outgoing = request({
      host: parts.target.host,
      port: parts.target.port,
      method: incoming.method ?? "GET",
      path: incoming.url ?? "/",
      headers: parts.headers,
      agent: parts.agent,
      timeout: parts.idleTimeoutMs,
    });
    this.#listen();
  }

  /** Ends the exchange because its target's deregistration delay is over: a 502 if no answer has begun. */
  cut(): void {
    this.#fail(502);
  }

  #listen(): void {
    const outgoing = this.#outgoing;
    outgoing.once("socket", (socket: Socket) => {
      if (!socket.connecting) this.#connected = true;
      else socket.once("connect", () => this.#onConnect());
    });
    outgoing.once("response", (answer) => this.#onAnswer(answer));
    outgoing.once("upgrade", (answer, socket, head) => this.#onUpgrade(answer, socket, head));
    outgoing.once("timeout", () => this.#fail(this.#incoming.complete ? 504 : 408));
    outgoing.on("error", () => this.#fail(502));
    this.#incoming.on("error", () => undefined);
    this.#response.on("error", () => undefined);
    this.#response.once("finish", () => this.#end());
    this.#response.once("close", () => this.#end());
    this.#incoming.pipe(outgoing);
  }

  #onConnect(): void {
    this.#connected = true;
  }

  #onAnswer(answer: IncomingMessage): void {
    if (this.#over) return void answer.resume();
    const status = answer.statusCode ?? 502;
    try {
      const headers = responseHeaders(answer, this.#response, this.#parts.cookies);
      this.#response.writeHead(status, answer.statusMessage ?? "", headers);
    } catch {
      this.#fail(502);
      return;
    }
    this.#answer = { status, responseTimeMs: this.#parts.clock.nowMs() - this.#startedMs, message: answer };
    this.#response.flushHeaders();
    answer.on("error", () => this.#response.destroy());
    answer.once("close", () => {
      if (!answer.complete) this.#response.destroy();
    });
    answer.pipe(this.#response);
  }

  #onUpgrade(answer: IncomingMessage, socket: Socket, head: Buffer): void {
    if (!this.#parts.onUpgrade || this.#over) {
      socket.destroy();
      this.#fail(502);
      return;
    }
    this.#over = true;
    this.#parts.onUpgrade(answer, socket, head);
  }

  /** The answer ended, or the client has gone. */
  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopUpload();
    if (!this.#answer?.message.complete || !this.#incoming.complete) this.#outgoing.destroy();
    const { status, responseTimeMs } = this.#answer ?? { status: undefined, responseTimeMs: 0 };
    this.#parts.onEnd(
      status === undefined ? { kind: "client-gone" } : { kind: "answered", status, responseTimeMs },
    );
  }

  #fail(status: number): void {
    if (this.#over || this.#answer?.message.complete) return;
    if (this.#answer) {
      this.#response.destroy();
      this.#end();
      return;
    }
    this.#over = true;
    this.#stopUpload();
    this.#outgoing.destroy();
    answerError(this.#response, status);
    this.#parts.onEnd({ kind: "failed", status, connectionFailed: !this.#connected });
  }

  #stopUpload(): void {
    this.#incoming.unpipe(this.#outgoing);
    this.#incoming.resume();
  }
}
