import { stableId } from "../arns.ts";
import type { Clock } from "../clock.ts";
import { type Address, addressOf, refusalOf, signedAtMsOf } from "./address.ts";
import { type CallLog, isWrite } from "./calls.ts";
import { findProblems, refuse } from "./check.ts";
import { toWireError } from "./errors.ts";
import type { Gate, WireCall } from "./gate.ts";
import type { WireRequest, WireResponse } from "./protocol.ts";
import { AwsError, type Service } from "./service.ts";
import { type OperationShapes, operationShapes } from "./shapes.ts";

/** What the client sees: a response, a closed connection, or nothing. */
export type WireAnswer =
  | { readonly kind: "response"; readonly response: WireResponse }
  | { readonly kind: "cut" }
  | { readonly kind: "hang" };

export interface DispatcherOptions {
  readonly services: readonly Service[];
  readonly clock: Clock;
  readonly gate: Gate;
  readonly calls: CallLog;
  /** Told about failures of the sandbox itself: an operation that threw anything but an AwsError. */
  readonly log: (line: string) => void;
}

export type Dispatch = (request: WireRequest) => Promise<WireAnswer>;

/** What an operation came to. */
type Result =
  | { readonly kind: "output"; readonly output: unknown }
  | { readonly kind: "error"; readonly error: AwsError };

/** How a call ends: `outcome` is what was done, `ending` what the client is told. */
interface Ended {
  readonly outcome: string;
  readonly ending: Result | { readonly kind: "cut" | "hang" };
}

/** Answers AWS requests from `services`. Unsupported operations are refused with UnknownOperationException. */
export function createDispatcher(options: DispatcherOptions): Dispatch {
  let seq = 0;
  return async (request) => {
    const call = openCall(++seq, addressOf(request), request, options);
    const { outcome, ending } = await perform(call, options);
    const answered = ending.kind === "output" || ending.kind === "error";
    options.calls.add({ ...call.record, outcome, answer: answered ? codeOf(call, ending) : "none" });
    return answerOf(call, ending);
  };
}

/** A request once read: either it can be run, or `refusal` says why not. */
interface OpenCall {
  readonly address: Address;
  readonly shapes: OperationShapes | undefined;
  readonly record: WireCall;
  readonly refusal: AwsError | undefined;
}

function openCall(seq: number, address: Address, request: WireRequest, options: DispatcherOptions): OpenCall {
  const { model, operation, protocol } = address;
  const shapes = model && operationShapes(model.sdk, operation);
  const service = options.services.find(({ name }) => name === model?.name);
  const implemented = service !== undefined && Object.hasOwn(service.operations, operation);
  let refusal = refusalOf(address, shapes !== undefined, implemented);
  let input: Readonly<Record<string, unknown>> = {};
  if (!refusal && shapes) {
    try {
      input = protocol.readInput(shapes, request);
    } catch (error) {
      refusal = toAwsError(error, operation, options.log);
    }
  }
  const signedAtMs = signedAtMsOf(request);
  const record: WireCall = {
    seq,
    atMs: options.clock.nowMs(),
    service: model?.name ?? "",
    action: `${model?.iamPrefix ?? ""}:${operation}`,
    operation,
    protocol: protocol.name,
    input,
    write: isWrite(operation),
    accessKeyId: address.accessKeyId ?? "",
    ...(signedAtMs === undefined ? {} : { signedAtMs }),
  };
  return { address, shapes, record, refusal };
}

async function perform(call: OpenCall, options: DispatcherOptions): Promise<Ended> {
  if (call.refusal) return ended(call, { kind: "error", error: call.refusal });
  const before = await options.gate.before(call.record);
  if (before.kind === "refuse") return ended(call, { kind: "error", error: before.error });
  if (before.kind !== "pass") return { outcome: "not-run", ending: before };
  const result = await run(call, options);
  const after = await options.gate.after(call.record);
  if (after.kind === "pass") return ended(call, result);
  const ending = after.kind === "refuse" ? { kind: "error" as const, error: after.error } : after;
  return { outcome: codeOf(call, result), ending };
}

function ended(call: OpenCall, result: Result): Ended {
  return { outcome: codeOf(call, result), ending: result };
}

function codeOf(call: OpenCall, result: Result): string {
  if (result.kind === "output") return "ok";
  const { model, protocol } = call.address;
  return toWireError(model, result.error, protocol.name === "query" ? "query" : "document").code;
}

async function run(call: OpenCall, options: DispatcherOptions): Promise<Result> {
  const { address, shapes, record } = call;
  const { model } = address;
  const service = options.services.find(({ name }) => name === record.service);
  const operation = service?.operations[record.operation];
  if (!operation || !shapes || !model) throw new TypeError(`${record.action} has passed without a service`);
  const invalid = refuse(model, findProblems(shapes.input, record.input, model.constraints));
  if (invalid) return { kind: "error", error: invalid };
  try {
    const about = { operation: record.operation, accessKeyId: record.accessKeyId };
    return { kind: "output", output: await operation(record.input, about) };
  } catch (error) {
    return { kind: "error", error: toAwsError(error, record.operation, options.log) };
  }
}

function toAwsError(error: unknown, operation: string, log: (line: string) => void): AwsError {
  if (error instanceof AwsError) return error;
  log(`${operation} failed inside the sandbox: ${error instanceof Error ? error.stack : String(error)}`);
  return new AwsError("InternalFailure", "The sandbox failed while it ran this operation.", 500);
}

function answerOf(call: OpenCall, ending: Ended["ending"]): WireAnswer {
  const { protocol, model } = call.address;
  const requestId = requestIdOf(call.record.seq);
  switch (ending.kind) {
    case "output": {
      if (!model || !call.shapes) throw new TypeError("an output without a model");
      const response = protocol.writeOutput(model, call.shapes, ending.output, requestId);
      return { kind: "response", response };
    }
    case "error":
      return { kind: "response", response: protocol.writeError(model, ending.error, requestId) };
    default:
      return { kind: ending.kind };
  }
}

/** A UUID that is the same for the same call number, so that runs can be compared. */
function requestIdOf(seq: number): string {
  const hex = stableId(32, "request", String(seq));
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
