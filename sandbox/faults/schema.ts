import { z } from "zod";

const common = {
  /** "ecs:CreateTaskSet", "CreateTaskSet", "ecs:*", "elasticloadbalancing:Describe*"; default every operation. */
  operation: z.string().min(1).default("*"),
  /** Ends after this many hits. Left out: for ever. */
  times: z.int().min(1).optional(),
  /** Lets this many matching calls pass first. */
  skip: z.int().min(0).default(0),
  /** Hits a matching call with this probability, 0-1. */
  probability: z.number().min(0).max(1).default(1),
  /** Hits only the call with this number, counted over all services since the server started. */
  atCall: z.int().min(1).optional(),
  /** Hits only calls signed with this access key: one client among several. */
  accessKeyId: z.string().min(1).optional(),
};

/** "before": the operation does not run. "after": it has had its effect, and the client hears otherwise. */
const when = z.enum(["before", "after"]).default("before");

/** One fault as a JSON object, for tests, the command line and HTTP alike. */
export const faultSchema = z.discriminatedUnion("kind", [
  /** "Rate exceeded", in the service's own code. */
  z.strictObject({ kind: z.literal("throttle"), ...common }),
  /** Any error, e.g. code ServiceNotFoundException. */
  z.strictObject({
    kind: z.literal("error"),
    code: z.string().min(1),
    message: z.string().default("Injected by the sandbox."),
    status: z.int().min(400).max(599).default(400),
    when,
    ...common,
  }),
  z.strictObject({
    kind: z.literal("server-error"),
    status: z.union([z.literal(500), z.literal(503)]).default(500),
    when,
    ...common,
  }),
  /** No answer: the connection stays open, or is closed after `holdMs`. */
  z.strictObject({ kind: z.literal("timeout"), holdMs: z.number().min(0).optional(), when, ...common }),
  /** The operation runs, and the connection is closed before the answer. */
  z.strictObject({ kind: z.literal("lost-answer"), ...common }),
  z.strictObject({ kind: z.literal("delay"), delayMs: z.number().min(0), when, ...common }),
  /** Tells the harness to kill its client, and closes the connection. */
  z.strictObject({ kind: z.literal("kill"), when, ...common }),
]);

export type Fault = z.output<typeof faultSchema>;
/** As one writes it: what has a default may be left out. */
export type FaultInput = z.input<typeof faultSchema>;
