/** How one AWS service of the sandbox answers: plain functions from the model's input to its output. */
export interface Service {
  /** As in the scope of signatures: "ecs", "elasticloadbalancing", "monitoring", "sts". */
  readonly name: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/**
 * `input` has the shape of the SDK's input type, already parsed and checked for required members and types;
 * the answer has the shape of its output type. A problem is thrown as an AwsError.
 */
// biome-ignore lint/suspicious/noExplicitAny: each operation narrows its own input to the SDK's type
export type Operation = (input: any, call: Call) => unknown | Promise<unknown>;

/** What an operation may know of the request itself. */
export interface Call {
  readonly operation: string;
  readonly accessKeyId: string;
}

/** An error as AWS puts it on the wire. `code` is the one clients see, e.g. "TargetGroupNotFound". */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
