/** An AWS call as the sandbox's endpoint saw it, with the times of its arrival and of its answer. */
export interface TimedCall {
  readonly operation: string;
  readonly write: boolean;
  readonly ok: boolean;
  readonly beganAtMs: number;
  readonly endedAtMs: number;
  /** Of a ModifyRule. */
  readonly ruleArn?: string;
  /** Of a ModifyRule: the target groups that have any weight after it. */
  readonly weighted?: readonly string[];
}

/** Reads off the input of a ModifyRule what its TimedCall keeps; nothing of any other input. */
export function ruleChangeOf(
  input: Readonly<Record<string, unknown>>,
): Pick<TimedCall, "ruleArn" | "weighted"> {
  if (typeof input.RuleArn !== "string") return {};
  const weighted = membersOf(input.Actions).flatMap((action) =>
    membersOf(recordOf(action.ForwardConfig).TargetGroups).flatMap(({ TargetGroupArn, Weight }) =>
      typeof TargetGroupArn === "string" && Weight !== 0 ? [TargetGroupArn] : [],
    ),
  );
  return { ruleArn: input.RuleArn, weighted };
}

type Input = Readonly<Record<string, unknown>>;

const isRecord = (value: unknown): value is Input => typeof value === "object" && value !== null;

const recordOf = (value: unknown): Input => (isRecord(value) ? value : {});

const membersOf = (value: unknown): readonly Input[] => (Array.isArray(value) ? value.filter(isRecord) : []);
