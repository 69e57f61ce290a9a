import type { Account } from "../arns.ts";
import type { Clock } from "../clock.ts";
import { sandboxUserArn } from "../sts/sts.ts";
import { type Gate, type GateVerdict, pass, type WireCall } from "../wire/gate.ts";
import { AwsError } from "../wire/service.ts";
import { createThrottle, type RateLimit, type Throttle } from "./buckets.ts";
import { matchesGlobIgnoringCase } from "./glob.ts";
import { permissionsFor } from "./permissions.ts";
import { authorize, type Policy } from "./policy.ts";
import { type Fault, type FaultInput, faultSchema } from "./schema.ts";

export interface FaultsOptions {
  readonly clock: Clock;
  readonly account: Account;
  /** Who signs with this key. Default: the sandbox's user. */
  readonly callerArn?: (accessKeyId: string) => string | undefined;
  /** A number in [0, 1), for faults with a probability. */
  readonly random: () => number;
  /** Called by a "kill" fault before the connection is closed; a crash test ends its client here. */
  readonly kill?: (call: WireCall, when: "before" | "after") => void | Promise<void>;
}

interface ActiveFault {
  readonly id: number;
  readonly fault: Fault;
  readonly hits: number;
}

/** Faults that can be set while the sandbox runs. `gate` goes into the wire server. */
export interface Faults {
  readonly gate: Gate;
  /** Checks and adds a fault; it applies from the next call. Throws a ZodError for one that is malformed. */
  add(fault: FaultInput): number;
  remove(id: number): void;
  /** Removes every fault; throttles and policy stay. */
  clear(): void;
  list(): readonly ActiveFault[];
  /** Full token buckets from now on (`accountLimits` are AWS's); undefined turns throttling off. */
  limit(limits: readonly RateLimit[] | undefined): void;
  /** Only what the policy allows from now on; undefined allows everything. */
  enforce(policy: Policy | undefined): void;
}

interface Armed {
  readonly id: number;
  readonly fault: Fault;
  seen: number;
  hits: number;
}

type When = "before" | "after";

/** No faults, no throttling and no policy, until they are set. */
export function createFaults(options: FaultsOptions): Faults {
  let nextId = 1;
  let armed: readonly Armed[] = [];
  let throttle: Throttle | undefined;
  let policy: Policy | undefined;
  /** Which faults hit a call is settled when it arrives, so that each counts a call once. */
  const struck = new Map<number, readonly Fault[]>();

  async function before(call: WireCall): Promise<GateVerdict> {
    const hits = armed.filter((item) => strikes(item, call, options.random)).map(({ fault }) => fault);
    armed = armed.filter(({ fault, hits: count }) => fault.times === undefined || count < fault.times);
    if (throttle && !throttle.take(call.action)) return { kind: "refuse", error: throttled() };
    const denied = policy && denialOf(policy, call, options);
    if (denied) return { kind: "refuse", error: denied };
    const verdict = await applyAll(hits, "before", call, options);
    if (verdict.kind === "pass" && hits.length > 0) struck.set(call.seq, hits);
    return verdict;
  }

  function after(call: WireCall): Promise<GateVerdict> | GateVerdict {
    const hits = struck.get(call.seq);
    struck.delete(call.seq);
    return hits ? applyAll(hits, "after", call, options) : pass;
  }

  return {
    gate: { before, after },
    add(input) {
      const id = nextId++;
      armed = [...armed, { id, fault: faultSchema.parse(input), seen: 0, hits: 0 }];
      return id;
    },
    remove(id) {
      armed = armed.filter((item) => item.id !== id);
    },
    clear() {
      armed = [];
    },
    list: () => armed.map(({ id, fault, hits }) => ({ id, fault, hits })),
    limit(limits) {
      throttle = limits && createThrottle(options.clock, limits);
    },
    enforce(next) {
      policy = next;
    },
  };
}

/** Whether the fault hits this call; counts the calls that it could have hit. */
function strikes(item: Armed, call: WireCall, random: () => number): boolean {
  const { operation, accessKeyId, atCall, skip, probability } = item.fault;
  if (accessKeyId !== undefined && call.accessKeyId !== accessKeyId) return false;
  const named = operation.includes(":") ? call.action : call.operation;
  if (!matchesGlobIgnoringCase(operation, named)) return false;
  item.seen += 1;
  if (atCall !== undefined && call.seq !== atCall) return false;
  if (item.seen <= skip) return false;
  if (probability < 1 && random() >= probability) return false;
  item.hits += 1;
  return true;
}

async function applyAll(
  faults: readonly Fault[],
  when: When,
  call: WireCall,
  options: FaultsOptions,
): Promise<GateVerdict> {
  for (const fault of faults) {
    if (whenOf(fault) !== when) continue;
    const verdict = await apply(fault, when, call, options);
    if (verdict.kind !== "pass") return verdict;
  }
  return pass;
}

function whenOf(fault: Fault): When {
  if (fault.kind === "throttle") return "before";
  return fault.kind === "lost-answer" ? "after" : fault.when;
}

async function apply(fault: Fault, when: When, call: WireCall, options: FaultsOptions): Promise<GateVerdict> {
  switch (fault.kind) {
    case "throttle":
      return { kind: "refuse", error: throttled() };
    case "error":
      return { kind: "refuse", error: new AwsError(fault.code, fault.message, fault.status) };
    case "server-error":
      return { kind: "refuse", error: serverError(fault.status, call) };
    case "timeout":
      if (fault.holdMs === undefined) return { kind: "hang" };
      await options.clock.sleep(fault.holdMs);
      return { kind: "cut" };
    case "lost-answer":
      return { kind: "cut" };
    case "delay":
      await options.clock.sleep(fault.delayMs);
      return pass;
    case "kill":
      await options.kill?.(call, when);
      return { kind: "cut" };
  }
}

function throttled(): AwsError {
  return new AwsError("ThrottlingException", "Rate exceeded");
}

function serverError(status: number, call: WireCall): AwsError {
  if (status === 503) return new AwsError("ServiceUnavailable", "Service Unavailable", status);
  const code = call.service === "ecs" ? "ServerException" : "InternalFailure";
  return new AwsError(code, "The request processing has failed because of an unknown error.", status);
}

function denialOf(policy: Policy, call: WireCall, options: FaultsOptions): AwsError | undefined {
  const { account, callerArn } = options;
  for (const { action, resources } of permissionsFor(call, account)) {
    const authorization = authorize(policy, action, resources);
    if (authorization.kind === "allowed") continue;
    const reason = authorization.explicit
      ? "with an explicit deny in an identity-based policy"
      : `because no identity-based policy allows the ${action} action`;
    const message =
      `User: ${callerArn?.(call.accessKeyId) ?? sandboxUserArn(account)} is not authorized to perform: ${action} ` +
      `on resource: ${authorization.resource} ${reason}`;
    return new AwsError("AccessDeniedException", message);
  }
  return undefined;
}
