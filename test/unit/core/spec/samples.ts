import { parseSpec } from "../../../../src/core/spec/parse.ts";
import type { Problem } from "../../../../src/core/spec/problem.ts";
import type { Spec } from "../../../../src/core/spec/schema.ts";

const ELB = "arn:aws:elasticloadbalancing:eu-west-1:111122223333";
const APP = "app/shop/50dc6c495c0c9188";
export const LISTENER = `${ELB}:listener/${APP}/f2f7dc8efc522ab2`;
export const RULE = `${ELB}:listener-rule/${APP}/f2f7dc8efc522ab2/9683b2d02a6cabee`;
export const TEST_RULE = `${ELB}:listener-rule/${APP}/f2f7dc8efc522ab2/1291d13826f405c3`;
export const BLUE = `${ELB}:targetgroup/orders-blue/73e2d6bc24d8a067`;
export const GREEN = `${ELB}:targetgroup/orders-green/943f017f100becff`;

/** The smallest valid spec, on eight lines; `more` goes after it. */
export function specText(more = ""): string {
  return `version: 1
service: orders
traffic:
  production:
    - listener-rule: ${RULE}
  test:
    listener-rule: ${TEST_RULE}
${more}`;
}

export function problemsOf(text: string): readonly Problem[] {
  const parsed = parseSpec(text, "sluice.yml");
  return parsed.kind === "problems" ? parsed.problems : [];
}

export function specOf(text: string): Spec {
  const parsed = parseSpec(text, "sluice.yml");
  if (parsed.kind === "spec") return parsed.spec;
  throw new Error(
    `not a valid spec: ${parsed.problems.map(({ path, message }) => `${path} ${message}`).join("; ")}`,
  );
}

/** The one problem that `text` has. */
export function onlyProblem(text: string): Problem {
  const [problem, ...others] = problemsOf(text);
  if (problem && others.length === 0) return problem;
  throw new Error(`expected one problem, got ${JSON.stringify(problemsOf(text), null, 1)}`);
}
