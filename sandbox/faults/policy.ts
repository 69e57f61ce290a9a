import { z } from "zod";
import { matchesGlob, matchesGlobIgnoringCase } from "./glob.ts";

const oneOrMore = z
  .union([z.string(), z.array(z.string()).min(1)])
  .transform((value) => (typeof value === "string" ? [value] : value));

const statementSchema = z.strictObject({
  Sid: z.string().optional(),
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore,
  Resource: oneOrMore,
});

const policySchema = z.strictObject({
  Version: z.literal("2012-10-17"),
  Id: z.string().optional(),
  Statement: z.preprocess(
    (value) => (Array.isArray(value) ? value : [value]),
    z.array(statementSchema).min(1),
  ),
});

/** An identity-based IAM policy, of which the sandbox understands Effect, Action and Resource. */
export type Policy = z.output<typeof policySchema>;

export type Authorization =
  | { readonly kind: "allowed" }
  /** A statement denies it, or (`explicit` false) none allows it. */
  | { readonly kind: "denied"; readonly explicit: boolean; readonly resource: string };

const unsupported = ["Condition", "NotAction", "NotResource", "Principal", "NotPrincipal"];

/**
 * Reads a policy document (the parsed JSON). Throws when it is not one, or when it uses what the sandbox cannot
 * enforce: it would otherwise allow or deny something else than AWS does. `source` is named in the message.
 */
export function parsePolicy(document: unknown, source: string): Policy {
  for (const [index, statement] of statementsOf(document).entries()) {
    const key = unsupported.find((name) => Object.hasOwn(statement, name));
    if (key === undefined) continue;
    throw new Error(
      `${source}: Statement[${index}] has ${key}, which the sandbox does not enforce. ` +
        "Use a policy with Effect, Action and Resource only.",
    );
  }
  const parsed = policySchema.safeParse(document);
  if (!parsed.success) throw new Error(`${source} is not an IAM policy:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Whether the policy lets `action` ("ecs:CreateTaskSet") act on all of `resources`; a Deny wins. Pure. */
export function authorize(policy: Policy, action: string, resources: readonly string[]): Authorization {
  const relevant = policy.Statement.filter((statement) =>
    statement.Action.some((glob) => matchesGlobIgnoringCase(glob, action)),
  );
  for (const explicit of [true, false]) {
    for (const resource of resources) {
      const effect = explicit ? "Deny" : "Allow";
      const named = relevant.some(
        (statement) =>
          statement.Effect === effect && statement.Resource.some((glob) => matchesGlob(glob, resource)),
      );
      if (named === explicit) return { kind: "denied", explicit, resource };
    }
  }
  return { kind: "allowed" };
}

function statementsOf(document: unknown): readonly object[] {
  if (typeof document !== "object" || document === null || !("Statement" in document)) return [];
  const { Statement } = document;
  const statements: readonly unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return statements.filter((statement) => typeof statement === "object" && statement !== null);
}
