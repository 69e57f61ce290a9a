import type { WireCall } from "../wire/gate.ts";

/** What a call writes to, as far as the rules care. Routes are ARNs; a task set is an id or an ARN. */
export type Subject =
  | { readonly kind: "routes"; readonly arns: readonly string[] }
  | { readonly kind: "new-rule" }
  | { readonly kind: "task-set"; readonly reference: string }
  | { readonly kind: "none" };

export function subjectOf({ service, operation, input }: WireCall): Subject {
  switch (`${service}:${operation}`) {
    case "elasticloadbalancing:ModifyRule":
    case "elasticloadbalancing:DeleteRule":
      return { kind: "routes", arns: strings(input.RuleArn) };
    case "elasticloadbalancing:ModifyListener":
    case "elasticloadbalancing:DeleteListener":
      return { kind: "routes", arns: strings(input.ListenerArn) };
    case "elasticloadbalancing:SetRulePriorities":
      return { kind: "routes", arns: list(input.RulePriorities).flatMap(ruleArnIn) };
    case "elasticloadbalancing:CreateRule":
      return { kind: "new-rule" };
    case "ecs:UpdateTaskSet":
    case "ecs:DeleteTaskSet": {
      const [reference] = strings(input.taskSet);
      return reference === undefined ? { kind: "none" } : { kind: "task-set", reference };
    }
    default:
      return { kind: "none" };
  }
}

const strings = (value: unknown): readonly string[] => (typeof value === "string" ? [value] : []);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const ruleArnIn = (pair: unknown): readonly string[] =>
  typeof pair === "object" && pair !== null && "RuleArn" in pair ? strings(pair.RuleArn) : [];
