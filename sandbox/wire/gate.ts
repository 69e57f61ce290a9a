import type { ProtocolName } from "./protocol.ts";
import type { AwsError } from "./service.ts";

/** A call as it arrives, before it is known how it ends. */
export interface WireCall {
  /** Counts from 1 over all services. */
  readonly seq: number;
  readonly atMs: number;
  /** As in signatures: "ecs", "elasticloadbalancing", "monitoring", "sts". */
  readonly service: string;
  /** As in IAM policies: "ecs:CreateTaskSet", "cloudwatch:GetMetricData". */
  readonly action: string;
  readonly operation: string;
  readonly protocol: ProtocolName;
  readonly input: Readonly<Record<string, unknown>>;
  /** Not a Describe, List or Get. */
  readonly write: boolean;
  readonly accessKeyId: string;
  /** By its own clock, in whole seconds; absent where it says none. */
  readonly signedAtMs?: number;
}

/** What becomes of a call at the gate. */
export type GateVerdict =
  | { readonly kind: "pass" }
  | { readonly kind: "refuse"; readonly error: AwsError }
  /** The connection is closed without an answer. */
  | { readonly kind: "cut" }
  /** No answer, and the connection stays open, until the client or the server closes it. */
  | { readonly kind: "hang" };

/** Stands before and behind every operation; may take its time. */
export interface Gate {
  /** Anything but "pass" keeps the operation from running. */
  before(call: WireCall): GateVerdict | Promise<GateVerdict>;
  /** The operation has run and has had its effect; anything but "pass" replaces its answer. */
  after(call: WireCall): GateVerdict | Promise<GateVerdict>;
}

export const pass: GateVerdict = { kind: "pass" };

/** Lets everything through. */
export const openGate: Gate = { before: () => pass, after: () => pass };
